// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/data_types.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"

namespace zerogap {
hid_t stored_type(DataType type) {
  switch (type) {
    case DataType::float32:
      return H5T_IEEE_F32LE;
    case DataType::float64:
      return H5T_IEEE_F64LE;
    case DataType::int64:
      return H5T_STD_I64LE;
  }
  return H5I_INVALID_HID;
}

hid_t memory_type(DataType type) {
  switch (type) {
    case DataType::float32:
      return H5T_NATIVE_FLOAT;
    case DataType::float64:
      return H5T_NATIVE_DOUBLE;
    case DataType::int64:
      return H5T_NATIVE_INT64;
  }
  return H5I_INVALID_HID;
}

std::size_t size_of(DataType type) { return type == DataType::float32 ? 4 : 8; }

const char* name_of(DataType type) {
  switch (type) {
    case DataType::float32:
      return "float32";
    case DataType::float64:
      return "float64";
    case DataType::int64:
      return "int64";
  }
  return "?";
}

namespace {

std::uint64_t product(std::uint64_t size, const std::uint64_t* from, const std::uint64_t* end) {
  for (const auto* extent = from; extent != end; ++extent)
    if (__builtin_mul_overflow(size, *extent, &size))
      throw data_error("an array is too large", "its size in bytes exceeds 64 bits",
                       "check the file with h5dump -H");
  return size;
}

}  // namespace

std::uint64_t row_bytes(DataType type, const std::vector<std::uint64_t>& shape) {
  if (shape.empty()) return size_of(type);
  return product(size_of(type), shape.data() + 1, shape.data() + shape.size());
}

std::uint64_t array_bytes(DataType type, const std::vector<std::uint64_t>& shape) {
  return product(size_of(type), shape.data(), shape.data() + shape.size());
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return fmt::format("{}", fmt::join(shape, " x "));
}

}  // namespace zerogap

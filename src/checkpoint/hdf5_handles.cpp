#include "checkpoint/hdf5_handles.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstring>

#include "core/error.hpp"

namespace zerogap {
namespace hdf5 {
namespace {

/// Called from the innermost error outwards: the first description is the cause, the rest is the way it took.
herr_t keep_innermost(unsigned depth, const H5E_error2_t* error, void* text) {
  if (depth == 0 && error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

/// "file write failed: time = ..., errno = 28, error message = 'No space left on device', ..." -> what was
/// meant.
std::string essence(const std::string& text) {
  constexpr const char* lead = "error message = '";
  const auto from = text.find(lead);
  if (from == std::string::npos) return text;
  const auto begin = from + std::strlen(lead);
  const auto end = text.find('\'', begin);
  return end == std::string::npos ? text : text.substr(begin, end - begin);
}

std::vector<hsize_t> to_hdf5(const std::vector<std::uint64_t>& shape) { return {shape.begin(), shape.end()}; }

}  // namespace

std::string last_reason() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &text);
  return text.empty() ? "no reason given" : essence(text);
}

Handle make_properties(hid_t kind) { return {H5Pcreate(kind), H5Pclose, "H5Pcreate"}; }

Handle make_file_access() {
  Handle access = make_properties(H5P_FILE_ACCESS);
  check(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), "H5Pset_fclose_degree");
  check(H5Pset_file_locking(access.get(), false, true), "H5Pset_file_locking");
  return access;
}

Handle make_dataspace(const std::vector<std::uint64_t>& shape) {
  const std::vector<hsize_t> sizes = to_hdf5(shape);
  return {H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose,
          "H5Screate_simple"};
}

Handle open_dataset(hid_t file, const std::string& path) {
  return {H5Dopen2(file, path.c_str(), H5P_DEFAULT), H5Dclose, "H5Dopen2"};
}

Handle select_rows(hid_t dataset, const std::vector<std::uint64_t>& shape, std::uint64_t first,
                   std::uint64_t rows) {
  Handle space(H5Dget_space(dataset), H5Sclose, "H5Dget_space");
  if (check(H5Sget_simple_extent_ndims(space.get()), "H5Sget_simple_extent_ndims") == 0) return space;
  std::vector<hsize_t> start(shape.size(), 0), count = to_hdf5(shape);
  start[0] = first;
  count[0] = rows;
  check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
        "H5Sselect_hyperslab");
  return space;
}

std::vector<std::uint64_t> shape_of(hid_t dataset) {
  const Handle space(H5Dget_space(dataset), H5Sclose, "H5Dget_space");
  std::array<hsize_t, H5S_MAX_RANK> sizes{};
  const int rank =
      check(H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr), "H5Sget_simple_extent_dims");
  if (rank == 0) return {1};
  return {sizes.begin(), sizes.begin() + rank};
}

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

}  // namespace hdf5

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

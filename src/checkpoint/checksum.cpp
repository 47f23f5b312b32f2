// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/checksum.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xxhash.h>

#include <bit>

#include "checkpoint/data_types.hpp"
#include "checkpoint/entry_names.hpp"

namespace zerogap {
namespace {

static_assert(std::endian::native == std::endian::little, "checksums are of little-endian values");

std::uint64_t hash(const std::string& bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::uint64_t array_hash(const std::string& path, DataType type, const std::vector<std::uint64_t>& shape) {
  // A path has no NUL, so no two descriptions give the same text.
  return hash(fmt::format("array{0}{1}{0}{2}{0}{3}", '\0', path, name_of(type), fmt::join(shape, ",")));
}

std::string bytes_of(const Attribute& value) {
  const auto raw = [](const auto& number) {
    return std::string(reinterpret_cast<const char*>(&number), sizeof number);
  };
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return "i" + raw(*integer);
  if (const auto* real = std::get_if<double>(&value)) return "d" + raw(*real);
  return "t" + std::get<std::string>(value);
}

}  // namespace

void Checksum::add_attributes(std::int64_t schema, const std::map<std::string, Attribute>& attributes) {
  sum_ += hash(fmt::format("{}, schema {}", layout::mark, schema));
  for (const auto& [key, value] : attributes)
    sum_ += hash(fmt::format("attribute{0}{1}{0}{2}", '\0', key, bytes_of(value)));
}

void Checksum::add_array(const std::string& path, DataType type, const std::vector<std::uint64_t>& shape) {
  sum_ += array_hash(path, type, shape);
}

void Checksum::add_rows(const std::string& path, DataType type, const std::vector<std::uint64_t>& shape,
                        std::uint64_t first, std::uint64_t rows, const void* values) {
  constexpr std::uint64_t golden_ratio = 0x9E3779B97F4A7C15u;  // odd: different rows never share a seed
  const std::uint64_t seed = array_hash(path, type, shape);
  const std::uint64_t bytes = row_bytes(type, shape);
  if (bytes == 0) return;
  const auto* row = static_cast<const std::byte*>(values);
  for (std::uint64_t i = 0; i < rows; ++i, row += bytes)
    sum_ += XXH3_64bits_withSeed(row, bytes, seed + (first + i) * golden_ratio);
}

std::uint64_t description_hash(const CheckpointContents& contents) {
  std::string order;  // the arrays' order matters here, unlike in a checksum
  for (const ArrayRows& array : contents.arrays)
    order += fmt::format("{},", array_hash(array.path, array.type, array.shape));
  Checksum attributes;
  attributes.add_attributes(checkpoint_schema, contents.attributes);
  return hash(order) + attributes.value();
}

std::string checksum_text(std::uint64_t value) { return fmt::format("{:016x}", value); }

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"

namespace zerogap {

/// The content of a checkpoint in 64 bits: the sum modulo 2^64 of one hash (XXH3) an attribute, an array's
/// name, type and shape, and a row, where a row's hash is seeded by its array and its index. Being a sum it
/// can be taken in any order, by any number of ranks; being seeded it notices rows that changed places.
class Checksum {
 public:
  void add_attributes(std::int64_t schema, const std::map<std::string, Attribute>& attributes);
  /// Name, type and shape, once an array (on one rank).
  void add_array(const std::string& path, DataType type, const std::vector<std::uint64_t>& shape);
  /// Rows [first, first + rows) of that array.
  void add_rows(const std::string& path, DataType type, const std::vector<std::uint64_t>& shape,
                std::uint64_t first, std::uint64_t rows, const void* values);

  std::uint64_t value() const { return sum_; }

 private:
  std::uint64_t sum_ = 0;
};

/// Arrays' names, types and shapes and all attributes: what must be the same on all ranks.
std::uint64_t description_hash(const CheckpointContents& contents);

/// Sixteen hexadecimal digits, as stored.
std::string checksum_text(std::uint64_t value);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"

namespace zerogap {

/// A 64-bit checksum of a checkpoint's content: the sum modulo 2^64 of a hash (XXH3) of each attribute, of
/// each array's name, type and shape, and of each row, seeded by its array and index. As a sum it can be
/// computed in any order by any number of ranks; the seeds make it detect exchanged rows.
class Checksum {
 public:
  void add_attributes(std::int64_t schema, const std::map<std::string, Attribute>& attributes);
  /// Adds name, type and shape, once for each array (on one rank).
  void add_array(const std::string& path, DataType type, const std::vector<std::uint64_t>& shape);
  /// Adds rows [first, first + rows) of that array.
  void add_rows(const std::string& path, DataType type, const std::vector<std::uint64_t>& shape,
                std::uint64_t first, std::uint64_t rows, const void* values);

  std::uint64_t value() const { return sum_; }

 private:
  std::uint64_t sum_ = 0;
};

/// Hash of the arrays' names, types and shapes and of all attributes, which must be the same on all ranks.
std::uint64_t description_hash(const CheckpointContents& contents);

/// Sixteen hexadecimal digits, as stored.
std::string checksum_text(std::uint64_t value);

}  // namespace zerogap

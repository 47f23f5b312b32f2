// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "comm/share.hpp"
#include "hdf5/handle.hpp"

namespace zerogap {

/// The rows of an array, along its leading dimension, read in increasing order with bounded memory.
///
/// A chunk that spans many rows is decompressed once for all of them. The default chunks of h5py span
/// hundreds of images and a few pixels of each, more than HDF5's cache holds: reading such a file image by
/// image would decompress all of it more than a hundred times. So expected rows that share chunks are
/// assembled together, as many as fit, from slabs aligned with the chunks. Arrays without chunks are read
/// directly.
class Hdf5Rows {
 public:
  /// Limits as counts of doubles, at least one row: how many may be assembled at a time, and how many are
  /// read at a time. The first becomes an eighth of all expected rows if that is more, so that no chunk is
  /// decompressed more than nine times.
  struct Room {
    std::int64_t rows = std::int64_t{8} << 20;
    std::int64_t slab = std::int64_t{2} << 20;
  };

  /// `chunk`: extents of the array's chunks; empty if it has none. `what` names the array in messages.
  Hdf5Rows(hdf5::Handle array, std::string what, const std::vector<std::uint64_t>& chunk, Room room);

  /// Announces the rows that read() will be called for, increasing. By default those after the first one
  /// read.
  void expect(std::vector<Range> rows);

  /// Reads rows [first, first + rows), with all entries of the other dimensions, in C order. Throws Error
  /// (exit 3).
  void read(std::int64_t first, std::int64_t rows, std::span<double> out);

 private:
  void read_box(Range rows, Range lines, std::span<double> out) const;
  void put_together(std::int64_t first);
  std::vector<std::int64_t> next_rows(std::int64_t first) const;

  hdf5::Handle array_;
  std::string what_;
  std::vector<std::int64_t> extents_;
  std::int64_t band_ = 1;     ///< rows that a chunk spans
  std::int64_t lines_ = 1;    ///< lines (of the second dimension) that a chunk spans
  std::int64_t line_ = 1;     ///< numbers of a line
  std::int64_t numbers_ = 1;  ///< of a row
  Room room_;
  std::vector<Range> expected_;
  std::vector<std::int64_t> rows_;  ///< held in values_
  std::vector<double> values_, slab_;
};

}  // namespace zerogap

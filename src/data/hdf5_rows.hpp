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
/// A chunk that spans many rows is decompressed once for all of them. h5py's own chunks span hundreds of
/// images and a few pixels of each, more than HDF5 keeps: read image by image, such a file is decompressed
/// whole a hundred times and more. So of the rows that are expected, as many as share their chunks and fit
/// are put together at a time, from slabs that follow the chunks. Arrays without chunks are read as they are
/// asked for.
class Hdf5Rows {
 public:
  /// Numbers, as doubles: what may be put together at a time (or an eighth of all that is expected, if that
  /// is more, so that no chunk is decompressed more than nine times), and what is read at a time; at least a
  /// row.
  struct Room {
    std::int64_t rows = std::int64_t{8} << 20;
    std::int64_t slab = std::int64_t{2} << 20;
  };

  /// `chunk`: extents of the array's chunks; empty where it has none. `what` names the array in messages.
  Hdf5Rows(hdf5::Handle array, std::string what, const std::vector<std::uint64_t>& chunk, Room room);

  /// The rows that read() is asked for from now on, increasing. Without it those that follow the first asked
  /// for.
  void expect(std::vector<Range> rows);

  /// Rows [first, first + rows), the other dimensions whole, in C order. Throws Error (exit 3).
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
  std::vector<std::int64_t> rows_;  ///< that lie in values_
  std::vector<double> values_, slab_;
};

}  // namespace zerogap

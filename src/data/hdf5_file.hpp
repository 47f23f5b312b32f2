// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "comm/share.hpp"
#include "data/hdf5_rows.hpp"

namespace zerogap {

/// A file of arrays of numbers, opened to read or created to write, serial. Every failed HDF5 call throws
/// Error (exit 3) that carries the library's own reason; the library prints nothing itself. Numbers are
/// doubles on this side, and whatever integer or floating type in the file.
class Hdf5Arrays {
 public:
  /// Throws for a file that is missing, unreadable, truncated or no HDF5.
  static Hdf5Arrays open(const std::string& path);
  /// Replaces a file of the same name.
  static Hdf5Arrays create(const std::string& path);

  const std::string& path() const { return path_; }

  /// Whether an array or group `name` ("clean", "test/clean") exists.
  bool has(const std::string& name) const;
  /// Names at the top of the file, for messages.
  std::vector<std::string> names() const;
  /// Extents of array `name`, which must have `rank` of them, none zero, and hold integers or floating-point
  /// numbers.
  std::vector<std::int64_t> shape(const std::string& name, int rank) const;

  /// Sees that all of array `name` is there before anything of it is read: Error (exit 3) where what it
  /// refers to is gone, a warning where a part of it was never written.
  void require_stored(const std::string& name) const { rows_of(name); }
  /// The rows that read_rows() is asked for from now on, increasing, so that no chunk is decompressed for
  /// each of them.
  void expect_rows(const std::string& name, std::vector<Range> rows) const;
  /// Rows [first, first + rows) of the leading dimension, the others whole, in C order.
  void read_rows(const std::string& name, std::int64_t first, std::int64_t rows, std::span<double> out) const;

  /// Adds an array of doubles.
  void write(const std::string& name, const std::vector<std::int64_t>& shape, std::span<const double> values);
  /// Hangs a number on a group or array that exists ("/": on the file itself).
  void write_number(const std::string& object, const std::string& name, double value);
  /// Flushes and closes, so that a full disk is noticed here and not in the destructor.
  void close();

 private:
  Hdf5Arrays(std::string path, hdf5::Handle file) : path_(std::move(path)), file_(std::move(file)) {}
  hdf5::Handle open_array(const std::string& name, std::size_t cache = 0) const;
  Hdf5Rows& rows_of(const std::string& name) const;

  std::string path_;
  hdf5::Handle file_;
  mutable std::map<std::string, Hdf5Rows> open_;  ///< arrays that are read
};

}  // namespace zerogap

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

/// A file of arrays of numbers, opened for reading or created for writing, serial. Every failed HDF5 call
/// throws Error (exit 3) with the library's own reason; the library prints nothing itself. Numbers are
/// doubles in memory and of any integer or floating-point type in the file.
class Hdf5Arrays {
 public:
  /// Throws for a file that is missing, unreadable, truncated or not HDF5.
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

  /// Checks that array `name` is complete before any of it is read: throws Error (exit 3) if something it
  /// refers to is missing, warns if a part of it was never written.
  void require_stored(const std::string& name) const { rows_of(name); }
  /// Announces the rows that read_rows() will be called for, increasing, so that chunks are not decompressed
  /// again for each row.
  void expect_rows(const std::string& name, std::vector<Range> rows) const;
  /// Reads rows [first, first + rows) of the leading dimension, with all entries of the others, in C order.
  void read_rows(const std::string& name, std::int64_t first, std::int64_t rows, std::span<double> out) const;

  /// Adds an array of doubles.
  void write(const std::string& name, const std::vector<std::int64_t>& shape, std::span<const double> values);
  /// Adds a number as an attribute of an existing group or array ("/": of the root).
  void write_number(const std::string& object, const std::string& name, double value);
  /// Flushes and closes, so that a full disk is noticed here and not in the destructor.
  void close();

 private:
  Hdf5Arrays(std::string path, hdf5::Handle file) : path_(std::move(path)), file_(std::move(file)) {}
  hdf5::Handle open_array(const std::string& name, std::size_t cache = 0) const;
  Hdf5Rows& rows_of(const std::string& name) const;

  std::string path_;
  hdf5::Handle file_;
  mutable std::map<std::string, Hdf5Rows> open_;  ///< arrays opened for reading
};

}  // namespace zerogap

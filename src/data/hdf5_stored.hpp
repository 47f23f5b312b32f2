// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hdf5/calls.hpp"

namespace zerogap {

/// How the values of an array are stored, and which are missing.
struct Hdf5Storage {
  /// Extents of a chunk; empty if rows are contiguous. For a virtual array, the largest of its sources'
  /// chunks.
  std::vector<std::uint64_t> chunk;
  /// Bytes of the chunks that a line of the second dimension crosses. HDF5 decompresses a chunk that does not
  /// fit into its cache again for every part of it that is read.
  std::size_t cache = 0;
  /// What was never written and would be read as HDF5's fill value, one sentence for each array.
  std::vector<std::string> unwritten;
};

/// Examines the complete storage of array `name` of the file `path` before any value is read. Throws Error
/// (exit 3) if the source of a virtual array is missing or an external file is too short; HDF5 would silently
/// read its fill value.
Hdf5Storage survey_hdf5(const hdf5::Handle& array, const std::string& name, const std::string& path);

}  // namespace zerogap

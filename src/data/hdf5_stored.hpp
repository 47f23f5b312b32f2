// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hdf5/calls.hpp"

namespace zerogap {

/// How the numbers of an array lie in storage, and which are not there at all.
struct Hdf5Storage {
  /// Extents of a chunk; empty where rows lie one after the other. Of a virtual array, its sources' largest.
  std::vector<std::uint64_t> chunk;
  /// Bytes of the chunks that a line of the second dimension crosses: a chunk for which HDF5 has no room is
  /// decompressed anew for every part of it that is read.
  std::size_t cache = 0;
  /// What was never written, and would be read as HDF5's fill value: a sentence for each array.
  std::vector<std::string> unwritten;
};

/// Looks at all that stands behind array `name` of the file `path`, before any number is read. HDF5 itself
/// reads its fill value where a virtual array's source is gone or an external file has ended, without a word:
/// that is thrown as an Error (exit 3) here.
Hdf5Storage survey_hdf5(const hdf5::Handle& array, const std::string& name, const std::string& path);

}  // namespace zerogap

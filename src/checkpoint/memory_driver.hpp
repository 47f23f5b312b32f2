// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "hdf5/handle.hpp"

namespace zerogap {

/// The bytes of a file that HDF5 wrote to memory, without the arrays' values, which it never wrote.
///
/// Why: HDF5 caches names, shapes and attributes, and if it cannot flush the cache (a full disk), H5Fclose
/// crashes the process (in 1.10.8). So HDF5 lays the file out in memory, where writing does not fail, and the
/// bytes are written to disk by plain calls whose errors are reported.
struct InMemoryFile {
  static constexpr std::size_t page_bytes = 4096;
  using Page = std::array<std::byte, page_bytes>;

  std::map<std::uint64_t, Page> pages;  ///< by number; a page that is absent was never written
  std::uint64_t size = 0;               ///< of the complete file, known once HDF5 has closed it

  /// Consecutive bytes of the file.
  struct Stretch {
    std::uint64_t address, length;
  };
  /// The stretches that were written, ascending, adjacent ones joined. To be called after HDF5 has closed the
  /// file.
  std::vector<Stretch> written() const;

  void write(std::uint64_t address, const std::byte* bytes, std::size_t count);
  void read(std::uint64_t address, std::byte* bytes, std::size_t count) const;

 private:
  std::map<std::uint64_t, std::uint64_t> lengths_;  ///< of the writes, by address; they may overlap
};

/// File access properties with which H5Fcreate creates a file in memory. `file` receives it and must outlive
/// the HDF5 file.
hdf5::Handle make_memory_access(InMemoryFile& file);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "hdf5/handle.hpp"

namespace zerogap {

/// The bytes of a file that HDF5 wrote to memory, without those that it never wrote: the arrays' values.
///
/// Why: HDF5 keeps names, shapes and attributes in a cache, and when it cannot flush it (a full disk),
/// H5Fclose crashes the process (1.10.8 does). So HDF5 lays the file out here, where writing does not fail,
/// and we bring it to disk by plain calls whose errors we see.
struct InMemoryFile {
  static constexpr std::size_t page_bytes = 4096;
  using Page = std::array<std::byte, page_bytes>;

  std::map<std::uint64_t, Page> pages;  ///< by number; a page that is absent was never written
  std::uint64_t size = 0;               ///< of the whole file, known once HDF5 has closed it

  /// Consecutive bytes of the file.
  struct Stretch {
    std::uint64_t address, length;
  };
  /// What was written, ascending, stretches that touch joined; once HDF5 has closed it.
  std::vector<Stretch> written() const;

  void write(std::uint64_t address, const std::byte* bytes, std::size_t count);
  void read(std::uint64_t address, std::byte* bytes, std::size_t count) const;

 private:
  std::map<std::uint64_t, std::uint64_t> lengths_;  ///< of what was written, by address; they may overlap
};

/// File access properties with which H5Fcreate makes a new file in memory, `file`, which must outlive it.
hdf5::Handle make_memory_access(InMemoryFile& file);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "checkpoint/memory_driver.hpp"

namespace zerogap {

/// The trailer of a checkpoint follows the bytes of the HDF5 file. It holds the metadata checksum, a hash of
/// everything that HDF5 wrote except the arrays' values, which the checksum over the content covers.
///
/// Why: the HDF5 library (1.10.8) detects damaged names and shapes too, but then leaks memory and prints
/// "infinite loop closing library" when the process ends. So the trailer is checked before HDF5 opens the
/// file. HDF5 ignores bytes after its end, and removes them when another program changes the file. A complete
/// checkpoint has a trailer; other HDF5 files have none.
///
/// Layout, little-endian 64-bit integers: (address, length) of each stretch, the number of stretches, XXH3 of
/// the stretches' bytes followed by all the above, and the eight letters "zerogap.".
std::string make_trailer(const InMemoryFile& file);

/// Whether a file ends with a trailer, and whether its metadata checksum is that of the file.
enum class TrailerState { absent, broken, intact };

/// Checks the trailer. It is broken if its checksum is not that of the bytes before it. Throws Error (exit 3)
/// if the file cannot be read.
TrailerState check_trailer(const std::filesystem::path& file);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "checkpoint/memory_driver.hpp"

namespace zerogap {

/// The trailer of a checkpoint, bytes that follow the HDF5 file's own: the metadata checksum, a hash of all
/// that HDF5 wrote but the arrays' values, which the checksum over the content covers.
///
/// Why: the HDF5 library (1.10.8) notices damage in names and shapes too, but leaks memory over it and prints
/// "infinite loop closing library" when the process ends. So the trailer is checked before it does. HDF5
/// ignores what follows its end, and cuts it off when another program changes the file. A complete checkpoint
/// has its trailer; other HDF5 files have none.
///
/// Layout, little-endian 64-bit integers: (address, length) of each stretch, the number of stretches, XXH3 of
/// the stretches' bytes followed by all the above, and the eight letters "zerogap.".
std::string make_trailer(const InMemoryFile& file);

/// Whether a file ends with a trailer, and whether its metadata checksum is that of the file.
enum class TrailerState { absent, broken, intact };

/// Broken: there is a trailer, and its checksum is not that of the bytes before it. Throws Error (exit 3)
/// where the file cannot be read.
TrailerState check_trailer(const std::filesystem::path& file);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "checkpoint/memory_driver.hpp"

namespace zerogap {

/// Bytes that follow the HDF5 file's own: a hash of all that HDF5 wrote but the arrays' values, which the
/// checksum covers.
///
/// Why: the HDF5 library (1.10.8) notices damage in names and shapes too, but leaks memory over it and prints
/// "infinite loop closing library" when the process ends. So we look before it does. HDF5 ignores what
/// follows its end, and cuts it off when another program changes the file. A whole checkpoint has its seal;
/// other HDF5 files have none.
///
/// Layout, little-endian 64-bit integers: (address, length) of each stretch, the number of stretches, XXH3 of
/// the stretches' bytes followed by all the above, and the eight letters "zerogap.".
std::string make_seal(const InMemoryFile& image);

/// Whether a file ends with a seal, and whether that fits.
enum class SealState { absent, broken, whole };

/// Broken: there is a seal, and it does not fit the bytes before it. Throws Error (exit 3) where the file
/// cannot be read.
SealState check_seal(const std::filesystem::path& file);

}  // namespace zerogap

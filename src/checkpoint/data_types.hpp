// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"

namespace zerogap {

/// The type in files (little-endian, on every machine).
hid_t stored_type(DataType type);
/// The type in this machine's memory.
hid_t memory_type(DataType type);

/// Bytes of one value.
std::size_t size_of(DataType type);
const char* name_of(DataType type);  ///< "float32", ...
/// Bytes of one row. Error (exit 3) if these overflow 64 bits.
std::uint64_t row_bytes(DataType type, const std::vector<std::uint64_t>& shape);
/// Bytes of all rows. Error (exit 3) if these overflow 64 bits.
std::uint64_t array_bytes(DataType type, const std::vector<std::uint64_t>& shape);
std::string shape_text(const std::vector<std::uint64_t>& shape);  ///< "512 x 9"

}  // namespace zerogap

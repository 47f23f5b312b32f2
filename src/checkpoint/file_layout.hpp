// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/memory_driver.hpp"

namespace zerogap {

/// Checks that this rank's contents are consistent: paths, ranges, values. Throws Error (exit 4) if not,
/// which is an error of the caller.
void check_contents(const CheckpointContents& contents);
/// Checks that all ranks describe the same arrays and attributes, and that every row is provided exactly
/// once. Collective; all ranks throw the same Error.
void check_agreement(const CheckpointContents& contents, Communicator& world);
/// The checksum over the contents of all ranks. Collective.
std::string collective_checksum(const CheckpointContents& contents, Communicator& world);

/// The layout of a checkpoint's file.
struct FileLayout {
  InMemoryFile metadata;  ///< all of the file except the arrays' values, for which it has space
  std::vector<std::uint64_t>
      places;  ///< address of each array's first value in the file; meaningless for an empty array
};
/// Makes the layout from shapes and attributes alone; values are not needed.
FileLayout make_file_layout(const CheckpointContents& contents, const std::string& checksum);

}  // namespace zerogap

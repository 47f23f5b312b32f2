// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/memory_driver.hpp"

namespace zerogap {

/// Whether this rank's contents are in themselves possible: paths, ranges, values. Throws Error (exit 4): a
/// fault of the caller.
void check_contents(const CheckpointContents& contents);
/// Whether all ranks describe the same arrays and attributes, and every row is given exactly once.
/// Collective; all throw alike.
void check_agreement(const CheckpointContents& contents, Communicator& world);
/// The checksum of what all ranks hold together. Collective.
std::string collective_checksum(const CheckpointContents& contents, Communicator& world);

/// Where everything of a checkpoint goes in its file.
struct FileLayout {
  InMemoryFile metadata;  ///< all of the file but the arrays' values, for which it has room
  std::vector<std::uint64_t>
      places;  ///< of each array's first value in the file; meaningless for an empty array
};
/// From shapes and attributes alone: no values are needed.
FileLayout make_file_layout(const CheckpointContents& contents, const std::string& checksum);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace zerogap {

/// The text that `zerogap inspect FILE` prints: whether the checkpoint is intact (or how it is damaged),
/// schema, entries, the arrays' shapes and types, and the configuration that it was made with. Plain HDF5
/// files are described too. A damaged checkpoint is described as far as it can be read. Throws Error (exit 3)
/// if it cannot be read at all: missing, not HDF5, truncated, newer schema.
std::string describe_file(const std::filesystem::path& file);

/// The same for --json: {file, kind: "checkpoint" | "hdf5", whole, damage, schema, checksum, attributes:
/// {...}, arrays: [{path, type, shape}]}; whole, damage, schema and checksum for a checkpoint only, damage
/// only if there is any.
nlohmann::json describe_json(const std::filesystem::path& file);

}  // namespace zerogap

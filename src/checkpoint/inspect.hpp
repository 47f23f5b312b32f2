// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace zerogap {

/// What `zerogap inspect FILE` prints: whether the checkpoint is whole (or which damage it has), schema,
/// entries, the arrays' shapes and types, and the configuration that it was made with. Plain HDF5 files are
/// described too. A damaged checkpoint is described as far as it can be read. Throws Error (exit 3) where
/// nothing can be: missing, no HDF5, truncated, newer schema.
std::string describe_file(const std::filesystem::path& file);

/// The same for --json: {file, kind: "checkpoint" | "hdf5", whole, damage, schema, checksum, attributes:
/// {...}, arrays: [{path, type, shape}]}; whole, damage, schema and checksum for a checkpoint only, damage
/// only where there is some.
nlohmann::json describe_json(const std::filesystem::path& file);

}  // namespace zerogap

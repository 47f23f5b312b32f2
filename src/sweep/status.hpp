// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace zerogap {

/// `zerogap status`: the progress of a store's sweeps (all of them if none is named), as JSON: a list of
/// {name, cells, done, diverged, running, stale, failed, retry, interrupted, todo, seconds_left, and lists of
/// those running, stale and failed}. Works while cells are computed, and reads only the store's files.
nlohmann::ordered_json sweep_status(const std::filesystem::path& folder,
                                    const std::vector<std::string>& names);

/// The same as text.
std::string status_text(const nlohmann::ordered_json& status);

/// Whether no cell is running or left to do.
bool nothing_left(const nlohmann::ordered_json& status);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace zerogap {

/// `zerogap status`: how far the sweeps of a store are (all of them where none is named), as JSON: a list of
/// {name, cells, done, diverged, running, stale, failed, retry, interrupted, todo, seconds_left, and lists of
/// those at work, stale and failed}. Works while cells are computed, with nothing but the files.
nlohmann::ordered_json sweep_status(const std::filesystem::path& folder,
                                    const std::vector<std::string>& names);

/// The same for people.
std::string status_text(const nlohmann::ordered_json& status);

/// Whether nothing is at work or left to do.
bool all_settled(const nlohmann::ordered_json& status);

}  // namespace zerogap

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>

#include "config/config.hpp"

namespace zerogap {

/// Why a dual that was to be solved to run.stop.gap is not, and what to do about that, from the result that
/// its run wrote; empty where it is. `folder`: the cell's.
std::string why_not_certified(const Config& config, const nlohmann::ordered_json& result,
                              const std::filesystem::path& folder);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "config/config.hpp"
#include "train/run_result.hpp"

namespace zerogap {

/// Why a dual that was to be solved to run.stop.gap is not, and what to do about that; empty where it is.
/// `folder`: the cell's.
std::string why_not_certified(const Config& config, const RunResult& result,
                              const std::filesystem::path& folder);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "config/config.hpp"
#include "train/run_result.hpp"

namespace zerogap {

/// Why a dual was not solved to run.stop.gap, and what to do about it; empty if it was. `folder`: the cell's.
std::string why_not_certified(const Config& config, const RunResult& result,
                              const std::filesystem::path& folder);

}  // namespace zerogap

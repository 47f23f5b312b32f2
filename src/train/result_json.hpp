// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "train/run_result.hpp"

namespace zerogap {

/// result.json (docs/formats.md).
nlohmann::ordered_json to_json(const RunResult& result);

/// What is known of a network's convex program, as result.json and history.jsonl say it.
nlohmann::ordered_json to_json(const NetworkProgramRecord& record);

/// A network's best evaluation in result.json and checkpoints: each of its reports with the epoch.
nlohmann::ordered_json best_to_json(const Evaluation& best, std::int64_t epoch);

}  // namespace zerogap

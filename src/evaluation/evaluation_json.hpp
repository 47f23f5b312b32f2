// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "evaluation/evaluation.hpp"

namespace zerogap {

/// As history.jsonl, result.json and checkpoints have it (docs/formats.md).
nlohmann::ordered_json to_json(const Evaluation& evaluation);

/// The evaluation that was written as this object: to_json() of it gives the object again. Throws
/// nlohmann::json::exception where it was not written by to_json().
Evaluation evaluation_from_json(const nlohmann::ordered_json& json);

}  // namespace zerogap

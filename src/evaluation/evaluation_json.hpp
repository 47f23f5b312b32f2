// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "evaluation/evaluation.hpp"

namespace zerogap {

/// The object in history.jsonl, result.json and checkpoints (docs/formats.md).
nlohmann::ordered_json to_json(const Evaluation& evaluation);

/// The inverse of to_json(): converting its result gives the same object. Throws nlohmann::json::exception if
/// the object was not written by to_json().
Evaluation evaluation_from_json(const nlohmann::ordered_json& json);

}  // namespace zerogap

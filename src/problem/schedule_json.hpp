// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "problem/program_schedule.hpp"

namespace zerogap {

/// The entries of result.json about a run's programs: path, sampling_curve, pricing, every_block
/// (docs/formats.md).
nlohmann::ordered_json to_json(const ScheduleRecords& records);

}  // namespace zerogap

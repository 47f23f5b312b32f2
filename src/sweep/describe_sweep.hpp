// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "sweep/store.hpp"

namespace zerogap {

/// A core's rate that hours are guessed from while no cell is finished (docs/performance.md), for d = 9:
/// pairs a second.
inline constexpr double guessed_rate = 1e9;

/// Logs a warning for each axis along which no cell differs.
void warn_of_idle_axes(const SweepPlan& plan);

/// Axes and what they move, cells, pairs, memory, hours and the first cells, as text. `store`: cells that it
/// has need no computing, and their pace is taken; null without one. `gpu_memory`:
/// SweepArguments::gpu_memory.
std::string describe(const SweepPlan& plan, const Store* store, int ranks, std::int64_t gpu_memory);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "sweep/store.hpp"

namespace zerogap {

/// A core's rate in pairs per second, for d = 9, from which hours are guessed while no cell is finished
/// (docs/performance.md).
inline constexpr double guessed_rate = 1e9;

/// Warns of each axis along which no cell differs.
void warn_of_idle_axes(const SweepPlan& plan);

/// Axes and what they move, cells, pairs, memory, hours and the first cells, as text. `store`: its finished
/// cells are not computed again and give the pace; null without one. `gpu_memory`:
/// SweepArguments::gpu_memory.
std::string describe(const SweepPlan& plan, const Store* store, int ranks, std::int64_t gpu_memory);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "sweep/store.hpp"

namespace zerogap {

/// For each cell the one from whose solution it starts (Cell::start), which precedes it in the plan.
std::vector<std::optional<std::size_t>> predecessors(const SweepPlan& plan);

/// The work that depends on each cell: its estimated pairs and those of all cells that start from it,
/// directly or indirectly.
std::vector<double> pairs_behind(const SweepPlan& plan);

/// Whether cells of the network can benefit from their neighbour's solution along this key: a certified dual
/// is the same from any start, and a primal does not depend on rho.
bool is_chained(const std::string& key, const Config& config, Network network);

/// Error (exit 2) if the neighbour's weights would not fit, or the configuration cannot be started from a
/// file.
void require_chainable(const std::string& key, const Config& config, Network network);

/// Sets the start of the cell in the configuration. If the neighbour diverged and has no solution, its own
/// start is used, and so on, in the end the chain's init. Error (exit 3) if the solution is missing or
/// damaged.
void set_start(Config& config, const Store& store, const SweepPlan& plan, const Cell& cell);

}  // namespace zerogap

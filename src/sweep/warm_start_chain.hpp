// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "sweep/store.hpp"

namespace zerogap {

/// For each cell the one whose solution it starts from (Cell::start), which stands before it in the plan.
std::vector<std::optional<std::size_t>> predecessors(const SweepPlan& plan);

/// How much is waiting for each cell: its estimated pairs and those of all cells that go on from it.
std::vector<double> pairs_behind(const SweepPlan& plan);

/// Whether cells of the network can gain by their neighbour's solution along this key: a certified dual is
/// the same from any start, and a primal does not train on rho.
bool is_chained(const std::string& key, const Config& config, Network network);

/// Error (exit 2) where the neighbour's weights would not fit, or the configuration cannot be started from a
/// file.
void require_chainable(const std::string& key, const Config& config, Network network);

/// Lets the configuration begin where the cell is to begin. A start that diverged has no solution; then it is
/// the start of that one, and so on, in the end the chain's own init. Error (exit 3) when the solution is not
/// there, or damaged.
void set_start(Config& config, const Store& store, const SweepPlan& plan, const Cell& cell);

}  // namespace zerogap

#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "sweep/store.hpp"

namespace zerogap {

/// For each cell the one whose solution it starts from (Cell::start), which stands before it in the plan.
std::vector<std::optional<std::size_t>> starts_of(const SweepPlan& plan);

/// How much is waiting for each cell: its estimated pairs and those of all cells that go on from it.
std::vector<double> pairs_behind(const SweepPlan& plan);

/// Lets the configuration begin where the cell is to begin. A start that diverged has no solution; then it is
/// the start of that one, and so on, in the end the chain's own init. Error (exit 3) when the solution is not
/// there.
void set_start(Config& config, const Store& store, const SweepPlan& plan, const Cell& cell);

}  // namespace zerogap

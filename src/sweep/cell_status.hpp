// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sweep/store.hpp"

namespace zerogap {

/// What a cell has come to.
enum class CellState {
  done,
  diverged,
  running,
  stale,        ///< claimed by a process that is gone; the next one that looks takes it over
  failed,       ///< as often as sweep.retries allows
  retry,        ///< failed, but not that often
  interrupted,  ///< stopped with a checkpoint
  todo,
};

/// As `zerogap status` prints it.
const char* name_of(CellState state);

/// What a cell's folder says of it now.
struct CellStatus {
  const Cell* cell = nullptr;
  CellState state = CellState::todo;
  std::shared_ptr<const nlohmann::ordered_json> result;  ///< of a finished one; else null
  std::optional<Failure> failure;
  ClaimState claim;
  std::shared_ptr<const nlohmann::ordered_json> last;  ///< of one at work: its last line of history
};

/// All cells of a plan, in its order. Works beside processes that compute them. The plan must outlive it.
std::vector<CellStatus> read_status(const Store& store, const SweepPlan& plan);

/// How long the cells that are not finished will take with `workers` at once, in seconds, from what finished
/// cells took for their estimated pairs; NaN while none is finished.
double seconds_left(const std::vector<CellStatus>& cells, int workers);

/// "zerogap sweep FILE --out DIR --only CELL"
std::string rerun_command(const Store& store, const SweepPlan& plan, const Cell& cell);

}  // namespace zerogap

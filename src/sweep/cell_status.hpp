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

/// State of a cell.
enum class CellState {
  done,
  diverged,
  running,
  stale,        ///< claimed by a process that no longer exists; the next process to check takes it over
  failed,       ///< as often as sweep.retries allows
  retry,        ///< failed, but not that often
  interrupted,  ///< stopped with a checkpoint
  todo,
};

/// As `zerogap status` prints it.
const char* name_of(CellState state);

/// Status of a cell, from its folder.
struct CellStatus {
  const Cell* cell = nullptr;
  CellState state = CellState::todo;
  std::shared_ptr<const nlohmann::ordered_json> result;  ///< of a finished one; else null
  std::optional<Failure> failure;
  ClaimState claim;
  std::shared_ptr<const nlohmann::ordered_json> last;  ///< of a running one: its last line of history
};

/// The status of all cells of a plan, in its order, also while other processes compute them. The plan must
/// outlive the result.
std::vector<CellStatus> read_status(const Store& store, const SweepPlan& plan);

/// Estimated seconds for the unfinished cells with `workers` at once, from the time per estimated pair of the
/// finished cells; NaN while none is finished.
double seconds_left(const std::vector<CellStatus>& cells, int workers);

/// "zerogap sweep FILE --out DIR --only CELL"
std::string rerun_command(const Store& store, const SweepPlan& plan, const Cell& cell);

}  // namespace zerogap

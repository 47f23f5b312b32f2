// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sweep/store.hpp"

namespace zerogap {

/// A plan's cells that are still to be computed, largest first, shared among any number of processes that
/// work on the store.
class CellQueue {
 public:
  /// `only`: only this cell, even if its retries are used up. `retry_failed`: resets the retries of cells
  /// that have used them up. Either way damaged results are computed again, intact ones never.
  CellQueue(const Store& store, const SweepPlan& plan, const std::string& only, bool retry_failed);

  /// A cell and its claim.
  struct Taken {
    std::size_t cell;  ///< index in the plan
    std::unique_ptr<Claim> claim;
  };
  /// Takes the cell with the most work, including the cells that start from it, among those that are not
  /// finished, not claimed by another process and not failed permanently, and whose start is finished. A
  /// failed cell waits for those that have not been tried. None if nothing is left to take. Error (exit 3) if
  /// a claim cannot be written.
  std::optional<Taken> next();
  /// Records another failure of a cell with its message; the cell returns to the queue while it has retries
  /// left. `for_good`: it would fail again.
  void failed(std::size_t cell, const std::string& message, bool for_good = false);
  /// Marks a cell as finished by this process.
  void mark_done(std::size_t cell) { done_[cell] = true; }

  std::size_t finished() const { return finished_; }  ///< cells that others have finished
  /// Cells whose path is not a folder, with the reason.
  const std::map<std::size_t, std::string>& unusable() const { return unusable_; }

 private:
  std::optional<Taken> take(std::size_t cell);
  bool has_retries(std::size_t cell) const;
  bool waits_for_its_start(std::size_t cell) const;

  const Store* store_;
  const SweepPlan* plan_;
  FileClock clock_;
  std::vector<std::size_t> order_;
  std::vector<std::optional<std::size_t>> starts_;  ///< predecessors
  std::vector<bool> done_;
  std::vector<std::int64_t> earlier_attempts_;  ///< earlier attempts that do not count
  std::map<std::size_t, std::string> unusable_;
  std::size_t finished_ = 0;
};

}  // namespace zerogap

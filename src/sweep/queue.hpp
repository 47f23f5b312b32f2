// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sweep/store.hpp"

namespace zerogap {

/// A plan's cells that wait for somebody, largest first, among any number of processes that work on the
/// store.
class CellQueue {
 public:
  /// `only`: this cell and no other, whatever happened to it before. `retry_failed`: cells whose retries are
  /// used up get as many again. Either way damaged results are computed again.
  CellQueue(const Store& store, const SweepPlan& plan, const std::string& only, bool retry_failed);

  /// A cell with the claim to it.
  struct Taken {
    std::size_t cell;  ///< index in the plan
    std::unique_ptr<Claim> claim;
  };
  /// The largest one, with all that goes on from it, that is neither finished nor another's nor failed for
  /// good and whose start is finished; a failed one waits for those that have not been tried. None where
  /// nothing is left to take. Error (exit 3) when a claim cannot be written.
  std::optional<Taken> next();
  /// The message of a cell that failed, once more; it is in the queue again while it has retries left.
  /// `for_good`: it would fail again.
  void failed(std::size_t cell, const std::string& message, bool for_good = false);
  /// Of this process: not to be looked at again.
  void settled(std::size_t cell) { done_[cell] = true; }

  std::size_t finished() const { return finished_; }  ///< cells that others have finished
  /// Cells whose folder is none, with the reason.
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
  std::vector<std::int64_t> forgiven_;  ///< attempts that do not count
  std::map<std::size_t, std::string> unusable_;
  std::size_t finished_ = 0;
};

}  // namespace zerogap

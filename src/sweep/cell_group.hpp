// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "comm/collective.hpp"
#include "comm/communicator.hpp"
#include "core/error.hpp"

namespace zerogap {

/// The outcome of a piece of work of a group's ranks.
struct Outcome {
  ExitCode code = ExitCode::done;
  std::string message;    ///< of a failure
  bool diverged = false;  ///< the failure is a divergence
};

/// Ranks that together compute one cell after another.
class CellGroup {
 public:
  /// Splits the ranks of `world` into groups of `size` consecutive ranks; `size` divides their number.
  /// Collective over `world`.
  CellGroup(Communicator& world, int size);

  /// Whether this rank is the leader of its group, which takes cells and keeps records.
  bool leads() const { return control_->rank() == 0; }
  int number() const { return number_; }
  int size() const { return control_->size(); }

  /// on_root() of the group: returns the leader's text, if any, on every rank; all ranks throw its Error.
  template <class Work>
  auto on_leader(Work&& work) {
    return on_root(*control_, work);
  }
  /// Whether a rank of the group was asked to stop.
  bool stop_requested();

  /// Runs work of all ranks of the group, on its own communicator, and combines their failures. A failure
  /// from which all ranks return is the cell's. If a rank fails while another does not return (for example
  /// from a sum that never completes), the failed one ends the job after a minute by throwing what it caught
  /// as an Error of the job.
  Outcome run(const std::function<ExitCode(Communicator&)>& work);

  /// A barrier that does not keep the core busy.
  static void meet(Communicator& ranks, double patience_seconds);

 private:
  /// Used by this class only, so that ranks always call it in the same order.
  std::unique_ptr<Communicator> control_;
  int number_ = 0;
};

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "comm/collective.hpp"
#include "comm/communicator.hpp"
#include "core/error.hpp"

namespace zerogap {

/// How the ranks of a group came out of a piece of work.
struct Outcome {
  ExitCode code = ExitCode::done;
  std::string message;    ///< of a failure
  bool diverged = false;  ///< the failure is a divergence
};

/// Ranks that work on one cell after the other together.
class CellGroup {
 public:
  /// Collective over `world`: its ranks in groups of `size`, which divides their number; neighbours go
  /// together.
  CellGroup(Communicator& world, int size);

  bool leads() const { return control_->rank() == 0; }  ///< one of each group takes cells and keeps records
  int number() const { return number_; }
  int size() const { return control_->size(); }

  /// on_root() of the group: the leader's text, if it makes one, on every rank; its Error is thrown by all.
  template <class Work>
  auto on_leader(Work&& work) {
    return on_root(*control_, work);
  }
  /// Whether a rank of the group was asked to stop.
  bool stop_requested();

  /// Runs what all ranks of the group do together, on a communicator of its own, and brings their failures
  /// together. What all of them come out of is the cell's affair; a rank that fails while another stays
  /// inside (in a sum that will never end, say) ends the job after `patience`: it throws what it caught as an
  /// Error of the job.
  Outcome run(const std::function<ExitCode(Communicator&)>& work);

  /// Waits, without burning the core, until every rank is here.
  static void meet(Communicator& ranks, double patience_seconds);

 private:
  std::unique_ptr<Communicator> control_;  ///< used by nothing but this class, so that it is always in step
  int number_ = 0;
};

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "methods/network_trainer.hpp"
#include "problem/program_schedule.hpp"
#include "run/run_folder.hpp"
#include "run/run_record.hpp"
#include "train/run_result.hpp"

namespace zerogap {

/// The networks in training, in the order of run.networks.
template <class T>
using NetworkTrainers = std::vector<std::unique_ptr<NetworkTrainer<T>>>;

/// Seconds since a moment.
inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// State of a training, which the loop (train/training_loop.hpp) changes and its observers read.
template <class T>
struct LoopState {
  const Config& config;
  Problem<T>& problem;
  RunFolder* folder = nullptr;  ///< null on every rank but 0
  std::filesystem::path checkpoints = {};

  NetworkTrainers<T> networks = {};
  std::unique_ptr<ProgramSchedule> schedule = {};
  RunRecord position = {};  ///< epochs, seconds, and what a checkpoint records in addition to the networks
  Baselines baselines = {};
  Evaluation last = {};  ///< the last evaluation
  /// The dual's report on the current program; none before its first evaluation.
  std::optional<DualReport> dual = {};
  double gap = std::numeric_limits<double>::quiet_NaN();  ///< the last certified one

  TimeShares time = {};
  double pairs = 0.0;            ///< in this start of the run
  double earlier_seconds = 0.0;  ///< of training, before this start of the run
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::filesystem::path newest = {};  ///< the last checkpoint written or resumed from
  std::chrono::steady_clock::time_point last_save = start;

  Communicator& world() const { return problem.grid().world(); }
  double pairs_per_second() const { return time.steps > 0.0 ? pairs / time.steps : 0.0; }
  /// Seconds of training, over all starts. Ranks' clocks differ, and all ranks must write the same number.
  /// Collective.
  double agreed_seconds() const { return world().max(earlier_seconds + seconds_since(start)); }
  bool finished() const {
    return std::all_of(networks.begin(), networks.end(), [](const auto& n) { return n->finished; });
  }
  /// The network that a solver moves; null if there is none.
  NetworkTrainer<T>* solver() const {
    const auto found =
        std::find_if(networks.begin(), networks.end(), [](const auto& n) { return n->options().solves(); });
    return found == networks.end() ? nullptr : found->get();
  }
  /// Whether a solver has ended its program and the schedule has not taken the result yet.
  bool program_ended() const {
    return solver() != nullptr && solver()->ended != TerminationReason::running && !schedule->done();
  }
  /// To be called before rank 0 writes: throws Error (exit 3) if another process has taken the folder over.
  void require_lock() const {
    if (folder != nullptr) folder->require_lock();
  }
};

}  // namespace zerogap

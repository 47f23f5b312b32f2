// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "problem/batches.hpp"
#include "train/observer.hpp"

namespace zerogap {

/// The one loop: steps, evaluations, programs, until all networks are finished or a stop is agreed on. It
/// decides when; observers (train/observer.hpp) do what belongs to each moment. Networks go in lockstep, an
/// epoch each. Every decision is the same on all ranks.
template <class T>
class TrainingLoop {
 public:
  /// `folder` is null on every rank but 0. Configuration and problem outlive the loop.
  TrainingLoop(const Config& config, Problem<T>& problem, RunFolder* folder,
               const std::filesystem::path& checkpoints);

  /// Start weights as configured, or where this checkpoint left off (empty: none). False where a stop was
  /// asked for while init.kind greedy was looking for filters: then there is nothing to keep.
  bool start(const std::filesystem::path& checkpoint);

  /// Trains. Throws Diverged, after which result() tells of the run so far.
  RunStatus run();

  RunResult result(RunStatus status) const;

 private:
  bool train_epoch(std::size_t n);
  double take_step(std::size_t n);
  Agreement agree(NetworkTrainer<T>& network);
  void evaluate();
  Evaluation measure(Evaluator<T>& evaluator, std::vector<double>& objectives);
  void end_program();
  ProgramResult program_result() const;
  void start_program(const ProgramCarryover& carried);
  RunStatus end(RunStatus status);
  Diverged diverged(const Diverged& error, const std::string& where, bool solving) const;
  template <class Event>
  void notify(Event event) {
    for (auto& observer : observers_) event(*observer);
  }

  LoopState<T> state_;
  std::vector<Batches> batches_;  ///< one a network
  Evaluator<T> evaluator_;
  std::vector<std::unique_ptr<Observer<T>>> observers_;
  std::optional<Evaluation>
      on_all_test_images_;  ///< with data.final_test: all; number and hash of those images follow
  std::int64_t all_test_images_ = 0;
  std::string all_test_hash_;
  std::string stop_reason_;
};

}  // namespace zerogap

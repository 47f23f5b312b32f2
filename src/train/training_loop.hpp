// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "problem/batches.hpp"
#include "train/observer.hpp"

namespace zerogap {

/// The training loop: steps, evaluations and programs, until all networks are finished or a stop is agreed
/// on. It decides when things happen; observers (train/observer.hpp) do what belongs to each moment. Networks
/// advance together, one epoch each. Every decision is the same on all ranks.
template <class T>
class TrainingLoop {
 public:
  /// `folder` is null on every rank but 0. Configuration and problem must outlive the loop.
  TrainingLoop(const Config& config, Problem<T>& problem, RunFolder* folder,
               const std::filesystem::path& checkpoints);

  /// Sets the start weights as configured, or restores this checkpoint (empty: none).
  void start(const std::filesystem::path& checkpoint);

  /// Trains. Throws Diverged; result() then describes the run so far.
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
  std::vector<Batches> batches_;  ///< one for each network
  Evaluator<T> evaluator_;
  std::vector<std::unique_ptr<Observer<T>>> observers_;
  std::optional<Evaluation>
      on_all_test_images_;  ///< with data.final_test: all; followed by number and hash of those images
  std::int64_t all_test_images_ = 0;
  std::string all_test_hash_;
  std::string stop_reason_;
};

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "train/loop_state.hpp"

namespace zerogap {

/// A completed step of one network.
template <class T>
struct StepEvent {
  NetworkTrainer<T>& network;
  double pairs = 0.0, seconds = 0.0;
};

/// What all ranks agreed on after a step.
struct Agreement {
  bool stop = false;
  std::string stop_reason;      ///< "SIGTERM", "run.stop.seconds"
  bool checkpoint_due = false;  ///< by run.checkpoint.seconds
};

/// All networks were measured.
struct EvaluationEvent {
  const Evaluation& evaluation;
  const std::vector<double>& objectives;  ///< one for each network, in their order
};

/// Actions at certain moments of a training. Called on every rank, in the order of the loop's list. Rank 0
/// alone writes history, log and progress; all ranks take part in checkpoints and in messages.
template <class T>
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_start(LoopState<T>&) {}
  virtual void on_step(LoopState<T>&, const StepEvent<T>&) {}
  virtual void on_agreement(LoopState<T>&, const Agreement&) {}
  virtual void on_evaluation(LoopState<T>&, const EvaluationEvent&) {}
  /// A solver has ended a program. The schedule has its result, and the problem still holds this program.
  virtual void on_program_end(LoopState<T>&, const ProgramResult&) {}
  /// The problem now holds the next program.
  virtual void on_program_start(LoopState<T>&) {}
  virtual void on_epoch(LoopState<T>&) {}
  virtual void on_end(LoopState<T>&, RunStatus) {}
};

/// Writes history.jsonl: one line for each evaluation.
template <class T>
std::unique_ptr<Observer<T>> make_history_writer();
/// Writes checkpoints by epochs, by time, and at the end (train/snapshot.hpp).
template <class T>
std::unique_ptr<Observer<T>> make_checkpoint_writer();
/// Keeps each network's best evaluation with its weights.
template <class T>
std::unique_ptr<Observer<T>> make_best_keeper();
/// run.stop.gap and run.stop.relative_change.
template <class T>
std::unique_ptr<Observer<T>> make_stop_rules();
/// The progress line, the heartbeat of the folder's lock, and a line for each step of newton.
template <class T>
std::unique_ptr<Observer<T>> make_progress();
/// Logs the results of programs and warns of networks that cannot move.
template <class T>
std::unique_ptr<Observer<T>> make_commentary();

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
// Observers that record and stop a training: history, checkpoints, best weights, stop rules.

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/activity.hpp"
#include "core/format.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "evaluation/evaluation_json.hpp"
#include "run/history.hpp"
#include "train/observer.hpp"
#include "train/result_json.hpp"
#include "train/snapshot.hpp"

namespace zerogap {
namespace {

template <class T>
class HistoryWriter final : public Observer<T> {
 public:
  void on_start(LoopState<T>& state) override {
    if (state.folder != nullptr) history_.emplace(state.folder->history_file(), state.position.history_bytes);
  }

  void on_evaluation(LoopState<T>& state, const EvaluationEvent& event) override {
    state.require_lock();
    if (history_) {
      history_->require_unmodified();
      history_->append(line(state, event));
    }
    state.position.history_bytes = state.world().max(history_ ? history_->position() : 0);
  }

  // Before checkpoints, which record the length of the history.
  void on_agreement(LoopState<T>&, const Agreement& agreed) override {
    if (agreed.checkpoint_due && history_) history_->require_unmodified();
  }
  void on_epoch(LoopState<T>&) override {
    if (history_) history_->require_unmodified();
  }
  void on_end(LoopState<T>&, RunStatus) override {
    if (history_) history_->require_unmodified();
  }

 private:
  static nlohmann::ordered_json line(const LoopState<T>& state, const EvaluationEvent& event) {
    nlohmann::ordered_json line{{"epoch", state.position.epoch},
                                {"seconds", state.position.seconds},
                                {"pairs_per_second", state.pairs_per_second()}};
    if (state.schedule->several()) line["program"] = state.schedule->number();
    for (const auto& network : state.networks) {
      line["steps"][network->name()] = network->steps;
      line["learning_rate"][network->name()] = network->learning_rate;
    }
    line.update(to_json(event.evaluation));
    for (const auto& network : state.networks)
      if (network->steps > 0)  // before the first search nothing is known
        if (const auto program = network->program_record()) line["network_program"] = to_json(*program);
    return line;
  }

  std::optional<History> history_;
};

template <class T>
class CheckpointWriter final : public Observer<T> {
 public:
  void on_agreement(LoopState<T>& state, const Agreement& agreed) override {
    if (agreed.checkpoint_due && !agreed.stop) save(state, false);
  }
  void on_epoch(LoopState<T>& state) override {
    const std::int64_t every = state.config.run.checkpoint.every;
    if (every > 0 && state.position.epoch % every == 0) save(state, false);
  }
  void on_end(LoopState<T>& state, RunStatus status) override {
    if (status != RunStatus::diverged) save(state, status == RunStatus::complete);
  }

 private:
  void save(LoopState<T>& state, bool complete) {
    state.require_lock();
    const auto start = std::chrono::steady_clock::now();
    activity::begin(fmt::format("the checkpoint after epoch {}", state.position.epoch));
    state.position.seconds = state.agreed_seconds();
    state.position.complete = complete;
    activity::part("writing it");
    std::int64_t number = 0;
    if (state.folder != nullptr) {
      const auto generations = list_generations(state.checkpoints);
      number = generations.empty() ? 1 : generations.back().number + 1;
    }
    state.newest = generation_path(state.checkpoints, state.world().max(number));
    save_state(state.newest, state);
    if (state.folder != nullptr) prune_generations(state.checkpoints, state.config.run.checkpoint.keep);
    state.time.checkpoints += seconds_since(start);
    state.last_save = std::chrono::steady_clock::now();
  }
};

template <class T>
class BestKeeper final : public Observer<T> {
 public:
  void on_evaluation(LoopState<T>& state, const EvaluationEvent& event) override {
    for (std::size_t n = 0; n < state.networks.size(); ++n)
      if (event.objectives[n] < state.networks[n]->best.objective)
        keep(*state.networks[n], event.objectives[n], event.evaluation, state.position.epoch);
  }

 private:
  static void keep(NetworkTrainer<T>& network, double objective, const Evaluation& evaluation,
                   std::int64_t epoch) {
    network.best = {objective, epoch, part_of(evaluation, network.network()), {}};
    for (std::size_t p = 0; p < network.parameters().size(); ++p) {
      const auto result = network.weights().result(p);
      network.best.weights.emplace_back(result.begin(), result.end());
    }
  }
};

template <class T>
class StopRules final : public Observer<T> {
 public:
  void on_evaluation(LoopState<T>& state, const EvaluationEvent& event) override {
    for (std::size_t n = 0; n < state.networks.size(); ++n) {
      auto& network = *state.networks[n];
      if (network.network() == Network::dual)
        stop_at_gap(state, network, *event.evaluation.dual);
      else
        stop_at_rest(state, network, event.objectives[n]);
    }
  }

 private:
  /// For a solver this ends the program; for a gradient method the network is finished.
  static void stop_at_gap(LoopState<T>& state, NetworkTrainer<T>& network, const DualReport& report) {
    const double wanted = state.config.run.stop.gap;
    if (network.finished || !(wanted > 0.0) || report.gap() > wanted) return;
    if (&network == state.solver()) {
      const bool violated = report.hard && report.relative_violation > state.config.hard.violation;
      if (!violated) network.ended = TerminationReason::gap;
      return;
    }
    log::info("dual: certified gap {} reached run.stop.gap", format_percent(report.gap()));
    network.finished = true;
  }

  static void stop_at_rest(LoopState<T>& state, NetworkTrainer<T>& network, double objective) {
    const double wanted = state.config.run.stop.relative_change;
    const double change = std::abs(objective - network.last_objective) / std::abs(objective);
    if (network.finished || !(wanted > 0.0) || !(change < wanted)) return;
    log::info("primal: changed by {:.3g} since the last evaluation, less than run.stop.relative_change",
              change);
    network.finished = true;
  }
};

}  // namespace

template <class T>
std::unique_ptr<Observer<T>> make_history_writer() {
  return std::make_unique<HistoryWriter<T>>();
}
template <class T>
std::unique_ptr<Observer<T>> make_checkpoint_writer() {
  return std::make_unique<CheckpointWriter<T>>();
}
template <class T>
std::unique_ptr<Observer<T>> make_best_keeper() {
  return std::make_unique<BestKeeper<T>>();
}
template <class T>
std::unique_ptr<Observer<T>> make_stop_rules() {
  return std::make_unique<StopRules<T>>();
}

template std::unique_ptr<Observer<float>> make_history_writer();
template std::unique_ptr<Observer<double>> make_history_writer();
template std::unique_ptr<Observer<float>> make_checkpoint_writer();
template std::unique_ptr<Observer<double>> make_checkpoint_writer();
template std::unique_ptr<Observer<float>> make_best_keeper();
template std::unique_ptr<Observer<double>> make_best_keeper();
template std::unique_ptr<Observer<float>> make_stop_rules();
template std::unique_ptr<Observer<double>> make_stop_rules();

}  // namespace zerogap

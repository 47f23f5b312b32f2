// SPDX-License-Identifier: Apache-2.0
#include "train/training_loop.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>

#include "core/activity.hpp"
#include "core/log.hpp"
#include "core/signals.hpp"
#include "problem/initial_weights.hpp"
#include "train/block_changes.hpp"
#include "train/loop_start.hpp"

namespace zerogap {

using Clock = std::chrono::steady_clock;

template <class T>
TrainingLoop<T>::TrainingLoop(const Config& config, Problem<T>& problem, RunFolder* folder,
                              const std::filesystem::path& checkpoints)
    : state_{.config = config, .problem = problem, .folder = folder, .checkpoints = checkpoints},
      evaluator_(problem, config.certify.smoothing_widths) {
  // The order matters: the history line is written before the checkpoint that records its length, and stop
  // rules run before the progress line shows a network as finished.
  observers_.push_back(make_commentary<T>());
  observers_.push_back(make_history_writer<T>());
  observers_.push_back(make_best_keeper<T>());
  observers_.push_back(make_stop_rules<T>());
  observers_.push_back(make_progress<T>());
  observers_.push_back(make_checkpoint_writer<T>());
}

template <class T>
void TrainingLoop<T>::start(const std::filesystem::path& checkpoint) {
  start_networks(state_, checkpoint);
  const auto& train = state_.problem.train().data;
  for (const auto& network : state_.networks)
    batches_.emplace_back(train.shape, train.images, network->options().batch, state_.config.data.seed);
  notify([&](Observer<T>& o) { o.on_start(state_); });
  state_.last_save = Clock::now();
}

template <class T>
RunStatus TrainingLoop<T>::run() {
  if (state_.position.evaluated_epoch < 0) {
    evaluate();
    end_program();
  }
  while (!state_.finished()) {
    for (std::size_t n = 0; n < state_.networks.size(); ++n)
      if (!train_epoch(n)) return end(RunStatus::stopped);
    const std::int64_t epoch = ++state_.position.epoch;
    for (auto& network : state_.networks)
      network->finished = network->finished || network->epoch >= network->options().epochs;
    const std::int64_t every = state_.config.run.evaluate_every;
    if (state_.finished() || state_.program_ended() || (every > 0 && epoch % every == 0)) evaluate();
    end_program();
    if (!state_.finished()) notify([&](Observer<T>& o) { o.on_epoch(state_); });
  }
  if (state_.position.evaluated_epoch < state_.position.epoch)
    evaluate();  // resumed between the last step and its evaluation
  return end(RunStatus::complete);
}

/// Advances an unfinished network to the end of the current epoch; false if a stop was agreed on.
template <class T>
bool TrainingLoop<T>::train_epoch(std::size_t n) {
  auto& network = *state_.networks[n];
  while (!network.finished && network.epoch <= state_.position.epoch &&
         network.epoch < network.options().epochs) {
    const auto start = Clock::now();
    const double pairs = take_step(n), seconds = seconds_since(start);
    state_.time.steps += seconds;
    state_.pairs += pairs;
    notify([&](Observer<T>& o) { o.on_step(state_, {network, pairs, seconds}); });
    const Agreement agreed = agree(network);
    notify([&](Observer<T>& o) { o.on_agreement(state_, agreed); });
    if (!agreed.stop) continue;
    stop_reason_ = agreed.stop_reason;
    return false;
  }
  return true;
}

template <class T>
void TrainingLoop<T>::evaluate() {
  const auto start = Clock::now();
  std::vector<double> objectives;
  state_.last = measure(evaluator_, objectives);
  state_.dual = state_.last.dual;
  if (state_.dual) state_.gap = state_.dual->gap();
  state_.time.evaluations += seconds_since(start);
  state_.position.seconds = state_.agreed_seconds();
  notify([&](Observer<T>& o) { o.on_evaluation(state_, {state_.last, objectives}); });
  state_.position.evaluated_epoch = state_.position.epoch;
  for (std::size_t n = 0; n < objectives.size(); ++n) state_.networks[n]->last_objective = objectives[n];
}

/// After a solver has ended its program and it was evaluated: continues with the next program, or finishes
/// the network.
template <class T>
void TrainingLoop<T>::end_program() {
  if (!state_.program_ended()) return;
  auto& solver = *state_.solver();
  const auto result = program_result();
  const ProgramParameters before = state_.schedule->parameters();
  const auto change = state_.schedule->next(result);
  notify([&](Observer<T>& o) { o.on_program_end(state_, result); });
  if (change && change->kind == ProgramChange::Kind::parameters) {
    const auto& now = change->parameters;
    auto& problem = state_.problem;
    problem.replace(with_parameters(problem.instance(), problem.program(), now));
    const bool only_rho_grew = problem.hard() && before.lambda == now.lambda && before.beta == now.beta &&
                               before.rho <= now.rho;  // the feasible objective belongs to the same program
    start_program({.bound_holds = bound_holds(before, now),
                   .values_hold = only_rho_grew,
                   .other_rho = now.rho != before.rho});
  } else if (change && change_blocks(state_, *change)) {
    start_program({});
  } else {
    if (state_.config.arrangements.pricing.active()) certify_over_all_blocks(state_);
    solver.finished = true;
  }
}

template <class T>
void TrainingLoop<T>::start_program(const ProgramCarryover& carried) {
  state_.solver()->start_program(carried);
  state_.dual.reset();
  notify([&](Observer<T>& o) { o.on_program_start(state_); });
}

template <class T>
RunStatus TrainingLoop<T>::end(RunStatus status) {
  notify([&](Observer<T>& o) { o.on_end(state_, status); });
  if (status == RunStatus::stopped)
    log::info("stopped on request ({}) in epoch {}; checkpoint {}; continue with --resume", stop_reason_,
              state_.position.epoch + 1, state_.newest.string());
  if (status == RunStatus::complete && state_.config.data.final_test == FinalTest::all &&
      state_.problem.test() != nullptr) {
    const PatchSet<T> test = state_.problem.instance().read_all_test_images();
    Evaluator<T> evaluator(state_.problem, state_.config.certify.smoothing_widths, &test);
    std::vector<double> objectives;
    const auto start = Clock::now();
    on_all_test_images_ = measure(evaluator, objectives);
    all_test_images_ = test.data.shape.images;
    all_test_hash_ = test.data.content_hash;
    state_.time.evaluations += seconds_since(start);
  }
  return status;
}

template <class T>
double TrainingLoop<T>::take_step(std::size_t n) {
  auto& network = *state_.networks[n];
  activity::begin(fmt::format("step {} of the {}", network.steps + 1, network.name()));
  try {
    return network.step(batches_[n]);
  } catch (const Diverged& error) {
    const bool solving = network.options().solves();
    throw diverged(error,
                   fmt::format("the {} network, step {}{}", network.name(), network.steps + 1,
                               solving ? "" : fmt::format(", learning rate {:g}", network.learning_rate)),
                   solving);
  }
}

/// One message between the ranks for each step: whether to stop, and the sizes that the network's next step
/// needs.
template <class T>
Agreement TrainingLoop<T>::agree(NetworkTrainer<T>& network) {
  activity::part("agreeing on whether to stop");
  const auto& run = state_.config.run;
  std::array<std::int64_t, 5> largest{stop_requested().value_or(0)};
  if (state_.folder != nullptr) {  // only rank 0's clock decides
    largest[1] = run.stop.seconds > 0.0 && seconds_since(state_.start) >= run.stop.seconds;
    largest[2] = run.checkpoint.seconds > 0.0 && seconds_since(state_.last_save) >= run.checkpoint.seconds;
  }
  WeightSizes sizes = network.sizes();
  // The bits of doubles >= 0 are ordered like the numbers. Ranks along the patch axis have the same weights.
  for (std::size_t i = 0; i < 2; ++i) largest[3 + i] = std::bit_cast<std::int64_t>(sizes.largest[i]);
  if (state_.problem.grid().patch_axis().rank() != 0) sizes.norms = {};
  state_.world().reduce(sizes.norms.span(), largest);
  for (std::size_t i = 0; i < 2; ++i) sizes.largest[i] = std::bit_cast<double>(largest[3 + i]);
  network.know(sizes);
  Agreement agreed{.stop = largest[0] != 0 || largest[1] != 0, .stop_reason = "run.stop.seconds"};
  if (largest[0] != 0) agreed.stop_reason = signal_name(static_cast<int>(largest[0]));
  agreed.checkpoint_due = largest[2] != 0;
  return agreed;
}

template <class T>
Evaluation TrainingLoop<T>::measure(Evaluator<T>& evaluator, std::vector<double>& objectives) {
  Evaluation evaluation;
  const std::int64_t epoch = state_.position.epoch;
  activity::begin(fmt::format("the evaluation after epoch {}", epoch));
  try {
    for (auto& network : state_.networks) objectives.push_back(network->evaluate(evaluator, evaluation));
  } catch (const Diverged& error) {
    const auto& init = state_.config.init;
    if (epoch == 0 && starts_from_file(init))
      throw data_error("the weights of init.path " + init.path + " are too large to start from",
                       "their predictions overflow",
                       "give weights of a training that did not diverge, or set run.precision to fp64");
    throw diverged(error, "found by the evaluation after epoch " + std::to_string(epoch),
                   state_.solver() != nullptr && state_.networks.size() == 1);
  }
  return evaluation;
}

template <class T>
Diverged TrainingLoop<T>::diverged(const Diverged& error, const std::string& where, bool solving) const {
  const std::string todo =
      solving ? "set run.precision to fp64, start from zero (init.dual_kind), or use wider smoothing "
                "(optimizer.smoothing)"
              : "lower optimizer.lr, by a factor of 10 or more (for sgd, asgd and svrg the gradient is a sum "
                "over all patches)";
  const std::string newest = state_.newest.string();
  return Diverged(error.what(), where,
                  todo + (newest.empty() ? "" : "; the last good checkpoint is " + newest));
}

template <class T>
ProgramResult TrainingLoop<T>::program_result() const {
  const auto& report = *state_.dual;
  return {.end = state_.solver()->ended,
          .parameters = state_.problem.program().parameters,
          .blocks = state_.problem.blocks().total,
          .objective = report.objective(),
          .lower_bound = report.best_lower_bound,
          .gap = report.gap(),
          .max_violation = report.train.max_violation,
          .feasible_objective = report.feasible_objective,
          .relative_violation = report.relative_violation,
          .steps = state_.solver()->steps,
          .seconds = state_.position.seconds};
}

template <class T>
RunResult TrainingLoop<T>::result(RunStatus status) const {
  RunResult result = result_of(state_, status);
  if (on_all_test_images_) {
    result.evaluation = *on_all_test_images_;
    result.description.test_images = all_test_images_;
    result.description.test_hash = all_test_hash_;
  }
  return result;
}

template class TrainingLoop<float>;
template class TrainingLoop<double>;

}  // namespace zerogap

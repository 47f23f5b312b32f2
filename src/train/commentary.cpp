// SPDX-License-Identifier: Apache-2.0
// Observers that report on a training: the progress line, steps of newton, ends of programs, warnings.

#include <fmt/format.h>

#include "core/format.hpp"
#include "core/log.hpp"
#include "methods/dual_solver.hpp"
#include "model/form.hpp"
#include "run/progress_line.hpp"
#include "train/observer.hpp"

namespace zerogap {
namespace {

template <class T>
class ProgressReporter final : public Observer<T> {
 public:
  void on_start(LoopState<T>& state) override {
    if (state.folder != nullptr) line_ = std::make_unique<Progress>();
    end_shown_.assign(state.networks.size(), false);
  }

  void on_step(LoopState<T>& state, const StepEvent<T>& step) override {
    if (state.folder == nullptr) return;
    for (const auto& line :
         describe_solver_step(step.network, state.problem.train().patches(), seconds_since(state.start)))
      log::info("{}", line);
    if (const auto line = step.network.step_line(seconds_since(state.start)); !line.empty())
      log::info("{}", line);
    state.folder->heartbeat();
    line_->update(progress_of(state, step.network, step.network.last_objective));
  }

  void on_evaluation(LoopState<T>& state, const EvaluationEvent& event) override {
    for (std::size_t n = 0; n < state.networks.size(); ++n) {
      auto& network = *state.networks[n];
      if (line_ && !end_shown_[n]) line_->line(progress_of(state, network, event.objectives[n]));
      end_shown_[n] = network.finished;
    }
  }

  void on_end(LoopState<T>&, RunStatus) override {
    if (line_) line_->finish();
  }

 private:
  static ProgressState progress_of(const LoopState<T>& state, const NetworkTrainer<T>& network,
                                   double objective) {
    ProgressState progress;
    progress.network = network.name();
    progress.epoch = network.epoch;
    progress.epochs = network.options().epochs;
    progress.objective = objective;
    if (network.network() == Network::dual) progress.gap = state.gap;
    if (state.time.steps > 0.0) progress.pairs_per_second = state.pairs_per_second();
    progress.seconds_left = seconds_left(state);
    return progress;
  }

  /// NaN if unknown: a solver ends at its gap.
  static double seconds_left(const LoopState<T>& state) {
    std::int64_t done = 0, left = 0;
    for (const auto& n : state.networks) {
      if (n->options().solves() && !n->finished) return std::numeric_limits<double>::quiet_NaN();
      done += n->epoch;
      if (!n->finished) left += n->options().epochs - n->epoch;
    }
    if (done == 0) return std::numeric_limits<double>::quiet_NaN();
    return (state.earlier_seconds + seconds_since(state.start)) * static_cast<double>(left) /
           static_cast<double>(done);
  }

  std::unique_ptr<Progress> line_;  ///< rank 0's
  std::vector<bool> end_shown_;     ///< the last line of a network is printed once
};

template <class T>
class Commentary final : public Observer<T> {
 public:
  void on_start(LoopState<T>& state) override {
    if (!state.finished()) on_program_start(state);
  }

  void on_evaluation(LoopState<T>& state, const EvaluationEvent& event) override {
    const bool built = state.config.primal_optimizer.name == OptimizerName::frank_wolfe;  // from no filters
    const bool dead = !built && event.evaluation.primal && !event.evaluation.primal->active;
    if (dead && !was_dead_) warn_of_dead_network(state.config.network);
    was_dead_ = dead;
  }

  void on_program_end(LoopState<T>& state, const ProgramResult& result) override {
    log::info("dual: {} ({})", values_of(state, result), why_ended(state, result));
    if (state.problem.hard()) say_constraints(state, result);
    if (const auto text = state.schedule->summary(); !text.empty()) log::info("{}", text);
  }

  void on_program_start(LoopState<T>& state) override {
    if (state.solver() == nullptr || !state.schedule->several() || blocks_change(state)) return;
    const auto& context = state.problem.context();
    const auto dead = state.problem.blocks().dead;
    log::info("{}: lambda = {:g}, beta = {:g}, rho = {:g}{}", state.schedule->title(), context.lambda,
              context.beta, context.rho, dead > 0 ? fmt::format(", {} blocks are dead", dead) : "");
  }

  void on_end(LoopState<T>& state, RunStatus status) override {
    if (status != RunStatus::complete || state.solver() == nullptr || state.schedule->done() ||
        state.folder == nullptr)
      return;
    const std::string at = state.dual ? " at a certified gap of " + format_percent(state.dual->gap()) : "";
    log::warn("optimizer.dual.epochs = {} are used up in {}{}; raise them and continue with --resume",
              state.solver()->options().epochs, state.schedule->title(), at);
  }

 private:
  static bool blocks_change(const LoopState<T>& state) { return state.config.arrangements.pricing.active(); }

  static void warn_of_dead_network(const NetworkOptions& network) {
    log::warn(
        "the primal network is dead: no activation passes the threshold network.lambda = {:g}{}, so only the "
        "{} moves it; {}",
        network.lambda, network.form == NetworkForm::relative ? " |u|" : "",
        has_kink(network.form) ? "regularisation" : "decay",
        any_threshold(network.form)
            ? "start from larger filters (init.kind kaiming_uniform, or a larger init.std)"
            : "lower network.lambda, or start from other filters (init.seed)");
  }

  static std::string why_ended(const LoopState<T>& state, const ProgramResult& result) {
    std::string why = "run.stop.gap is reached";
    if (result.end == TerminationReason::rounding) why = "rounding ends the solution";
    if (result.end == TerminationReason::conditioning)
      why = fmt::format(
          "conditioning ends the solution: conjugate gradients used all their products in {} steps; raise "
          "optimizer.preconditioner_mib",
          state.solver()->cut_steps);
    if (result.end != TerminationReason::gap && state.config.run.precision == Precision::fp32)
      why += "; run.precision: fp64 goes further";
    return why;
  }

  static std::string values_of(const LoopState<T>& state, const ProgramResult& result) {
    std::string values = "certified gap " + format_percent(result.gap);
    if (state.schedule->several())
      values = fmt::format("objective {:.8g}, bound {:.8g}, gap {}", result.objective,
                           result.lower_bound.value(), format_percent(result.gap));
    if (state.problem.hard())
      values += fmt::format(" of the feasible {:.8g}, relative violation {:.2g}", result.feasible_objective,
                            result.relative_violation);
    return values;
  }

  static void say_constraints(const LoopState<T>& state, const ProgramResult& result) {
    const auto status = state.schedule->constraint_status();
    if (status == ConstraintStatus::rounding)
      log::info("dual: the constraints hold, and the remaining gap is below rounding");
    if (status != ConstraintStatus::unreachable || state.folder == nullptr) return;
    const auto& hard = state.config.hard;
    log::warn(
        "hard constraints are unreachable: with rho = {:g} the relative violation is {:.2g} "
        "(network.hard.violation {:g}), the gap {} (run.stop.gap {:g}), and rho may not exceed "
        "network.hard.rho_max = {:g}; raise that, allow more, or set run.precision to fp64",
        result.parameters.rho, result.relative_violation, hard.violation, format_percent(result.gap),
        state.config.run.stop.gap, hard.rho_max);
  }

  bool was_dead_ = false;
};

}  // namespace

template <class T>
std::unique_ptr<Observer<T>> make_progress() {
  return std::make_unique<ProgressReporter<T>>();
}
template <class T>
std::unique_ptr<Observer<T>> make_commentary() {
  return std::make_unique<Commentary<T>>();
}

template std::unique_ptr<Observer<float>> make_progress();
template std::unique_ptr<Observer<double>> make_progress();
template std::unique_ptr<Observer<float>> make_commentary();
template std::unique_ptr<Observer<double>> make_commentary();

}  // namespace zerogap

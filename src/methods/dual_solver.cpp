// SPDX-License-Identifier: Apache-2.0
#include "methods/dual_solver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/format.hpp"
#include "methods/dual_operator.hpp"
#include "methods/dual_trainer.hpp"
#include "optim/fista.hpp"
#include "optim/newton.hpp"
#include "problem/program_schedule.hpp"

namespace zerogap {
namespace {

/// w and w' in the order of solvers, contiguous.
template <class T>
std::vector<double> joined(const std::array<std::vector<T>, 2>& halves) {
  std::vector<double> x(halves[0].begin(), halves[0].end());
  x.insert(x.end(), halves[1].begin(), halves[1].end());
  return x;
}

template <class T>
void part(const std::vector<double>& x, std::array<std::vector<T>, 2>& halves) {
  const auto middle = x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2);
  halves[0].assign(x.begin(), middle);
  halves[1].assign(middle, x.end());
}

/// A solver with its point and the state on which its next step depends.
template <class T>
class SolverWeights : public Weights<T> {
 public:
  SolverWeights(std::vector<T> w, std::vector<T> w_prime) : point_{std::move(w), std::move(w_prime)} {}

  virtual SolverReport step() = 0;
  /// Another program, from the same point.
  virtual void restart(Smoothing widest, bool near) = 0;
  /// Another point, of as many rows as it has; restart() comes next.
  void replace(std::vector<T> w, std::vector<T> w_prime) { point_ = {std::move(w), std::move(w_prime)}; }

  std::span<T> iterate(std::size_t p) override { return point_[p]; }
  std::span<const T> result(std::size_t p) override { return point_[p]; }
  std::vector<StateArray<T>> arrays() override { return {}; }

 protected:
  std::array<std::vector<T>, 2> point_;
};

template <class T>
class NewtonWeights final : public SolverWeights<T> {
 public:
  NewtonWeights(DualOperator<T>& program, const OptimizerOptions& o, std::vector<T> w, std::vector<T> w_prime)
      : SolverWeights<T>(std::move(w), std::move(w_prime)),
        solver_(program, {{o.start_mu, o.start_epsilon}, o.smoothing_factor, o.cg_tolerance}) {}

  SolverReport step() override {
    auto x = joined(this->point_);
    const auto report = solver_.step(x);
    part(x, this->point_);
    return report;
  }
  std::vector<double> scalars() const override { return solver_.state().numbers(); }
  void restore(std::span<const double> scalars) override { solver_.restore(NewtonState::from(scalars)); }
  void restart(Smoothing widest, bool near) override { solver_.restart(widest, near); }

 private:
  Newton solver_;
};

template <class T>
class FistaWeights final : public SolverWeights<T> {
 public:
  FistaWeights(DualOperator<T>& program, std::int64_t columns, std::vector<T> w, std::vector<T> w_prime)
      : SolverWeights<T>(std::move(w), std::move(w_prime)),
        solver_(program),
        columns_(columns),
        ahead_(this->point_) {}

  SolverReport step() override {
    auto x = joined(this->point_), ahead = joined(ahead_);
    const auto report = solver_.step(x, ahead);
    part(x, this->point_);
    part(ahead, ahead_);
    return report;
  }
  std::vector<StateArray<T>> arrays() override {
    const auto rows = static_cast<std::int64_t>(ahead_[0].size()) / columns_;
    return {{"ahead_w", rows, columns_, ahead_[0]}, {"ahead_w_prime", rows, columns_, ahead_[1]}};
  }
  std::vector<double> scalars() const override { return solver_.state().numbers(); }
  void restore(std::span<const double> scalars) override { solver_.restore(FistaState::from(scalars)); }
  void restart(Smoothing, bool) override {
    ahead_ = this->point_;
    solver_.restore({});
  }

 private:
  Fista solver_;
  std::int64_t columns_;
  std::array<std::vector<T>, 2> ahead_;
};

template <class T>
class SolverDualTrainer final : public DualTrainer<T> {
 public:
  SolverDualTrainer(const Config& config, const Problem<T>& problem, std::vector<T> w, std::vector<T> w_prime)
      : DualTrainer<T>(config.dual_optimizer, problem),
        // With hard constraints the other half is left for the cost of repairing the weights.
        wanted_gap_(config.run.stop.gap / (problem.hard() ? 2.0 : 1.0)),
        first_rho_(make_schedule(config)->parameters().rho),
        program_(problem, static_cast<double>(config.dual_optimizer.preconditioner_mib) * 0x1p20) {
    if (newton())
      solver_ = std::make_unique<NewtonWeights<T>>(program_, config.dual_optimizer, std::move(w),
                                                   std::move(w_prime));
    else
      solver_ =
          std::make_unique<FistaWeights<T>>(program_, problem.length(), std::move(w), std::move(w_prime));
  }

  Weights<T>& weights() override { return *solver_; }
  const OverlapTimes& overlap_times() const override { return program_.overlap_times(); }

  double step(Batches&) override {
    const double before = program_.pairs();
    const auto report = solver_->step();
    ++this->steps;
    ++this->epoch;
    this->smoothing_width = report.smoothing.mu;
    this->best_lower_bound = std::max(this->best_lower_bound, report.lower_bound);
    this->cut_steps += report.cut ? 1 : 0;
    require_bound(report.objective, this->best_lower_bound, this->problem_->value_rounding(report.objective));
    const double gap = certified_gap(report.objective, this->best_lower_bound);
    this->solver_report = report;
    this->preconditioner_made = program_.take_preconditioner_made();
    if (wanted_gap_ > 0.0 && gap <= wanted_gap_)
      this->ended = TerminationReason::gap;
    else if (report.status == SolverStatus::rounding)
      this->ended = this->cut_steps > 0 ? TerminationReason::conditioning : TerminationReason::rounding;
    return program_.pairs() - before;
  }

  void start_program(const ProgramCarryover& carried) override {
    // A solve that rounding ended has reached widths at which no step helps.
    const bool closed = this->ended == TerminationReason::gap;
    NetworkTrainer<T>::start_program(carried);
    // Within the width mu the hinge has the curvature rho/mu. With the ratio of the run's first program, a
    // larger weight is not harder to start with.
    const double heavier = first_rho_ > 0.0 ? std::max(1.0, this->problem_->context().rho / first_rho_) : 1.0;
    solver_->restart({heavier * this->options_.start_mu, this->options_.start_epsilon},
                     closed && !carried.other_rho);
  }
  void take_blocks(std::vector<T> w, std::vector<T> w_prime) override {
    program_.invalidate_preconditioner();
    solver_->replace(std::move(w), std::move(w_prime));
  }

 private:
  bool newton() const { return this->options_.name == OptimizerName::newton; }
  double wanted_gap_, first_rho_;
  DualOperator<T> program_;
  std::unique_ptr<SolverWeights<T>> solver_;
};

}  // namespace

template <class T>
std::vector<std::string> describe_solver_step(const NetworkTrainer<T>& trainer, std::int64_t patches,
                                              double seconds) {
  if (!trainer.solver_report || trainer.options().name != OptimizerName::newton) return {};
  std::vector<std::string> lines;
  if (const auto& made = trainer.preconditioner_made)
    lines.push_back(fmt::format("newton      preconditioner of {} rows from {} of {} patches", made->rows,
                                made->patches, patches));
  const auto& report = *trainer.solver_report;
  lines.push_back(fmt::format(
      "newton      step {:2}  stage {:2}  {:3} products  objective {:.8g}  bound {:.8g}  gap {}  {:.1f} s",
      trainer.steps, report.stage, report.products, report.objective, trainer.best_lower_bound.value(),
      format_percent(certified_gap(report.objective, trainer.best_lower_bound)), seconds));
  return lines;
}

template std::vector<std::string> describe_solver_step(const NetworkTrainer<float>&, std::int64_t, double);
template std::vector<std::string> describe_solver_step(const NetworkTrainer<double>&, std::int64_t, double);

template <class T>
std::unique_ptr<NetworkTrainer<T>> make_dual_solver(const Config& config, const Problem<T>& problem,
                                                    std::vector<T> w, std::vector<T> w_prime) {
  return std::make_unique<SolverDualTrainer<T>>(config, problem, std::move(w), std::move(w_prime));
}

template std::unique_ptr<NetworkTrainer<float>> make_dual_solver(const Config&, const Problem<float>&,
                                                                 std::vector<float>, std::vector<float>);
template std::unique_ptr<NetworkTrainer<double>> make_dual_solver(const Config&, const Problem<double>&,
                                                                  std::vector<double>, std::vector<double>);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
// The solvers on small problems whose solution is known.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "optim/cg.hpp"
#include "optim/fista.hpp"
#include "optim/newton.hpp"

namespace zerogap {
namespace {

/// min sum_i (x_i - a_i)^2 + weight |x_i|, each entry by itself: x_i = sign(a_i) max(0, |a_i| - weight/2).
/// Smoothed: sqrt(x_i^2 + epsilon^2) - epsilon.
class Absolute final : public ConvexProgram, public CompositeProgram {
 public:
  Absolute(std::vector<double> a, double weight) : a_(std::move(a)), weight_(weight) {}

  double solution(std::size_t i) const {
    return std::copysign(std::max(0.0, std::abs(a_[i]) - weight_ / 2.0), a_[i]);
  }
  double optimum() {
    std::vector<double> x;
    for (std::size_t i = 0; i < a_.size(); ++i) x.push_back(solution(i));
    return value(x, {});
  }

  std::size_t size() const override { return a_.size(); }
  void to_storage_precision(std::span<double>) const override {}
  double rounding() const override { return 1e-15; }
  double dot(std::span<const double> a, std::span<const double> b) override {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  }
  double value(std::span<const double> x, Smoothing s) override {
    double sum = smooth(x);
    for (const double entry : x) sum += weight_ * (std::hypot(entry, s.epsilon) - s.epsilon);
    epsilon_ = s.epsilon;
    return sum;
  }
  double norm_smoothing(std::span<const double> x, double epsilon) override {
    return value(x, {}) - value(x, {0.0, epsilon});
  }
  Certificate gradient(std::span<double> out) override {
    const Certificate bound = smooth_gradient(out);
    for (std::size_t i = 0; i < x_.size(); ++i) out[i] += weight_ * x_[i] / std::hypot(x_[i], epsilon_);
    return bound;
  }
  bool prepare(std::span<const double> x, Smoothing s, double) override {
    curvature_.clear();
    for (const double entry : x) {
      const double size = std::hypot(entry, s.epsilon);
      curvature_.push_back(2.0 + weight_ * s.epsilon * s.epsilon / (size * size * size));
    }
    return true;
  }
  void predictor_gradient(std::span<double>) const override {}
  void apply(std::span<const double> v, std::span<double> out) override {
    for (std::size_t i = 0; i < v.size(); ++i) out[i] = curvature_[i] * v[i];
  }
  void precondition(std::span<const double> r, std::span<double> out) override {
    for (std::size_t i = 0; i < r.size(); ++i) out[i] = r[i] / scale_;
  }

  double smooth(std::span<const double> x) override {
    x_.assign(x.begin(), x.end());
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - a_[i]) * (x[i] - a_[i]);
    return sum;
  }
  double nonsmooth(std::span<const double> x) override {
    double sum = 0.0;
    for (const double entry : x) sum += weight_ * std::abs(entry);
    return sum;
  }
  /// The bound at z = 2(a - x), scaled to |z| <= weight: sum z a - z^2/4.
  Certificate smooth_gradient(std::span<double> out) override {
    double largest = 0.0, bound = 0.0;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      out[i] = 2.0 * (x_[i] - a_[i]);
      largest = std::max(largest, std::abs(out[i]));
    }
    const double s = largest > weight_ ? weight_ / largest : 1.0;
    for (std::size_t i = 0; i < x_.size(); ++i) bound -= s * out[i] * a_[i] + s * s * out[i] * out[i] / 4.0;
    return Certificate::proved(bound);
  }
  void prox(std::span<double> x, double step) override {
    for (double& entry : x) entry = std::copysign(std::max(0.0, std::abs(entry) - weight_ * step), entry);
  }

 private:
  std::vector<double> a_, x_, curvature_;
  double weight_, epsilon_ = 0.0, scale_ = 3.0;
};

Absolute example() { return {{3.0, -2.0, 0.4, -0.1, 0.0, 7.0}, 1.0}; }

TEST(ConjugateGradients, SolvesTheSystem) {
  auto program = example();
  const std::vector<double> x = {1.0, 0.1, -0.3, 0.0, 0.02, 5.0}, right = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
  program.prepare(x, {0.1, 0.1}, 0.1);
  const auto found = conjugate_gradients(program, right, 1e-12, 50);
  EXPECT_LE(found.products, 6 + 1);
  std::vector<double> back(6);
  program.apply(found.solution, back);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(back[i], right[i], 1e-9);
}

TEST(ConjugateGradients, StopsEarlyAsAsked) {
  auto program = example();
  const std::vector<double> x(6, 0.05), right(6, 1.0);
  program.prepare(x, {0.1, 0.1}, 0.1);
  EXPECT_EQ(conjugate_gradients(program, right, 0.5, 50).products, 1);
  EXPECT_EQ(conjugate_gradients(program, std::vector<double>(6), 0.5, 50).products, 0);
}

template <class Step>
void expect_optimum(Absolute& program, std::int64_t most, Step step) {
  const double optimum = program.optimum();
  double objective = 0.0;
  Certificate bound;
  for (std::int64_t k = 0; k < most; ++k) {
    const SolverReport report = step();
    EXPECT_LE(report.lower_bound.value(), optimum * (1.0 + 1e-12));
    EXPECT_GE(report.objective, optimum * (1.0 - 1e-12));
    bound = std::max(bound, report.lower_bound);
    objective = report.objective;
    if (report.status == SolverStatus::rounding || objective - bound.value() < 1e-9 * objective) break;
  }
  EXPECT_NEAR(objective, optimum, 1e-8 * optimum);
  EXPECT_NEAR(bound.value(), optimum, 1e-8 * optimum);
}

TEST(Newton, FindsTheOptimumAndProvesIt) {
  auto program = example();
  Newton solver(program, {.tolerance = 1e-3});
  std::vector<double> x(6, 0.0);
  expect_optimum(program, 200, [&] { return solver.step(x); });
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], program.solution(i), 1e-4);
}

TEST(Newton, GoesOnFromASavedState) {
  auto program = example();
  Newton whole(program, {});
  std::vector<double> x(6, 0.5), y(6, 0.5);
  for (int k = 0; k < 12; ++k) whole.step(x);
  NewtonState state = Newton(program, {}).state();
  for (int k = 0; k < 12; ++k) {
    Newton part(program, {});
    part.restore(NewtonState::from(state.numbers()));
    part.step(y);
    state = part.state();
  }
  EXPECT_EQ(x, y);
  EXPECT_EQ(state.numbers(), whole.state().numbers());
}

TEST(Newton, BeginsTheNextProgramNarrowerWhereItsSolutionIsNear) {
  auto program = example();
  Newton solver(program, {});
  std::vector<double> x(6, 0.0);
  for (int k = 0; k < 20; ++k) solver.step(x);
  const Smoothing end = solver.state().smoothing, widest{0.4, 1e-2};
  solver.restart(widest, true);
  EXPECT_GT(solver.state().smoothing.epsilon, end.epsilon);
  EXPECT_LT(solver.state().smoothing.epsilon, widest.epsilon);
  EXPECT_EQ(solver.state().stage, 0);
  solver.restart(widest, false);
  EXPECT_EQ(solver.state().smoothing, widest);
  expect_optimum(program, 200, [&] { return solver.step(x); });
}

TEST(Newton, SaysWhereRoundingEndsIt) {
  auto program = example();
  Newton solver(program, {});
  std::vector<double> x(6, 0.0);
  SolverReport report;
  for (int k = 0; k < 1000 && report.status == SolverStatus::running; ++k) report = solver.step(x);
  EXPECT_EQ(report.status, SolverStatus::rounding);
}

TEST(Fista, FindsTheOptimumAndProvesIt) {
  auto program = example();
  Fista solver(program);
  std::vector<double> x(6, 0.0), ahead = x;
  expect_optimum(program, 500, [&] { return solver.step(x, ahead); });
}

TEST(Fista, GoesOnFromASavedState) {
  auto program = example();
  Fista whole(program);
  std::vector<double> x(6, 0.5), x_ahead = x, y = x, y_ahead = x;
  FistaState state;
  for (int k = 0; k < 9; ++k) {
    whole.step(x, x_ahead);
    Fista part(program);
    part.restore(FistaState::from(state.numbers()));
    part.step(y, y_ahead);
    state = part.state();
  }
  EXPECT_EQ(x, y);
  EXPECT_EQ(x_ahead, y_ahead);
}

}  // namespace
}  // namespace zerogap

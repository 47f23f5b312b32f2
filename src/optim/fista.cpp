// SPDX-License-Identifier: Apache-2.0
#include "optim/fista.hpp"

#include <cmath>

namespace zerogap {
namespace {

constexpr int most_halvings = 60;
/// A step that could only shrink would never recover from one region of high curvature.
constexpr double growth = 1.1;

std::vector<double> difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> d(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) d[i] = a[i] - b[i];
  return d;
}

}  // namespace

/// From the curvature along the gradient, which is exact since the smooth part is quadratic.
double Fista::first_step(const std::vector<double>& at, double value, const std::vector<double>& gradient) {
  const double square = program_->dot(gradient, gradient);
  if (!(square > 0.0)) return 1.0;
  const double length = value / square;
  auto moved = at;
  for (std::size_t i = 0; i < at.size(); ++i) moved[i] -= length * gradient[i];
  const double curvature =
      2.0 * (program_->smooth(moved) - value + length * square) / (length * length * square);
  return curvature > 0.0 ? 1.0 / curvature : length;
}

SolverReport Fista::step(std::vector<double>& x, std::vector<double>& ahead) {
  SolverReport report;
  const double value = program_->smooth(ahead);
  std::vector<double> gradient(x.size());
  report.lower_bound = program_->smooth_gradient(gradient);
  report.products = 1;
  if (state_.step <= 0.0) state_.step = first_step(ahead, value, gradient);
  state_.step *= growth;
  std::vector<double> next, moved;
  double smooth = 0.0;
  const double noise = program_->rounding() * std::abs(value);
  for (int halving = 0; halving < most_halvings; ++halving, state_.step /= 2) {
    next = ahead;
    for (std::size_t i = 0; i < x.size(); ++i) next[i] -= state_.step * gradient[i];
    program_->prox(next, state_.step);
    program_->to_storage_precision(next);
    smooth = program_->smooth(next);
    ++report.products;
    moved = difference(next, ahead);
    const double model =
        value + program_->dot(gradient, moved) + program_->dot(moved, moved) / (2.0 * state_.step);
    if (smooth <= model + noise) break;
  }
  report.objective = smooth + program_->nonsmooth(next);
  const auto progress = difference(next, x);
  const bool uphill = program_->dot(moved, progress) < 0.0;
  const double t = state_.momentum, t_next = uphill ? 1.0 : (1.0 + std::sqrt(1.0 + 4.0 * t * t)) / 2.0,
               carry = uphill ? 0.0 : (t - 1.0) / t_next;
  for (std::size_t i = 0; i < x.size(); ++i) ahead[i] = next[i] + carry * progress[i];
  program_->to_storage_precision(ahead);
  x = std::move(next);
  state_.momentum = t_next;
  if (report.objective - report.lower_bound.value() <= program_->rounding() * std::abs(report.objective))
    report.status = SolverStatus::rounding;
  return report;
}

}  // namespace zerogap

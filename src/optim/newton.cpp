// SPDX-License-Identifier: Apache-2.0
#include "optim/newton.hpp"

#include <algorithm>
#include <cmath>

#include "optim/cg.hpp"

namespace zerogap {
namespace {

constexpr double armijo = 1e-4;
constexpr int most_halvings = 30;
/// A stage that has not converged after this many steps is abandoned: later stages start closer.
constexpr std::int64_t most_steps_in_stage = 50;
/// A stage has converged when the bound that its slopes certify is below the smoothed value by at most this
/// share of the smoothing's cost. At the smoothed optimum it is not below that value.
constexpr double converged_share = 0.5;
/// ... and when the step gained at most this share of the value. With a large rho the exact objective at a
/// smoothed point, and with it the apparent cost of the smoothing, may exceed the optimum by any factor.
constexpr double converged_gain = 0.01;
/// Gradients are more accurate than values, so steps whose gain is below the values' rounding still help, but
/// only a few.
constexpr std::int64_t most_quiet_steps = 4;
/// Largest multiple of mu up to which terms of the hinge count as on the kink.
constexpr double widest_spread = 4096.0;
/// The solve ends after this many consecutive stages that do not narrow the gap.
constexpr std::int64_t most_idle_stages = 3;
/// Factor by which a program with a near solution starts wider than the previous program ended.
constexpr double wider_when_near = 64.0;

}  // namespace

std::vector<double> NewtonState::numbers() const {
  return {smoothing.mu,
          smoothing.epsilon,
          last_mu,
          spread,
          static_cast<double>(stage),
          static_cast<double>(steps_in_stage),
          static_cast<double>(idle_stages),
          best_gap,
          static_cast<double>(quiet_steps)};
}

NewtonState NewtonState::from(std::span<const double> numbers) {
  return {{numbers[0], numbers[1]},
          numbers[2],
          numbers[3],
          static_cast<std::int64_t>(numbers[4]),
          static_cast<std::int64_t>(numbers[5]),
          static_cast<std::int64_t>(numbers[6]),
          numbers[7],
          static_cast<std::int64_t>(numbers[8])};
}

Newton::Newton(ConvexProgram& program, const NewtonOptions& options) : program_(&program), options_(options) {
  state_.smoothing = options.start;
}

void Newton::restore(const NewtonState& state) {
  state_ = state;
  known_ = false;
}

void Newton::restart(Smoothing widest, bool near) {
  NewtonState restarted;
  restarted.smoothing = widest;
  if (near)
    restarted.smoothing = {std::min(widest.mu, wider_when_near * state_.smoothing.mu),
                           std::min(widest.epsilon, wider_when_near * state_.smoothing.epsilon)};
  restore(restarted);
}

void Newton::evaluate(const std::vector<double>& x) {
  value_ = program_->value(x, state_.smoothing);
  gradient_.resize(x.size());
  bound_ = program_->gradient(gradient_);
  known_ = true;
}

bool Newton::search(std::vector<double>& x, const std::vector<double>& direction, double slope) {
  const double noise = program_->rounding() * std::abs(value_);
  length_ = 1.0;
  for (int halving = 0; halving < most_halvings; ++halving, length_ /= 2) {
    auto trial = x;
    for (std::size_t i = 0; i < x.size(); ++i) trial[i] += length_ * direction[i];
    program_->to_storage_precision(trial);
    const double value = program_->value(trial, state_.smoothing);
    if (!(value <= value_ + armijo * length_ * slope + noise)) continue;
    x = std::move(trial);
    value_ = value;
    bound_ = program_->gradient(gradient_);
    return true;
  }
  return false;
}

void Newton::narrow(double gap, double of_norms, bool too_wide) {
  if (gap < 0.9 * state_.best_gap)
    state_.idle_stages = 0;
  else if (!too_wide)
    ++state_.idle_stages;
  state_.best_gap = std::min(state_.best_gap, gap);
  state_.last_mu = state_.smoothing.mu;
  if (of_norms <= 0.9) state_.smoothing.mu /= options_.factor;
  if (of_norms >= 0.1) state_.smoothing.epsilon /= options_.factor;
  ++state_.stage;
  state_.steps_in_stage = 0;
  state_.quiet_steps = 0;
  known_ = false;
}

std::vector<double> Newton::direction(const std::vector<double>& x, SolverReport& report) {
  const Smoothing& now = state_.smoothing;
  const bool first = state_.steps_in_stage == 0 && state_.last_mu > now.mu;
  auto right = gradient_;
  if (first) {
    program_->value(x, {state_.last_mu, now.epsilon});
    program_->gradient(right);
  }
  if (!program_->prepare(x, now, first ? state_.last_mu : state_.spread * now.mu)) {
    report.status = SolverStatus::rounding;
    return {};
  }
  if (first) program_->predictor_gradient(right);
  for (double& entry : right) entry = -entry;
  auto found = conjugate_gradients(*program_, right, options_.tolerance, options_.most_products);
  report.products = found.products;
  report.cut = found.products >= options_.most_products;
  return std::move(found.solution);
}

SolverReport Newton::stopped(const std::vector<double>& x, SolverReport report) {
  report.cut = true;
  report.lower_bound = bound_;
  report.objective = program_->value(x, {});
  known_ = false;
  return report;
}

SolverReport Newton::step(std::vector<double>& x) {
  if (!known_) evaluate(x);
  SolverReport report;
  report.stage = state_.stage;
  report.smoothing = state_.smoothing;
  const auto found = direction(x, report);
  if (report.status != SolverStatus::running) return stopped(x, report);
  const double slope = program_->dot(gradient_, found), gain = -slope / 2;
  const bool moved = search(x, found, slope);
  if (!moved) evaluate(x);
  state_.spread =
      length_ < 1.0 ? std::min(widest_spread, 4.0 * state_.spread) : std::max(1.0, state_.spread / 4.0);
  ++state_.steps_in_stage;
  report.lower_bound = bound_;
  report.objective = program_->value(x, {});
  const double noise = program_->rounding() * std::abs(report.objective),
               smoothed = std::max(report.objective - value_, noise);
  const bool converged =
      (value_ - bound_.value() <= converged_share * smoothed && gain <= converged_gain * value_) ||
      gain <= 1e-3 * noise;  // gradients are more accurate than values
  if (gain <= noise) ++state_.quiet_steps;
  const bool stuck =
      state_.quiet_steps >= most_quiet_steps || (!moved && (gain <= noise || state_.spread >= widest_spread));
  if (stuck || converged || state_.steps_in_stage >= most_steps_in_stage) {
    const double of_norms = program_->norm_smoothing(x, report.smoothing.epsilon) / smoothed;
    narrow(report.objective - bound_.value(), std::clamp(of_norms, 0.0, 1.0),
           smoothed > std::max(state_.best_gap, noise));
  }
  if (state_.idle_stages >= most_idle_stages) report.status = SolverStatus::rounding;
  return report;
}

}  // namespace zerogap

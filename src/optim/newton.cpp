// SPDX-License-Identifier: Apache-2.0
#include "optim/newton.hpp"

#include <algorithm>
#include <cmath>

#include "optim/cg.hpp"

namespace zerogap {
namespace {

constexpr double armijo = 1e-4;
constexpr int most_halvings = 30;
/// A stage that has not come to its end after so many steps is left: later ones start closer.
constexpr std::int64_t most_steps_in_stage = 50;
/// A stage is at its end when what its slopes certify falls short of the smoothed value by at most this share
/// of what the smoothing costs. At the smoothed optimum it does not fall short at all.
constexpr double settled_share = 0.5;
/// ... and when the step gained at most this share of the value. With a large rho the exact objective at a
/// smoothed point, and with it what the smoothing seems to cost, may be any number of times the optimum.
constexpr double settled_gain = 0.01;
/// Gradients see more than values do, so that a few steps below the values' rounding still help; not more.
constexpr std::int64_t most_quiet_steps = 4;
/// How far beyond mu terms of the hinge may be counted as on the kink.
constexpr double widest_spread = 4096.0;
/// So many stages in a row that leave the gap as it is are the end.
constexpr std::int64_t most_idle_stages = 3;
/// By how much wider than the last program's end the next one begins where its solution is near.
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
  NewtonState anew;
  anew.smoothing = widest;
  if (near)
    anew.smoothing = {std::min(widest.mu, wider_when_near * state_.smoothing.mu),
                      std::min(widest.epsilon, wider_when_near * state_.smoothing.epsilon)};
  restore(anew);
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
  const bool settled =
      (value_ - bound_.value() <= settled_share * smoothed && gain <= settled_gain * value_) ||
      gain <= 1e-3 * noise;  // gradients see more than values do
  if (gain <= noise) ++state_.quiet_steps;
  const bool stuck =
      state_.quiet_steps >= most_quiet_steps || (!moved && (gain <= noise || state_.spread >= widest_spread));
  if (stuck || settled || state_.steps_in_stage >= most_steps_in_stage) {
    const double of_norms = program_->norm_smoothing(x, report.smoothing.epsilon) / smoothed;
    narrow(report.objective - bound_.value(), std::clamp(of_norms, 0.0, 1.0),
           smoothed > std::max(state_.best_gap, noise));
  }
  if (state_.idle_stages >= most_idle_stages) report.status = SolverStatus::rounding;
  return report;
}

}  // namespace zerogap

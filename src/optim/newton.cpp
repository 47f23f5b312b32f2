#include "optim/newton.hpp"

#include <algorithm>
#include <cmath>

#include "optim/cg.hpp"

namespace zerogap {
namespace {

constexpr double armijo = 1e-4;
constexpr int most_halvings = 30;
/// A stage that has not come to its end after so many steps is left: later ones start closer.
constexpr std::int64_t most_steps_in_stage = 30;
/// So many stages in a row that leave the gap as it is are the end.
constexpr std::int64_t most_idle_stages = 3;

}  // namespace

std::vector<double> NewtonState::numbers() const {
  return {smoothing.mu,
          smoothing.epsilon,
          static_cast<double>(stage),
          static_cast<double>(steps_in_stage),
          static_cast<double>(idle_stages),
          best_gap};
}

NewtonState NewtonState::from(std::span<const double> numbers) {
  return {{numbers[0], numbers[1]},
          static_cast<std::int64_t>(numbers[2]),
          static_cast<std::int64_t>(numbers[3]),
          static_cast<std::int64_t>(numbers[4]),
          numbers[5]};
}

Newton::Newton(ConvexProgram& program, const NewtonOptions& options) : program_(&program), options_(options) {
  state_.smoothing = options.start;
}

void Newton::restore(const NewtonState& state) {
  state_ = state;
  known_ = false;
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
    program_->round(trial);
    const double value = program_->value(trial, state_.smoothing);
    if (!(value <= value_ + armijo * length_ * slope + noise)) continue;
    x = std::move(trial);
    value_ = value;
    bound_ = program_->gradient(gradient_);
    return true;
  }
  return false;
}

void Newton::narrow(double gap) {
  state_.idle_stages = gap < 0.9 * state_.best_gap ? 0 : state_.idle_stages + 1;
  state_.best_gap = std::min(state_.best_gap, gap);
  state_.smoothing.mu /= options_.factor;
  state_.smoothing.epsilon /= options_.factor;
  ++state_.stage;
  state_.steps_in_stage = 0;
  known_ = false;
}

SolverReport Newton::step(std::vector<double>& x) {
  if (!known_) evaluate(x);
  SolverReport report;
  report.stage = state_.stage;
  report.smoothing = state_.smoothing;
  program_->prepare(x, state_.smoothing);
  auto right = gradient_;
  for (double& entry : right) entry = -entry;
  const auto found = conjugate_gradients(*program_, right, options_.tolerance, options_.most_products);
  report.products = found.products;
  const double slope = program_->dot(gradient_, found.solution), gain = -slope / 2;
  const bool moved = search(x, found.solution, slope);
  if (!moved) evaluate(x);
  ++state_.steps_in_stage;
  report.lower_bound = bound_;
  report.objective = program_->value(x, {});
  const double noise = program_->rounding() * std::abs(report.objective),
               smoothed = std::max(report.objective - value_, noise);
  const bool settled = (length_ == 1.0 && gain <= smoothed) || gain <= noise;
  if (!moved || settled || state_.steps_in_stage >= most_steps_in_stage) narrow(report.objective - bound_);
  if (state_.idle_stages >= most_idle_stages) report.status = SolverStatus::rounding;
  return report;
}

}  // namespace zerogap

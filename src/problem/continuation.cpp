// SPDX-License-Identifier: Apache-2.0
#include "problem/continuation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace zerogap {
namespace {

/// A program that ended by rounding has narrowed the gap if it left less than this share of it.
constexpr double narrowed = 0.5;

}  // namespace

Continuation::Continuation(const Config& config)
    : start_(configured_parameters(config.network)),
      path_(config.continuation),
      options_(config.hard),
      hard_(config.network.constraints == Constraints::hard),
      wanted_gap_(config.run.stop.gap) {
  set_value(0);
}

std::int64_t Continuation::values() const {
  return path_.parameter == ContinuationParameter::none ? 1 : static_cast<std::int64_t>(path_.values.size());
}

std::int64_t Continuation::planned() const {
  return hard_ ? solved() + (done_ ? 0 : values() - index_) : values();
}

std::int64_t Continuation::most_planned() const {
  std::int64_t weights = 1;
  for (double rho = start_.rho * options_.factor; hard_ && rho <= options_.rho_max; rho *= options_.factor)
    ++weights;
  return weights * values();
}

double Continuation::smallest_lambda() const {
  return path_.parameter == ContinuationParameter::lambda
             ? *std::min_element(path_.values.begin(), path_.values.end())
             : start_.lambda;
}

void Continuation::set_value(std::int64_t index) {
  index_ = index;
  parameters_ = start_;
  if (path_.parameter == ContinuationParameter::none) return;
  const double value = path_.values[static_cast<std::size_t>(index)];
  (path_.parameter == ContinuationParameter::beta     ? parameters_.beta
   : path_.parameter == ContinuationParameter::lambda ? parameters_.lambda
                                                      : parameters_.rho) = value;
}

ConstraintStatus Continuation::judge(const ProgramResult& result) const {
  if (result.relative_violation <= options_.violation) {
    const bool still =
        result.end != TerminationReason::gap && last_gap_ > 0.0 && result.gap > narrowed * last_gap_;
    if (wanted_gap_ > 0.0 ? result.gap <= wanted_gap_ : still || result.gap <= 0.0)
      return ConstraintStatus::met;
    if (still) return ConstraintStatus::rounding;
  }
  return parameters_.rho * options_.factor > options_.rho_max ? ConstraintStatus::unreachable
                                                              : ConstraintStatus::open;
}

std::optional<ProgramChange> Continuation::next(const ProgramResult& result) {
  status_ = hard_ ? judge(result) : ConstraintStatus::open;
  records_.push_back(result);
  records_.back().steps -= steps_;
  records_.back().seconds -= seconds_;
  if (hard_) statuses_.push_back(status_);
  steps_ = result.steps;
  seconds_ = result.seconds;
  if (hard_ && status_ == ConstraintStatus::open) {
    last_gap_ = result.gap;
    parameters_.rho *= options_.factor;
    return ProgramChange{.parameters = parameters_};
  }
  done_ = index_ + 1 >= values();
  if (done_) return std::nullopt;
  last_gap_ = 0.0;
  set_value(index_ + 1);
  return ProgramChange{.parameters = parameters_};
}

void Continuation::reopen() {
  if (!done_) return;
  steps_ -= records_.back().steps;
  seconds_ -= records_.back().seconds;
  records_.pop_back();
  if (hard_) statuses_.pop_back();
  done_ = false;
  status_ = ConstraintStatus::open;
}

std::string Continuation::title() const {
  if (hard_ && values() == 1) return fmt::format("program {}", number());
  if (hard_) return fmt::format("program {}, value {} of {}", number(), index_ + 1, values());
  return fmt::format("program {} of {}", number(), values());
}

ScheduleRecords Continuation::records() const {
  ScheduleRecords all;
  if (several()) all.path = records_;
  all.constraints = statuses_;
  return all;
}

}  // namespace zerogap

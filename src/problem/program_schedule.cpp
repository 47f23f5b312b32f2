// SPDX-License-Identifier: Apache-2.0
#include "problem/program_schedule.hpp"

#include "problem/column_generation.hpp"
#include "problem/continuation.hpp"

namespace zerogap {

const char* name_of(TerminationReason reason) {
  switch (reason) {
    case TerminationReason::running:
      break;
    case TerminationReason::gap:
      return "gap";
    case TerminationReason::rounding:
      return "rounding";
    case TerminationReason::conditioning:
      return "conditioning";
  }
  return "running";
}

const char* name_of(ConstraintStatus status) {
  switch (status) {
    case ConstraintStatus::open:
      break;
    case ConstraintStatus::met:
      return "met";
    case ConstraintStatus::rounding:
      return "rounding";
    case ConstraintStatus::unreachable:
      return "unreachable";
  }
  return "open";
}

ProgramParameters configured_parameters(const NetworkOptions& network) {
  return {network.lambda, network.beta, network.constraints == Constraints::none ? 0.0 : network.rho};
}

bool bound_holds(const ProgramParameters& before, const ProgramParameters& after) {
  return before.lambda == after.lambda && before.beta <= after.beta && before.rho <= after.rho;
}

std::unique_ptr<ProgramSchedule> make_schedule(const Config& config) {
  if (config.arrangements.pricing.active()) return std::make_unique<ColumnGeneration>(config);
  return std::make_unique<Continuation>(config);
}

std::unique_ptr<ProgramSchedule> restored_schedule(const Config& config, const std::string& programs,
                                                   const std::string& rounds) {
  auto schedule = make_schedule(config);
  const std::string& state = config.arrangements.pricing.active() && !rounds.empty() ? rounds : programs;
  if (!state.empty()) schedule->restore(state);
  return schedule;
}

}  // namespace zerogap

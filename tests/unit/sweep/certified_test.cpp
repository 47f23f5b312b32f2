// SPDX-License-Identifier: Apache-2.0
// What a cell is told that did not reach its gap: advice that can help.

#include "sweep/certified.hpp"

#include <gmock/gmock.h>

namespace zerogap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string why(TerminationReason ended, Precision precision, double gap = 0.1,
                std::optional<ConstraintStatus> constraints = std::nullopt) {
  Config config;
  config.run.stop.gap = 1e-3;
  config.run.precision = precision;
  RunResult result;
  result.epoch = 7;
  auto& dual = result.evaluation.dual.emplace();
  dual.train.fit = 1.0;
  dual.best_lower_bound = Certificate::proved(1.0 - gap);
  result.solver.emplace();
  result.solver->ended = ended;
  result.solver->budget = ended == TerminationReason::running;
  result.solver->constraints = constraints;
  return why_not_certified(config, result, "st/cells/0123");
}

TEST(Certified, NothingIsSaidOfAGapThatIsReached) {
  EXPECT_EQ(why(TerminationReason::gap, Precision::fp32, 1e-4), "");
}

TEST(Certified, AUsedUpBudgetAsksForEpochs) {
  EXPECT_THAT(why(TerminationReason::running, Precision::fp32),
              AllOf(HasSubstr("gap 10.0% is above run.stop.gap 0.100% after 7 epochs"),
                    HasSubstr("raise optimizer.dual.epochs or run.stop.gap, and add --retry-failed")));
}

TEST(Certified, RoundingAsksForDoublePrecisionAndNotForEpochs) {
  EXPECT_THAT(why(TerminationReason::rounding, Precision::fp32),
              AllOf(HasSubstr("rounding ends the solution"), HasSubstr("set run.precision to fp64"),
                    Not(HasSubstr("optimizer.dual.epochs"))));
  EXPECT_THAT(why(TerminationReason::rounding, Precision::fp64),
              AllOf(HasSubstr("; raise run.stop.gap"), Not(HasSubstr("run.precision")),
                    Not(HasSubstr("optimizer.dual.epochs"))));
}

TEST(Certified, ConditioningAsksForMemoryAndAFreshStart) {
  EXPECT_THAT(why(TerminationReason::conditioning, Precision::fp64),
              AllOf(HasSubstr("raise optimizer.dual.preconditioner_mib"),
                    HasSubstr("move st/cells/0123 away"), Not(HasSubstr("optimizer.dual.epochs"))));
}

TEST(Certified, UnreachableConstraintsAskForMore) {
  EXPECT_THAT(why(TerminationReason::gap, Precision::fp64, 0.1, ConstraintStatus::unreachable),
              AllOf(HasSubstr("network.hard.rho_max"), Not(HasSubstr("optimizer.dual.epochs"))));
}

}  // namespace
}  // namespace zerogap

// What a cell is told that did not reach its gap: advice that can help.

#include "sweep/certified.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace zerogap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

std::string why(const std::string& ended, Precision precision, double gap = 0.1,
                const std::string& constraints = "") {
  Config config;
  config.run.stop.gap = 1e-3;
  config.run.precision = precision;
  Json result{{"epoch", 7}, {"dual", {{"gap", gap}}}, {"solver", {{"ended", ended}}}};
  if (!constraints.empty()) result["solver"]["constraints"] = constraints;
  return why_not_certified(config, result, "st/cells/0123");
}

TEST(Certified, NothingIsSaidOfAGapThatIsReached) { EXPECT_EQ(why("gap", Precision::fp32, 1e-4), ""); }

TEST(Certified, AUsedUpBudgetAsksForEpochs) {
  EXPECT_THAT(why("budget", Precision::fp32),
              AllOf(HasSubstr("gap 10.0% is above run.stop.gap 0.100% after 7 epochs"),
                    HasSubstr("raise optimizer.dual.epochs or run.stop.gap, and add --retry-failed")));
}

TEST(Certified, RoundingAsksForDoublePrecisionAndNotForEpochs) {
  EXPECT_THAT(why("rounding", Precision::fp32),
              AllOf(HasSubstr("rounding ends the solution"), HasSubstr("set run.precision to fp64"),
                    Not(HasSubstr("optimizer.dual.epochs"))));
  EXPECT_THAT(why("rounding", Precision::fp64),
              AllOf(HasSubstr("; raise run.stop.gap"), Not(HasSubstr("run.precision")),
                    Not(HasSubstr("optimizer.dual.epochs"))));
}

TEST(Certified, ConditioningAsksForMemoryAndAFreshStart) {
  EXPECT_THAT(why("conditioning", Precision::fp64),
              AllOf(HasSubstr("raise optimizer.dual.memory"), HasSubstr("move st/cells/0123 away"),
                    Not(HasSubstr("optimizer.dual.epochs"))));
}

TEST(Certified, UnreachableConstraintsAskForMore) {
  EXPECT_THAT(why("gap", Precision::fp64, 0.1, "unreachable"),
              AllOf(HasSubstr("network.hard.most"), Not(HasSubstr("optimizer.dual.epochs"))));
}

}  // namespace
}  // namespace zerogap

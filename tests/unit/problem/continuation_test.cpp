// SPDX-License-Identifier: Apache-2.0
// The programs of a run: paths, growing hinge weights, their records, and what a checkpoint keeps.

#include "problem/continuation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "problem/column_generation.hpp"

namespace zerogap {
namespace {

using ::testing::HasSubstr;

Config configuration(std::vector<std::string> more) {
  more.insert(more.begin(), {"optimizer.dual.name=newton", "run.networks=[dual]", "network.rho=0.01"});
  return parse_config("{}", "test", more);
}

ProgramResult solved(double gap, double violation = 0.0, TerminationReason end = TerminationReason::gap) {
  return {.end = end, .gap = gap, .relative_violation = violation};
}

TEST(Continuation, OneWhereNothingIsAskedFor) {
  Continuation programs(configuration({}));
  EXPECT_FALSE(programs.several());
  EXPECT_EQ(programs.planned(), 1);
  EXPECT_EQ(programs.parameters(), (ProgramParameters{0.2, 100.0, 0.01}));
  EXPECT_FALSE(programs.next(solved(1e-5)));
  EXPECT_TRUE(programs.done());
  EXPECT_EQ(programs.number(), 1);
  EXPECT_EQ(Continuation(configuration({"network.constraints=none"})).parameters().rho, 0.0);
}

TEST(Continuation, APathTakesItsValuesInOrder) {
  const std::vector<double> values = {50.0, 20.0, 10.0};
  for (const std::string key : {"beta", "lambda", "rho"}) {
    Continuation programs(configuration({"continuation.parameter=" + key, "continuation.values=[50,20,10]"}));
    EXPECT_EQ(programs.planned(), 3);
    for (std::size_t i = 0; i < values.size(); ++i) {
      ProgramParameters wanted{0.2, 100.0, 0.01};
      (key == "beta" ? wanted.beta : key == "lambda" ? wanted.lambda : wanted.rho) = values[i];
      EXPECT_EQ(programs.parameters(), wanted) << key;
      EXPECT_EQ(programs.title(), "program " + std::to_string(i + 1) + " of 3");
      EXPECT_EQ(programs.next(solved(1e-5)).has_value(), i + 1 < values.size());
    }
    EXPECT_TRUE(programs.done());
    EXPECT_EQ(programs.smallest_lambda(), key == "lambda" ? 10.0 : 0.2);
  }
}

TEST(Continuation, RecordsStepsAndSecondsOfEachProgram) {
  Continuation programs(configuration({"continuation.parameter=beta", "continuation.values=[5,4]"}));
  auto result = solved(1e-5);
  result.steps = 12;
  result.seconds = 1.5;
  programs.next(result);
  result.steps = 20;
  result.seconds = 2.0;
  programs.next(result);
  EXPECT_EQ((*programs.records().path)[0].steps, 12);
  EXPECT_EQ((*programs.records().path)[1].steps, 8);
  EXPECT_EQ((*programs.records().path)[1].seconds, 0.5);
  EXPECT_EQ((*programs.records().path)[1].end, TerminationReason::gap);
}

TEST(Continuation, HardConstraintsRaiseRhoUntilBothAreSmall) {
  Continuation programs(configuration({"network.constraints=hard", "network.hard.factor=10",
                                       "network.hard.violation=1e-4", "run.stop.gap=1e-3"}));
  EXPECT_TRUE(programs.several());
  EXPECT_TRUE(programs.next(solved(0.9, 1e-1)));
  EXPECT_DOUBLE_EQ(programs.parameters().rho, 0.1);
  EXPECT_TRUE(programs.next(solved(0.5, 1e-5))) << "the gap is too wide";
  EXPECT_TRUE(programs.next(solved(1e-4, 1e-3))) << "the violation is too large";
  EXPECT_DOUBLE_EQ(programs.parameters().rho, 10.0);
  EXPECT_FALSE(programs.next(solved(1e-3, 1e-4)));
  EXPECT_EQ(programs.constraint_status(), ConstraintStatus::met);
  EXPECT_EQ(programs.records().constraints[2], ConstraintStatus::open);
  EXPECT_EQ(programs.records().constraints[3], ConstraintStatus::met);
}

TEST(Continuation, HardConstraintsEndWhereRhoMayNotGrow) {
  Continuation programs(configuration({"network.constraints=hard", "network.hard.factor=10",
                                       "network.hard.rho_max=0.5", "run.stop.gap=1e-3"}));
  EXPECT_EQ(programs.most_planned(), 2);
  EXPECT_TRUE(programs.next(solved(0.9, 0.1)));
  EXPECT_FALSE(programs.next(solved(0.8, 0.05)));
  EXPECT_EQ(programs.constraint_status(), ConstraintStatus::unreachable);
  EXPECT_EQ(programs.parameters().rho, 0.1);
}

TEST(Continuation, HardConstraintsEndWhereRoundingLeavesTheGapAsItIs) {
  for (const char* gap : {"run.stop.gap=1e-9", "run.stop.gap=0"}) {
    Continuation programs(configuration({"network.constraints=hard", gap}));
    EXPECT_TRUE(programs.next(solved(1e-3, 1e-6, TerminationReason::rounding)))
        << "there is none to compare with";
    EXPECT_TRUE(programs.next(solved(1e-4, 1e-6, TerminationReason::rounding)));
    EXPECT_FALSE(programs.next(solved(9e-5, 1e-6, TerminationReason::rounding)));
    EXPECT_EQ(programs.constraint_status(),
              gap[13] == '1' ? ConstraintStatus::rounding : ConstraintStatus::met);
  }
}

TEST(Continuation, EachValueOfAPathHasItsOwnHardConstraints) {
  Continuation programs(
      configuration({"network.constraints=hard", "network.hard.factor=4", "continuation.parameter=beta",
                     "continuation.values=[5,4]", "run.stop.gap=1e-3"}));
  EXPECT_TRUE(programs.next(solved(0.5, 0.1)));
  const ProgramParameters before = programs.parameters();
  EXPECT_EQ(before, (ProgramParameters{0.2, 5.0, 0.04}));
  EXPECT_EQ(programs.title(), "program 2, value 1 of 2");
  EXPECT_TRUE(programs.next(solved(1e-4)));
  EXPECT_EQ(programs.parameters(), (ProgramParameters{0.2, 4.0, 0.01}));
  EXPECT_FALSE(programs.next(solved(1e-4)));
}

TEST(Continuation, BoundsHoldWhereTheObjectiveCanOnlyGrow) {
  const ProgramParameters parameters{0.2, 5.0, 0.1};
  EXPECT_TRUE(bound_holds(parameters, {0.2, 5.0, 0.4}));
  EXPECT_TRUE(bound_holds(parameters, {0.2, 6.0, 0.1}));
  EXPECT_FALSE(bound_holds(parameters, {0.2, 4.0, 0.4}));
  EXPECT_FALSE(bound_holds(parameters, {0.2, 5.0, 0.05}));
  EXPECT_FALSE(bound_holds(parameters, {0.1, 5.0, 0.1}));
}

TEST(Continuation, StateKeepsEveryBit) {
  const Config config =
      configuration({"network.constraints=hard", "network.hard.factor=3", "continuation.parameter=beta",
                     "continuation.values=[0.1,0.7]", "run.stop.gap=1e-3"});
  Continuation programs(config);
  auto result = solved(1.0 / 3.0, 0.1);
  result.objective = 0.1 + 0.2;
  programs.next(result);
  programs.next(solved(1e-4));
  programs.next(solved(0.3, 0.2));
  Continuation restored(config);
  restored.restore(programs.state());
  EXPECT_EQ(restored.state(), programs.state());
  EXPECT_EQ(restored.parameters(), programs.parameters());
  EXPECT_EQ((*restored.records().path)[0].objective, 0.1 + 0.2);
  programs.next(solved(1e-4));
  restored.next(solved(1e-4));
  EXPECT_EQ(restored.state(), programs.state());
  EXPECT_TRUE(restored.done());
  Continuation shorter(configuration({"continuation.parameter=beta", "continuation.values=[0.1]"}));
  EXPECT_THROW(shorter.restore(programs.state()), Error);
}

std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return error.what();
  }
  return "none";
}

TEST(Continuation, RefusesAStateThatNobodyWrote) {
  const Config config = configuration({"continuation.parameter=beta", "continuation.values=[5,4]"}),
               priced = configuration({"arrangements.pricing.rounds=1"});
  for (const char* state : {"", "x", "[]", "{}", R"({"value": "1"})", R"({"value": 1, "rho": null})"}) {
    Continuation programs(config);
    EXPECT_THAT(refusal([&] { programs.restore(state); }), HasSubstr("programs cannot be read (")) << state;
    ColumnGeneration rounds(priced);
    EXPECT_THAT(refusal([&] { rounds.restore(state); }), HasSubstr("rounds cannot be read (")) << state;
  }
  Continuation programs(config);
  auto state = nlohmann::json::parse(programs.state());
  state["value"] = -1;
  EXPECT_THAT(refusal([&] { programs.restore(state.dump()); }),
              HasSubstr("it is at value 0 of continuation.values"));
  ColumnGeneration rounds(priced), again(priced);
  again.restore(rounds.state());
  EXPECT_EQ(again.state(), rounds.state());
}

TEST(Continuation, ReopeningDropsTheLastRecordOnly) {
  Continuation programs(configuration({"continuation.parameter=beta", "continuation.values=[5,4]"}));
  programs.next(solved(1e-5));
  programs.reopen();
  EXPECT_EQ(programs.solved(), 1) << "it was at work on the second";
  const std::string before = programs.state();
  programs.next(solved(1e-5));
  programs.reopen();
  EXPECT_EQ(programs.state(), before);
}

}  // namespace
}  // namespace zerogap

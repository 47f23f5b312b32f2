// The sequence of programs of a run: paths, growing hinge weights, records, and the problem's terms.

#include "problem/program_sequence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "evaluation/evaluation.hpp"
#include "train/column_generation.hpp"

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

TEST(ProgramSequence, OneWhereNothingIsAskedFor) {
  ProgramSequence programs(configuration({}));
  EXPECT_FALSE(programs.several());
  EXPECT_EQ(programs.planned(), 1);
  EXPECT_EQ(programs.parameters(), (ProgramParameters{0.2, 100.0, 0.01}));
  EXPECT_FALSE(programs.advance(solved(1e-5)));
  EXPECT_TRUE(programs.done());
  EXPECT_EQ(programs.number(), 1);
  EXPECT_EQ(ProgramSequence(configuration({"network.constraints=none"})).parameters().rho, 0.0);
}

TEST(ProgramSequence, APathTakesItsValuesInOrder) {
  const std::vector<double> values = {50.0, 20.0, 10.0};
  for (const std::string key : {"beta", "lambda", "rho"}) {
    ProgramSequence programs(configuration({"path.over=" + key, "path.values=[50,20,10]"}));
    EXPECT_EQ(programs.planned(), 3);
    for (std::size_t i = 0; i < values.size(); ++i) {
      ProgramParameters wanted{0.2, 100.0, 0.01};
      (key == "beta" ? wanted.beta : key == "lambda" ? wanted.lambda : wanted.rho) = values[i];
      EXPECT_EQ(programs.parameters(), wanted) << key;
      EXPECT_EQ(programs.title(), "program " + std::to_string(i + 1) + " of 3");
      EXPECT_EQ(programs.advance(solved(1e-5)), i + 1 < values.size());
    }
    EXPECT_TRUE(programs.done());
    EXPECT_EQ(programs.smallest_lambda(), key == "lambda" ? 10.0 : 0.2);
  }
}

TEST(ProgramSequence, RecordsStepsAndSecondsOfEachProgram) {
  ProgramSequence programs(configuration({"path.over=beta", "path.values=[5,4]"}));
  auto result = solved(1e-5);
  result.steps = 12;
  result.seconds = 1.5;
  programs.advance(result);
  result.steps = 20;
  result.seconds = 2.0;
  programs.advance(result);
  EXPECT_EQ(programs.records()[0]["steps"], 12);
  EXPECT_EQ(programs.records()[1]["steps"], 8);
  EXPECT_EQ(programs.records()[1]["seconds"], 0.5);
  EXPECT_EQ(programs.records()[1]["ended"], "gap");
}

TEST(ProgramSequence, HardConstraintsRaiseRhoUntilBothAreSmall) {
  ProgramSequence programs(configuration({"network.constraints=hard", "network.hard.factor=10",
                                          "network.hard.violation=1e-4", "run.stop.gap=1e-3"}));
  EXPECT_TRUE(programs.several());
  EXPECT_TRUE(programs.advance(solved(0.9, 1e-1)));
  EXPECT_DOUBLE_EQ(programs.parameters().rho, 0.1);
  EXPECT_TRUE(programs.advance(solved(0.5, 1e-5))) << "the gap is too wide";
  EXPECT_TRUE(programs.advance(solved(1e-4, 1e-3))) << "the violation is too large";
  EXPECT_DOUBLE_EQ(programs.parameters().rho, 10.0);
  EXPECT_FALSE(programs.advance(solved(1e-3, 1e-4)));
  EXPECT_EQ(programs.constraint_status(), ConstraintStatus::met);
  EXPECT_EQ(programs.records()[2]["constraints"], "open");
  EXPECT_EQ(programs.records()[3]["constraints"], "met");
}

TEST(ProgramSequence, HardConstraintsEndWhereRhoMayNotGrow) {
  ProgramSequence programs(configuration(
      {"network.constraints=hard", "network.hard.factor=10", "network.hard.most=0.5", "run.stop.gap=1e-3"}));
  EXPECT_EQ(programs.most_planned(), 2);
  EXPECT_TRUE(programs.advance(solved(0.9, 0.1)));
  EXPECT_FALSE(programs.advance(solved(0.8, 0.05)));
  EXPECT_EQ(programs.constraint_status(), ConstraintStatus::unreachable);
  EXPECT_EQ(programs.parameters().rho, 0.1);
}

TEST(ProgramSequence, HardConstraintsEndWhereRoundingLeavesTheGapAsItIs) {
  for (const char* gap : {"run.stop.gap=1e-9", "run.stop.gap=0"}) {
    ProgramSequence programs(configuration({"network.constraints=hard", gap}));
    EXPECT_TRUE(programs.advance(solved(1e-3, 1e-6, TerminationReason::rounding)))
        << "there is none to compare with";
    EXPECT_TRUE(programs.advance(solved(1e-4, 1e-6, TerminationReason::rounding)));
    EXPECT_FALSE(programs.advance(solved(9e-5, 1e-6, TerminationReason::rounding)));
    EXPECT_EQ(programs.constraint_status(),
              gap[13] == '1' ? ConstraintStatus::rounding : ConstraintStatus::met);
  }
}

TEST(ProgramSequence, EachValueOfAPathHasItsOwnHardConstraints) {
  ProgramSequence programs(configuration({"network.constraints=hard", "network.hard.factor=4",
                                          "path.over=beta", "path.values=[5,4]", "run.stop.gap=1e-3"}));
  EXPECT_TRUE(programs.advance(solved(0.5, 0.1)));
  const ProgramParameters before = programs.parameters();
  EXPECT_EQ(before, (ProgramParameters{0.2, 5.0, 0.04}));
  EXPECT_EQ(programs.title(), "program 2, value 1 of 2");
  EXPECT_TRUE(programs.advance(solved(1e-4)));
  EXPECT_EQ(programs.parameters(), (ProgramParameters{0.2, 4.0, 0.01}));
  EXPECT_FALSE(programs.differ_in_weight_only(before));
  EXPECT_FALSE(programs.advance(solved(1e-4)));
}

TEST(ProgramSequence, BoundsHoldWhereTheObjectiveCanOnlyGrow) {
  const ProgramParameters terms{0.2, 5.0, 0.1};
  EXPECT_TRUE(ProgramSequence::bound_holds(terms, {0.2, 5.0, 0.4}));
  EXPECT_TRUE(ProgramSequence::bound_holds(terms, {0.2, 6.0, 0.1}));
  EXPECT_FALSE(ProgramSequence::bound_holds(terms, {0.2, 4.0, 0.4}));
  EXPECT_FALSE(ProgramSequence::bound_holds(terms, {0.2, 5.0, 0.05}));
  EXPECT_FALSE(ProgramSequence::bound_holds(terms, {0.1, 5.0, 0.1}));
}

TEST(ProgramSequence, StateKeepsEveryBit) {
  const Config config = configuration({"network.constraints=hard", "network.hard.factor=3", "path.over=beta",
                                       "path.values=[0.1,0.7]", "run.stop.gap=1e-3"});
  ProgramSequence programs(config);
  auto result = solved(1.0 / 3.0, 0.1);
  result.objective = 0.1 + 0.2;
  programs.advance(result);
  programs.advance(solved(1e-4));
  programs.advance(solved(0.3, 0.2));
  ProgramSequence restored(config);
  restored.restore(programs.state());
  EXPECT_EQ(restored.state(), programs.state());
  EXPECT_EQ(restored.parameters(), programs.parameters());
  EXPECT_EQ(restored.records()[0]["objective"].get<double>(), 0.1 + 0.2);
  programs.advance(solved(1e-4));
  restored.advance(solved(1e-4));
  EXPECT_EQ(restored.state(), programs.state());
  EXPECT_TRUE(restored.done());
  ProgramSequence shorter(configuration({"path.over=beta", "path.values=[0.1]"}));
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

TEST(ProgramSequence, RefusesAStateThatNobodyWrote) {
  const Config config = configuration({"path.over=beta", "path.values=[5,4]"}),
               priced = configuration({"arrangements.pricing.rounds=1"});
  for (const char* state : {"", "x", "[]", "{}", R"({"value": "1"})", R"({"value": 1, "rho": null})"}) {
    ProgramSequence programs(config);
    EXPECT_THAT(refusal([&] { programs.restore(state); }), HasSubstr("programs cannot be read (")) << state;
    ColumnGeneration rounds(priced);
    EXPECT_THAT(refusal([&] { rounds.restore(state); }), HasSubstr("rounds cannot be read (")) << state;
  }
  ProgramSequence programs(config);
  auto state = nlohmann::json::parse(programs.state());
  state["value"] = -1;
  EXPECT_THAT(refusal([&] { programs.restore(state.dump()); }), HasSubstr("it is at value 0 of path.values"));
  ColumnGeneration rounds(priced), again(priced);
  again.restore(rounds.state());
  EXPECT_EQ(again.state(), rounds.state());
}

TEST(ProgramSequence, ReopeningDropsTheLastRecordOnly) {
  ProgramSequence programs(configuration({"path.over=beta", "path.values=[5,4]"}));
  programs.advance(solved(1e-5));
  programs.reopen();
  EXPECT_EQ(programs.solved(), 1) << "it was at work on the second";
  const std::string before = programs.state();
  programs.advance(solved(1e-5));
  programs.reopen();
  EXPECT_EQ(programs.state(), before);
}

Config small(std::vector<std::string> more) {
  more.insert(more.begin(),
              {"data.images=2", "data.test_images=0", "network.arrangements=40", "network.beta=2",
               "run.precision=fp64", "run.threads=1", "run.networks=[dual]", "optimizer.dual.name=newton"});
  return parse_config("{}", "test", more);
}

TEST(ProblemTerms, AreThoseOfAProblemMadeWithThem) {
  const auto world = make_serial();
  Problem<double> problem(small({"network.lambda=0.2"}), *world),
      other(small({"network.lambda=0.5"}), *world);
  DualPass<double> pass(problem.context()), wanted(other.context());
  ASSERT_EQ(problem.blocks().total, other.blocks().total);
  const std::vector<double> w(problem.blocks().g.size(), 0.1), none(w.size(), 0.0);
  const auto objective = [&](DualPass<double>& of, const Problem<double>& at) {
    const auto& blocks = at.blocks();
    of.forward({blocks.g.data(), w.data(), none.data(), blocks.total, blocks.total, blocks.length},
               at.train(), at.train().all_images, true);
    return of.values().objective(at.context().rho);
  };
  const double before = objective(pass, problem);
  problem.set_parameters({0.5, 2.0, 0.01});
  EXPECT_EQ(objective(pass, problem), objective(wanted, other));
  EXPECT_NE(objective(pass, problem), before);
  problem.set_parameters({0.2, 2.0, 0.01});
  EXPECT_EQ(objective(pass, problem), before);
}

TEST(ProblemTerms, UnitsOfBetaFollowTheGates) {
  const auto world = make_serial();
  Problem<double> problem(small({"network.beta_units=beta_max", "network.beta=0.5"}), *world),
      other(small({"network.beta_units=beta_max", "network.beta=0.25", "network.lambda=0.5"}), *world);
  EXPECT_LT(2.0 * other.context().beta, problem.context().beta / 0.5) << "gates open less";
  problem.set_parameters({0.5, 0.25, 0.01});
  EXPECT_EQ(problem.context().beta, other.context().beta);
}

TEST(ProblemTerms, BlocksAreDroppedThatNoLambdaOfThePathOpens) {
  const auto world = make_serial();
  const std::vector<std::string> few = {"arrangements.std=0.1"};
  auto at = [&](std::vector<std::string> more) {
    more.insert(more.end(), few.begin(), few.end());
    return Problem<double>(small(more), *world).blocks();
  };
  const auto wide = at({"network.lambda=0.2"}), narrow = at({"network.lambda=0.6"}),
             path = at({"path.over=lambda", "path.values=[0.6,0.2]"});
  ASSERT_GT(narrow.dead, wide.dead);
  EXPECT_EQ(path.total, wide.total);
  EXPECT_EQ(path.g, wide.g);
  EXPECT_EQ(path.dead, narrow.dead) << "at the first lambda, with those that were dropped";
}

TEST(HardEvaluation, MeasuresViolationsByTheLargestSide) {
  const auto world = make_serial();
  const Config config = small({"network.constraints=hard"});
  Problem<double> problem(config, *world), hinge(small({}), *world);
  const auto& blocks = problem.blocks();
  // w = -g violates every constraint; w' = 2g holds them all, by twice as much.
  std::vector<double> w(blocks.g), w_prime(blocks.g);
  for (double& entry : w) entry = -entry;
  for (double& entry : w_prime) entry *= 2.0;
  const DualPoint<double> point{blocks.g.data(), w.data(),     w_prime.data(),
                                blocks.total,    blocks.total, blocks.length};
  const auto report = Evaluator<double>(problem, config.certificate.widths).dual(point);
  EXPECT_NEAR(report.largest_side, 2.0 * report.train.max_violation, 1e-12);
  EXPECT_NEAR(report.relative_violation(), 0.5, 1e-12);
  EXPECT_EQ(report.value(), report.feasible_objective);
  EXPECT_EQ(report.gap(), relative_gap(report.feasible_objective, report.best_lower_bound));
  const auto plain = Evaluator<double>(hinge, config.certificate.widths).dual(point);
  EXPECT_EQ(plain.value(), plain.objective());
  EXPECT_EQ(plain.best_lower_bound, report.best_lower_bound);
}

}  // namespace
}  // namespace zerogap

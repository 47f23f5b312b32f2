// SPDX-License-Identifier: Apache-2.0
// Programs solved one after another in one run: paths and hard constraints, interrupted anywhere, on any
// grid; warm starts from checkpoints; and what is said where a solution ends early.

#include <nlohmann/json.hpp>
#include "checkpoint/checkpoint.hpp"

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

const Settings stop_at_once = {"run.stop.seconds=1e-9"};  // after one step
const Settings newton = {"run.networks=[dual]", "optimizer.dual.name=newton", "optimizer.epochs=2000",
                         "run.precision=fp64",  "run.stop.gap=1e-3",          "run.evaluate_every=5"};

Settings operator+(Settings a, const Settings& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// The records of a run without its times.
Json records_of(const Training& run) {
  Json records = run.result()["path"];
  for (Json& record : records) record.erase("seconds");
  return records;
}

class Path : public ::testing::Test {
 protected:
  /// Stops after every step, on one grid after another, until `solved` programs are and the next has begun;
  /// what comes out in the end is the undisturbed run's, records and all.
  void expect_same_after_stops(const Settings& settings, std::int64_t solved) {
    const Training whole(folder_ / "whole", newton + settings), parts(folder_ / "parts", newton + settings);
    const Ended undisturbed = whole.train();
    ASSERT_EQ(undisturbed.code, 0) << undisturbed.err;
    ASSERT_EQ(parts.train(stop_at_once).code, 75);
    const Settings grids[] = {{"run.grid.patches=1", "run.grid.arrangements=3"},
                              {"run.grid.patches=2", "run.grid.arrangements=1"}};
    for (int start = 0; parts.result()["solver"]["programs_solved"] <= solved - 1 && start < 100; ++start)
      ASSERT_EQ(parts
                    .resume(stop_at_once + (start % 8 == 3 ? grids[start / 8 % 2] : Settings{}),
                            start % 8 == 3 ? 3 - start / 8 % 2 : 0)
                    .code,
                75);
    ASSERT_EQ(parts.resume(stop_at_once + grids[0], 3).code, 75);
    EXPECT_EQ(parts.result()["path"].size(), static_cast<std::size_t>(solved));
    const Ended last = parts.resume();
    ASSERT_EQ(last.code, 0) << last.err;
    EXPECT_THAT(last.err, HasSubstr("program " + std::to_string(solved + 1)));
    expect_same_end(whole, parts);
    EXPECT_EQ(records_of(whole), records_of(parts));
    EXPECT_EQ(whole.result()["solver"], parts.result()["solver"]);
  }

  Folder folder_;
};

TEST_F(Path, OverBetaResumedInItsMiddle) {
  expect_same_after_stops({"continuation.parameter=beta", "continuation.values=[20,10,5]"}, 1);
}

TEST_F(Path, OverLambdaInUnitsOfBetaMaxResumedInItsMiddle) {
  expect_same_after_stops({"continuation.parameter=lambda", "continuation.values=[0.3,0.1,0.3]",
                           "network.beta_units=beta_max", "network.beta=0.1", "network.rho=0"},
                          2);
  const Json records = Training(folder_ / "whole", {}).result()["path"];
  EXPECT_EQ(records[0]["beta"], records[2]["beta"]);
  EXPECT_LT(records[0]["beta"], records[1]["beta"]) << "beta_max is that of the gates";
}

TEST_F(Path, EachProgramEndsWhereAColdSolveDoes) {
  const Training path(folder_ / "path",
                      newton + Settings{"continuation.parameter=rho", "continuation.values=[0.1,0.01]"});
  ASSERT_EQ(path.train().code, 0);
  const Json records = records_of(path);
  ASSERT_EQ(records.size(), 2u);
  int at = 0;
  for (const char* rho : {"network.rho=0.1", "network.rho=0.01"}) {
    const Training cold(folder_ / rho, newton + Settings{rho});
    ASSERT_EQ(cold.train().code, 0);
    const Json dual = cold.result()["dual"], record = records[static_cast<std::size_t>(at++)];
    EXPECT_LE(record["gap"], 1e-3);
    // Either value is within its gap of the optimum.
    EXPECT_LE(record["lower_bound"], dual["objective"]);
    EXPECT_LE(dual["best_lower_bound"], record["objective"]);
  }
  EXPECT_EQ(path.result()["rho"], 0.01);
  EXPECT_EQ(path.history().back()["program"], 2);
  const Ended evaluated = zerogap({"evaluate", "--json", path.newest().string()});
  ASSERT_EQ(evaluated.code, 0) << evaluated.err;
  const Json found = Json::parse(evaluated.out);
  EXPECT_EQ(found["rho"], 0.01);
  EXPECT_EQ(found["dual"]["objective"], path.result()["dual"]["objective"]);
}

TEST_F(Path, HardConstraintsResumedOnTheirWay) {
  expect_same_after_stops({"network.constraints=hard", "network.hard.factor=30", "network.rho=0.5",
                           "network.hard.violation=1e-3", "run.stop.gap=5e-2"},
                          1);
  const Json result = Training(folder_ / "whole", {}).result();
  EXPECT_EQ(result["solver"]["constraints"], "met");
  const Json& dual = result["dual"];
  EXPECT_LE(dual["relative_violation"], 1e-3);
  EXPECT_LE(dual["gap"], 5e-2);
  EXPECT_GE(dual["feasible_objective"], dual["best_lower_bound"]);
  EXPECT_NEAR(dual["gap"].get<double>(),
              1.0 - dual["best_lower_bound"].get<double>() / dual["feasible_objective"].get<double>(), 1e-14);
}

TEST_F(Path, HardConstraintsThatAreUnreachableSaySo) {
  const Training run(folder_ / "run",
                     newton + Settings{"network.constraints=hard", "network.hard.rho_max=0.03"});
  const Ended ended = run.train();
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("hard constraints are unreachable: with rho = 0.01"));
  EXPECT_THAT(ended.err, HasSubstr("network.hard.rho_max = 0.03"));
  EXPECT_EQ(run.result()["solver"]["constraints"], "unreachable");
  EXPECT_EQ(run.result()["status"], "complete");
}

TEST_F(Path, EpochsThatAreUsedUpAreSaidAndMayBeRaised) {
  const Settings settings =
      newton + Settings{"continuation.parameter=beta", "continuation.values=[20,10]", "run.evaluate_every=1"};
  const Training whole(folder_ / "whole", settings), parts(folder_ / "parts", settings);
  ASSERT_EQ(whole.train().code, 0);
  const auto steps = whole.result()["steps"]["dual"].get<int>();
  const Ended early = parts.train({"optimizer.dual.epochs=" + std::to_string(steps - 1)});
  ASSERT_EQ(early.code, 0) << early.err;
  EXPECT_THAT(early.err, HasSubstr("are used up in program 2 of 2 at a certified gap of"));
  EXPECT_EQ(parts.result()["solver"]["ended"], "budget");
  EXPECT_EQ(parts.result()["solver"]["programs_solved"], 1);
  ASSERT_EQ(parts.resume().code, 0);
  expect_same_end(whole, parts);
  EXPECT_EQ(records_of(whole), records_of(parts));
}

TEST_F(Path, NoneIsTheProgramWithoutHinge) {
  const Training none(folder_ / "none", newton + Settings{"network.constraints=none"}),
      zero(folder_ / "zero", newton + Settings{"network.rho=0"});
  const Ended ended = none.train();
  ASSERT_EQ(ended.code, 0) << ended.err;
  ASSERT_EQ(zero.train().code, 0);
  EXPECT_THAT(ended.err, HasSubstr("network.rho = 0.01 is ignored"));
  expect_same_arrays(zero.newest(), none.newest());
  EXPECT_EQ(none.result()["rho"], 0.0);
}

TEST_F(Path, DryRunCountsProgramsAndThePreconditioner) {
  const Training run(folder_ / "run",
                     newton + Settings{"continuation.parameter=beta", "continuation.values=[20,10,5]"});
  auto arguments = run.arguments();
  arguments.emplace_back("--dry-run");
  const Ended path = zerogap(arguments);
  ASSERT_EQ(path.code, 0) << path.err;
  EXPECT_THAT(path.out, HasSubstr("path    3 programs"));
  EXPECT_THAT(path.out, HasSubstr("the preconditioner's matrices at most 512"));
  arguments = Training(folder_ / "hard", newton + Settings{"network.constraints=hard"}).arguments();
  arguments.emplace_back("--dry-run");
  EXPECT_THAT(zerogap(arguments).out, HasSubstr("path    1 to 7 programs: rho from 0.01 to at most 1e+06"));
}

/// A solve from a checkpoint of first-order training.
class WarmStart : public Path {
 protected:
  void SetUp() override {
    const Ended ended = first_.train();
    ASSERT_EQ(ended.code, 0) << ended.err;
  }
  Settings from(const std::string& file) {
    return newton + Settings{"init.kind=file", "init.path=" + file, "init.dual_kind=same"};
  }

  Training first_{folder_ / "first", {"run.networks=[dual]", "optimizer.lr=0.01"}};
};

TEST_F(WarmStart, TakesFirstOrderWeightsForAnotherBeta) {
  const Training run(folder_ / "run", from(first_.newest()) + Settings{"network.beta=6"});
  const Ended ended = run.train();
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("beta = 5, rho = 0.01 there, the same data"));
  EXPECT_LT(run.history()[0]["dual"]["fit"], run.result()["baselines"]["zero_objective"]);
  EXPECT_LE(run.result()["dual"]["gap"], 1e-3);
}

TEST_F(WarmStart, RefusesWeightsOfOtherBlocks) {
  const Training seed(folder_ / "seed", from(first_.newest()) + Settings{"arrangements.seed=9"}),
      fewer(folder_ / "fewer", from(first_.newest()) + Settings{"network.arrangements=11"}),
      wider(folder_ / "wider", from(first_.newest()) + Settings{"patches.filter=5"});
  expect_error(seed.train({}, 2), 3,
               {"is a checkpoint of another problem", "12 of 12 blocks dual/g differ", "arrangements.path"});
  expect_error(fewer.train(), 3,
               {"checkpoint of another problem", "12 of 9 numbers, this problem's 11 of 9"});
  expect_error(wider.train(), 3,
               {"checkpoint of another problem", "12 of 9 numbers, this problem's 12 of 25"});
  const Training taken(folder_ / "taken",
                       from(first_.newest()) + Settings{"arrangements.seed=9", "arrangements.source=file",
                                                        "arrangements.path=" + first_.newest().string()});
  EXPECT_EQ(taken.train().code, 0);
}

}  // namespace
}  // namespace zerogap::test

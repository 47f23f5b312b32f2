// SPDX-License-Identifier: Apache-2.0
// One network's weights as another's start or blocks, and the evaluation of a run's checkpoint.

#include <nlohmann/json.hpp>
#include "checkpoint/checkpoint.hpp"

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

class Networks : public ::testing::Test {
 protected:
  Networks() : run_(folder_ / "run", {"run.precision=fp64", "optimizer.epochs=11", "optimizer.lr=0.03"}) {}

  void SetUp() override {
    const Ended ended = run_.train();
    ASSERT_EQ(ended.code, 0) << ended.err;
  }

  Json evaluate(std::vector<std::string> more, int ranks = 0) {
    more.insert(more.begin(), {"evaluate", "--json", run_.newest().string()});
    const Ended ended = zerogap(more, ranks);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return Json::parse(ended.out, nullptr, false);
  }

  /// Trains from the run's checkpoint: no further than one epoch.
  Training from_checkpoint(const std::string& name, Settings settings, int ranks = 0) {
    settings.insert(settings.end(), {"run.precision=fp64", "optimizer.epochs=1"});
    const Training run(folder_ / name, settings);
    const Ended ended = run.train({}, ranks);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return run;
  }

  Folder folder_;
  Training run_;
};

/// All that an evaluation says is in the result, to the last bit. The best bound is of the run so far.
void expect_agreement(const Json& evaluation, const Json& result) {
  for (const char* network : {"primal", "dual", "mapped", "mapped_gate", "embedded"}) {
    ASSERT_TRUE(evaluation.contains(network)) << network;
    for (const auto& [key, value] : evaluation[network].items())
      if (key != "best_lower_bound" && key != "gap") {
        EXPECT_EQ(value, result[network][key]) << network << "/" << key;
      }
  }
  EXPECT_LE(evaluation["dual"]["best_lower_bound"], result["dual"]["best_lower_bound"]);
}

TEST_F(Networks, EvaluationOfACheckpointIsTheRunsOwnResult) {
  expect_agreement(evaluate({}), run_.result());
  expect_agreement(evaluate({}, 3), run_.result());
}

TEST_F(Networks, EvaluationOfTheBestWeightsIsTheRunsBest) {
  const Json best = evaluate({"--best"}), result = run_.result();
  expect_agreement(best, result["best"]);
  EXPECT_LE(best["primal"]["objective"], result["primal"]["objective"]);
  EXPECT_LE(best["dual"]["objective"], result["dual"]["objective"]);
}

TEST_F(Networks, BestOfAsgdIsOfItsAverage) {
  const Training run(folder_ / "asgd",
                     {"run.precision=fp64", "optimizer.name=asgd", "optimizer.t0=1", "optimizer.lr=1e-5"});
  ASSERT_EQ(run.train().code, 0);
  const Ended ended = zerogap({"evaluate", "--json", run.newest().string()});
  ASSERT_EQ(ended.code, 0) << ended.err;
  expect_agreement(Json::parse(ended.out), run.result());
}

TEST_F(Networks, PrimalStartsFromTheDualByEitherMap) {
  const Json result = run_.result();
  for (const char* map : {"eq46", "gate"}) {
    SCOPED_TRACE(map);
    const Training run = from_checkpoint(map,
                                         {"init.kind=dual", "init.path=" + run_.newest().string(),
                                          std::string("init.map=") + map, "run.networks=[primal]"},
                                         map == std::string("gate") ? 2 : 0);
    const Json start = run.history().at(0)["primal"];
    const Json mapped = result[map == std::string("eq46") ? "mapped" : "mapped_gate"];
    EXPECT_NEAR(start["objective"].get<double>(), mapped["objective"].get<double>(),
                1e-9 * mapped["objective"].get<double>());
    EXPECT_EQ(start["filters"], mapped["filters"]);
  }
}

TEST_F(Networks, BothStartFromAFile) {
  const Training run = from_checkpoint("again", {"init.kind=file", "init.path=" + run_.newest().string()});
  const Json start = run.history().at(0), result = run_.result();
  EXPECT_EQ(start["primal"]["objective"], result["primal"]["objective"]);
  EXPECT_EQ(start["dual"]["objective"], result["dual"]["objective"]);
}

TEST_F(Networks, AnotherOptimizerGoesOnFromASolvedNetwork) {
  for (const std::string form : {"decay", "relative"}) {
    SCOPED_TRACE(form);
    const Settings program = {"network.form=" + form, "run.networks=[primal]", "network.beta=1"};
    Settings solver = program, adam = program;
    solver.insert(solver.end(), {"optimizer.primal.name=frank_wolfe", "optimizer.primal.epochs=8",
                                 "optimizer.search_starts=16", "run.precision=fp64"});
    const Training solved(folder_ / ("solved-" + form), solver);
    ASSERT_EQ(solved.train().code, 0);
    adam.insert(adam.end(), {"init.kind=file", "init.path=" + solved.newest().string(), "optimizer.lr=1e-5"});
    const Training trained = from_checkpoint("trained-" + form, adam);
    EXPECT_EQ(trained.history().front()["primal"]["objective"], solved.result()["primal"]["objective"]);
    EXPECT_NEAR(trained.result()["primal"]["objective"], solved.result()["primal"]["objective"], 1e-2);
  }
}

TEST_F(Networks, PrimalsFiltersAreBlocksAloneOrBesideRandomOnes) {
  const auto filters = CheckpointReader(run_.newest()).read<double>("primal/u");
  const auto random = CheckpointReader(run_.newest()).read<double>("dual/g");
  const std::string path = "arrangements.path=" + run_.newest().string();
  const Training alone = from_checkpoint("alone", {"arrangements.source=primal", path});
  EXPECT_EQ(CheckpointReader(alone.newest()).read<double>("dual/g"), filters);

  const Settings beside = {"arrangements.source=primal", "arrangements.include_random=true", path};
  const Training both = from_checkpoint("both", beside), spread = from_checkpoint("spread", beside, 2);
  auto expected = filters;
  expected.insert(expected.end(), random.begin(), random.begin() + 5 * 9);  // up to network.arrangements = 12
  EXPECT_EQ(CheckpointReader(both.newest()).read<double>("dual/g"), expected);
  expect_same_end(both, spread);
}

TEST_F(Networks, BlocksOfAFileAreTakenAsTheyAre) {
  const Training run =
      from_checkpoint("file", {"arrangements.source=file", "arrangements.path=" + run_.newest().string(),
                               "init.kind=file", "init.path=" + run_.newest().string()});
  EXPECT_EQ(run.history().at(0)["dual"]["objective"], run_.result()["dual"]["objective"]);
}

TEST_F(Networks, GradientsAreTheSameOnAnyGrid) {
  const std::string alone = folder_ / "alone.h5", spread = folder_ / "spread.h5";
  evaluate({"--gradients", alone});
  evaluate({"--gradients", spread, "--set", "run.grid.patches=1", "--set", "run.grid.arrangements=3"}, 3);
  expect_same_arrays(alone, spread);
  expect_error(zerogap({"evaluate", run_.newest(), "--gradients", alone}), 3, {"alone.h5"});
}

}  // namespace
}  // namespace zerogap::test

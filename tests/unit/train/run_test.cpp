// SPDX-License-Identifier: Apache-2.0
// A training from the outside, in one process: what it returns, what it leaves in its folder, and what it
// makes of a folder that is not empty.

#include "train/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint.hpp"
#include "core/log.hpp"
#include "train/result_json.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;
using Settings = std::vector<std::string>;

class Runs : public testing::Test {
 protected:
  Runs() { log::keep_to_file(true); }
  ~Runs() override {
    log::close_file();
    log::keep_to_file(false);
    fs::remove_all(folder_);
  }

  static Config configuration(const Settings& more = {}) {
    Settings all = {"data.images=3",          "data.test_images=2",   "optimizer.schedule=constant",
                    "network.arrangements=5", "network.filters=4",    "network.beta=1",
                    "optimizer.epochs=6",     "run.evaluate_every=2", "run.checkpoint.every=2",
                    "run.threads=1",          "run.precision=fp64"};
    all.insert(all.end(), more.begin(), more.end());
    return parse_config("{}", "the test", all);
  }
  RunResult train(const Settings& more = {}, StartMode mode = StartMode::fresh,
                  const std::string& name = "run") {
    const auto result = run_training({configuration(more), folder_ / name, mode}, *world_);
    log::close_file();
    return result;
  }
  std::string refusal(const Settings& more, StartMode mode, ExitCode code = ExitCode::usage) {
    try {
      train(more, mode);
    } catch (const Error& error) {
      log::close_file();
      EXPECT_EQ(error.code(), code);
      return error.what();
    }
    return "none";
  }
  Json read(const std::string& file) const {
    std::ifstream in(folder_ / file);
    return Json::parse(in);
  }
  std::size_t lines(const std::string& file) const {
    std::ifstream in(folder_ / file);
    return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(in), {}, '\n'));
  }
  static Json numbers(const RunResult& result) {
    Json json = to_json(result);
    for (const char* key : {"seconds", "time", "pairs_per_second", "checkpoint", "machine"}) json.erase(key);
    return json;
  }

  std::unique_ptr<Communicator> world_ = make_serial();
  fs::path folder_ = fs::temp_directory_path() / ("zerogap-runs-" + std::to_string(::getpid()));
};

TEST_F(Runs, ReturnWhatResultJsonHas) {
  const auto result = train();
  EXPECT_EQ(result.status, RunStatus::complete);
  EXPECT_EQ(exit_code(result.status), ExitCode::done);
  EXPECT_EQ(result.epoch, 6);
  ASSERT_TRUE(result.evaluation.primal && result.evaluation.dual);
  const Json file = read("run/result.json");
  EXPECT_EQ(file["status"], "complete");
  EXPECT_EQ(file["dual"]["objective"], result.evaluation.dual->objective());
  EXPECT_EQ(file["dual"]["gap"], result.evaluation.dual->gap());
  EXPECT_EQ(file["primal"]["objective"], result.evaluation.primal->train.objective());
  EXPECT_EQ(file["best"]["primal"]["epoch"], result.networks[0].best_epoch);
  EXPECT_EQ(lines("run/history.jsonl"), 4U) << "at epochs 0, 2, 4 and 6";
  EXPECT_FALSE(fs::exists(folder_ / "run/lock"));
}

TEST_F(Runs, GoOnToTheSameNumbers) {
  const auto undisturbed = train({}, StartMode::fresh, "undisturbed");
  train({"optimizer.epochs=2"});
  const auto resumed = train({}, StartMode::resume);
  Json wanted = numbers(undisturbed), got = numbers(resumed);
  EXPECT_EQ(got, wanted);
  EXPECT_EQ(lines("run/history.jsonl"), lines("undisturbed/history.jsonl"));
}

TEST_F(Runs, ThatAreCompleteAreLeftAlone) {
  train();
  const auto again = train();
  EXPECT_TRUE(again.earlier);
  EXPECT_EQ(again.status, RunStatus::complete);
  EXPECT_EQ(lines("run/history.jsonl"), 4U);
}

TEST_F(Runs, StopWithACheckpointAndAResult) {
  const auto stopped = train({"run.stop.seconds=1e-9"});
  EXPECT_EQ(stopped.status, RunStatus::stopped);
  EXPECT_EQ(exit_code(stopped.status), ExitCode::stopped);
  EXPECT_EQ(read("run/result.json")["status"], "stopped");
  EXPECT_TRUE(fs::exists(stopped.checkpoint));
  EXPECT_THAT(refusal({}, StartMode::fresh), HasSubstr("holds a run that is not complete"));
  EXPECT_EQ(train({}, StartMode::resume).status, RunStatus::complete);
}

TEST_F(Runs, RefuseAnotherConfigurationInTheirFolder) {
  train();
  EXPECT_THAT(refusal({"network.beta=2"}, StartMode::resume),
              HasSubstr("holds another run (network.beta: 1 there, 2 now)"));
  fs::remove(folder_ / "run/config.yaml");
  fs::remove(folder_ / "run/result.json");
  EXPECT_THAT(refusal({"network.beta=2"}, StartMode::resume),
              HasSubstr("the configuration is not the one of"));
  EXPECT_THAT(refusal({"run.networks=[dual]"}, StartMode::resume),
              HasSubstr("run.networks leaves out primal"));
}

TEST_F(Runs, TellOfADivergenceAndThrowIt) {
  EXPECT_THAT(refusal({"optimizer.name=sgd", "optimizer.lr=1e6"}, StartMode::fresh, ExitCode::runtime),
              HasSubstr("lower optimizer.lr"));
  EXPECT_EQ(read("run/result.json")["status"], "diverged");
}

TEST_F(Runs, SayNothingOfADualThatTheyDoNotTrain) {
  const auto said = [&](const std::string& networks) {
    testing::internal::CaptureStderr();
    train({"network.lambda=1000", "run.networks=[" + networks + "]"}, StartMode::fresh, networks);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(said("dual"), HasSubstr("the dual network is dead"));
  EXPECT_THAT(said("primal"), testing::Not(HasSubstr("the dual network")));
}

TEST_F(Runs, OfCellsLeaveTheResultToTheSweep) {
  const auto result = train({}, StartMode::cell);
  EXPECT_EQ(result.status, RunStatus::complete);
  EXPECT_FALSE(fs::exists(folder_ / "run/result.json"));
  std::ofstream(folder_ / "run/config.yaml") << "init.path: of a start that has moved\n";
  const auto again = train({"optimizer.epochs=8"}, StartMode::cell);
  EXPECT_EQ(again.epoch, 8) << "checkpoints alone say what it goes on from";
}

TEST_F(Runs, EvaluateOnEveryTestImageAtTheEndBesideTheLastEvaluation) {
  const auto some = train({}, StartMode::fresh, "some"),
             all = train({"data.final_test=all"}, StartMode::fresh, "all");
  EXPECT_EQ(some.description.test_images, 2);
  EXPECT_GT(all.description.test_images, 2);
  EXPECT_EQ(all.evaluation.dual->objective(), some.evaluation.dual->objective());
  EXPECT_NE(all.evaluation.dual->test_psnr, some.evaluation.dual->test_psnr);
  EXPECT_EQ(all.networks[1].best->dual->test_psnr, some.networks[1].best->dual->test_psnr)
      << "the run itself keeps to one test set";
}

TEST_F(Runs, SolveEveryProgramOfAPath) {
  const Settings path = {"run.networks=[dual]",    "optimizer.dual.name=newton",  "optimizer.epochs=100",
                         "run.stop.gap=1e-4",      "continuation.parameter=beta", "continuation.values=[2,1]",
                         "run.evaluate_every=1000"};
  const auto result = train(path);
  ASSERT_TRUE(result.solver && result.programs.path);
  EXPECT_EQ(result.solver->programs_solved, 2);
  ASSERT_EQ(result.programs.path->size(), 2U);
  EXPECT_LE(result.programs.path->back().gap, 1e-4);
  EXPECT_EQ(read("run/result.json")["path"][1]["beta"], 1.0);
}

}  // namespace
}  // namespace zerogap

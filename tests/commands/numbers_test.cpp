// SPDX-License-Identifier: Apache-2.0
// Numbers that stop being numbers, networks that are dead, and what this build does not have.

#include <cmath>

#include "checkpoint/checkpoint.hpp"
#include "data/hdf5_file.hpp"
#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// sum of the squares of the training targets, from a run's baselines: the objective of the network that is
/// zero.
double target_square(const Training& run) {
  return run.result()["baselines"]["zero_objective"].get<double>();
}

TEST(Diverged, NamesStepLearningRateAndTheLastGoodCheckpoint) {
  const Folder folder;
  const Settings settings = {"optimizer.name=sgd", "optimizer.lr=1e-3", "optimizer.epochs=400",
                             "run.checkpoint.every=1", "run.networks=[primal]"};
  const Training run(folder / "run", settings);
  const Ended ended = run.train();
  ASSERT_FALSE(run.newest().empty()) << ended.err;
  expect_error(ended, 4,
               {"primal network, step ", "learning rate 0.001", "lower optimizer.lr",
                "the last good checkpoint is " + run.newest().string()});
  const Ended whole = zerogap({"inspect", run.newest().string()});
  EXPECT_EQ(whole.code, 0) << whole.out;
  for (const char* name : {"primal/u", "primal/v"})
    for (const double value : CheckpointReader(run.newest()).read<double>(name))
      EXPECT_TRUE(std::isfinite(value));
}

TEST(Diverged, OnSeveralRanksIsToldOnce) {
  const Folder folder;
  const Training run(folder / "run", {"optimizer.name=sgd", "optimizer.lr=1e30"});
  expect_error(run.train({}, 3), 4,
               {"network, step ", "learning rate 1e+30", "lower optimizer.lr", "[rank 0"});
  EXPECT_EQ(run.result()["status"], "diverged");
}

/// Noisy images that are all black: no weights change what they predict, and the optimum is known.
TEST(Dead, BlackImagesHaveNoGap) {
  const Folder folder;
  auto file = Hdf5Arrays::create((folder / "black.h5").string());
  const std::vector<double> clean(2 * 25, 0.5), noisy(2 * 25, 0.0);
  file.write("clean", {2, 5, 5}, clean);
  file.write("noisy", {2, 5, 5}, noisy);
  file.close();
  for (const char* precision : {"fp64", "fp32"})
    for (const char* rho : {"0", "0.01"}) {
      const Training run(folder / (std::string(precision) + rho),
                         {"data.source=hdf5", "data.path=" + (folder / "black.h5").string(), "data.images=0",
                          "data.test_images=0", "run.networks=[dual]", "optimizer.epochs=2",
                          std::string("run.precision=") + precision, std::string("network.rho=") + rho});
      const Ended ended = run.train();
      ASSERT_EQ(ended.code, 0) << ended.err;
      const auto dual = run.result()["dual"];
      EXPECT_EQ(dual["objective"].get<double>(), 12.5);
      EXPECT_NEAR(dual["best_lower_bound"].get<double>(), 12.5, 1e-9);
      EXPECT_LE(dual["best_lower_bound"].get<double>(), 12.5);
    }
}

TEST(Dead, StartFromSmallNumbersIsReportedAsDeadNotAsConverged) {
  const Folder folder;
  const Training run(folder / "run",
                     {"init.kind=normal", "init.std=1e-3", "optimizer.epochs=20", "run.networks=[primal]"});
  const Ended ended = run.train();
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("warning: the primal network is dead"));
  EXPECT_THAT(run.log(), HasSubstr("the primal network is dead"));
  const auto primal = run.result()["primal"];
  EXPECT_TRUE(primal["dead"].get<bool>());
  EXPECT_EQ(primal["fit"].get<double>(), target_square(run));
  EXPECT_NEAR(primal["objective"].get<double>() / target_square(run), 1.0, 1e-5);
  for (const auto& line : run.history()) EXPECT_TRUE(line["primal"]["dead"].get<bool>());
}

TEST(Dead, LivingNetworkIsNotCalledDead) {
  const Folder folder;
  const Training run(folder / "run", {});
  const Ended ended = run.train();
  EXPECT_THAT(ended.err, Not(HasSubstr("dead;")));
  EXPECT_FALSE(run.result()["primal"]["dead"].get<bool>());
}

TEST(Dead, GoldenCaseTrainsWithoutFuss) {
  const Folder folder;
  const Training run(folder / "run",
                     {"data.source=hdf5", "data.path=" ZEROGAP_GOLDEN_COPY "/dead/data.h5", "data.images=0",
                      "data.test_images=0", "network.lambda=1000", "run.precision=fp64"});
  for (const int ranks : {0, 2}) {
    const Ended ended =
        ranks == 0 ? run.train() : Training(folder / "two", {"network.lambda=1000"}).train({}, ranks);
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("the dual network is dead: every gate is shut"));
    EXPECT_THAT(ended.err, HasSubstr("the primal network is dead"));
  }
  EXPECT_DOUBLE_EQ(run.result()["dual"]["fit"].get<double>(), target_square(run));
  const double bound = run.result()["dual"]["lower_bound"];
  EXPECT_LE(bound, target_square(run));  // by what rounding may add
  EXPECT_NEAR(bound, target_square(run), 1e-12 * target_square(run));
}

TEST(Dead, DroppingAllBlocksIsRefused) {
  const Folder folder;
  const Training run(folder / "run", {"network.lambda=1000", "arrangements.drop_dead=true"});
  expect_error(run.train(), 2,
               {"no arrangement block is left", "all 12 gates are shut", "lower network.lambda"});
}

bool has_gpu() { return std::filesystem::exists("/dev/nvidia0"); }

TEST(Missing, CudaIsAskedForWhereItIsNot) {
  if (has_gpu()) GTEST_SKIP() << "this machine has a GPU";
  const Folder folder;
  const Training run(folder / "run", {"run.backend=cuda"});
  expect_error(run.train(), 4, {"run.backend: cuda cannot be used", "run.backend=cpu"});
  expect_error(run.train({}, 2), 4, {"run.backend", "run.backend=cpu", "[rank 0"});
  EXPECT_FALSE(std::filesystem::exists(run.folder()));
}

TEST(Missing, NcclIsAskedForWhereItIsNot) {
  if (has_gpu()) GTEST_SKIP() << "this machine has a GPU";
  const Folder folder;
  const Training run(folder / "run", {"run.comm=nccl"});
  expect_error(run.train(), 4, {"run.comm: nccl cannot be used", "run.comm=mpi"});
  EXPECT_FALSE(std::filesystem::exists(run.folder()));
}

TEST(Missing, NcclDoesNotSumWhatLiesInTheHostsMemory) {
  const Folder folder;
  const Training run(folder / "run", {"run.comm=nccl", "run.backend=cpu"});
  expect_error(run.train(), 2, {"run.comm: nccl", "run.backend: cpu", "run.comm=mpi"});
}

TEST(Missing, AutoSaysWhatItTookAndWhy) {
  const Folder folder;
  const Training run(folder / "run", {"run.backend=auto"});
  const auto result = run.train();
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err, testing::HasSubstr(has_gpu() ? "auto takes cuda" : "auto takes cpu ("));
}

TEST(Missing, AResumeOnABackendThatIsNotThereLeavesTheCheckpoint) {
  if (has_gpu()) GTEST_SKIP() << "this machine has a GPU";
  const Folder folder;
  const Training run(folder / "run", {"optimizer.epochs=4"}), more(folder / "run", {"optimizer.epochs=8"});
  ASSERT_EQ(run.train().code, 0);
  const Training on_gpu(folder / "run", {"optimizer.epochs=8", "run.backend=cuda"});
  expect_error(on_gpu.resume(), 4, {"run.backend", "run.backend=cpu"});
  EXPECT_EQ(more.resume().code, 0);
}

}  // namespace
}  // namespace zerogap::test

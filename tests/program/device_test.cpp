// SPDX-License-Identifier: Apache-2.0
// Whole trainings with the CUDA kernels on the emulated GPU (tests/support/cuda_emulation), whose arrays the
// host may not touch: every way of training ends, near where the CPU's kernels end, and on any ranks with the
// same bits.

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

struct Way {
  std::string name;
  Settings settings;
  double tolerance = 1e-4;  ///< of objectives, relative; rounding turns a sign now and then
};
void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

Settings operator+(Settings a, const Settings& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Settings small = {"data.images=3",          "data.pool=10",      "data.test_images=2",
                        "network.arrangements=9", "network.filters=5", "optimizer.epochs=4",
                        "run.checkpoint.every=0"};
const Settings newton = {"run.networks=[dual]", "optimizer.dual.name=newton", "optimizer.epochs=8",
                         "optimizer.preconditioner_mib=1"};

std::vector<Way> ways() {
  const Settings fp64 = {"run.precision=fp64"}, rho = {"network.rho=0.05"}, no_rho = {"network.rho=0"};
  return {
      {"adam_fp32", rho},
      {"adam_fp64", rho + fp64, 1e-9},
      {"adam_without_hinge", no_rho},
      {"sgd_momentum", rho + Settings{"optimizer.name=sgd", "optimizer.lr=1e-7", "optimizer.momentum=0.9"}},
      {"asgd", rho + Settings{"optimizer.name=asgd", "optimizer.lr=1e-7"}},
      {"svrg", rho + Settings{"optimizer.name=svrg", "optimizer.lr=1e-7", "optimizer.batch=2"}},
      {"newton_fp32", newton + rho, 1e-3},
      {"newton_fp64", newton + rho + fp64, 1e-6},
      {"fista", no_rho + Settings{"run.networks=[dual]", "optimizer.dual.name=fista", "optimizer.epochs=8"}},
      {"relative", rho + Settings{"network.form=relative", "network.lambda=0.1"}},
      {"ball", rho + Settings{"network.form=ball"}},
      {"product", rho + Settings{"network.form=product"}},
      {"beta_of_beta_max", rho + Settings{"network.beta_units=beta_max", "network.beta=0.01"}},
      {"without_dead_blocks", rho + Settings{"network.lambda=1", "arrangements.drop_dead=true"}},
      {"frank_wolfe",
       rho + Settings{"run.networks=[primal]", "optimizer.name=frank_wolfe", "optimizer.search_starts=6",
                      "optimizer.search_steps=3", "optimizer.epochs=4"},
       1e-2},
      {"pricing",
       newton + rho +
           Settings{"arrangements.pricing.rounds=1", "arrangements.pricing.add=3",
                    "arrangements.pricing.starts=8", "arrangements.pricing.steps=3"},
       1e-3},
      {"path", newton + rho + Settings{"continuation.parameter=beta", "continuation.values=[20,10]"}, 1e-3},
      {"hard",
       newton + Settings{"network.constraints=hard", "network.hard.factor=30", "network.rho=0.5",
                         "network.hard.violation=1e-2", "run.stop.gap=0.2"},
       1e-2},
      {"pixels", rho + Settings{"patches.filter=1"}},
      {"patches_of_25", rho + Settings{"patches.filter=5", "network.arrangements=5"}},
      {"patches_of_81", rho + Settings{"patches.filter=9", "network.arrangements=4", "network.filters=3"}},
      {"all_test_images", rho + Settings{"data.final_test=all", "data.test_images=1"}},
  };
}

class Device : public ::testing::TestWithParam<Way> {
 protected:
  static Ended train(const Training& run, const Settings& more, int ranks = 0) {
    return Process(command_line(ZEROGAP_EMULATED, run.arguments(more), ranks))
        .wait(std::chrono::seconds(120));
  }
  Folder folder_;
};
INSTANTIATE_TEST_SUITE_P(Ways, Device, ::testing::ValuesIn(ways()),
                         [](const auto& test) { return test.param.name; });

TEST_P(Device, TrainsAsOnTheProcessor) {
  const Way& way = GetParam();
  const Training here(folder_ / "cpu", small + way.settings), there(folder_ / "cuda", small + way.settings);
  const Ended expected = train(here, {"run.backend=cpu"}), found = train(there, {"run.backend=cuda"});
  ASSERT_EQ(expected.code, 0) << expected.err;
  ASSERT_EQ(found.code, 0) << found.err;
  EXPECT_THAT(found.err, ::testing::HasSubstr("cuda emulated GPU"));
  for (const char* network : {"primal", "dual"}) {
    const auto a = here.result(), b = there.result();
    ASSERT_EQ(a.contains(network), b.contains(network));
    if (!a.contains(network)) continue;
    const double objective = a[network]["objective"];
    EXPECT_NEAR(b[network]["objective"].get<double>(), objective, way.tolerance * objective) << network;
  }
}

/// A resumed run needs the weights and moments back on the GPU.
TEST_F(Device, AResumedRunHasTheBitsOfOneThatWentThrough) {
  const Settings settings =
      small + Settings{"network.rho=0.05", "run.backend=cuda", "optimizer.amsgrad=true"};
  const Training through(folder_ / "through", settings), stopped(folder_ / "stopped", settings);
  ASSERT_EQ(train(through, {}).code, 0);
  // The schedule is constant, so that two epochs are the first two of four.
  ASSERT_EQ(train(stopped, {"optimizer.epochs=2"}).code, 0);
  auto arguments = stopped.arguments({"optimizer.epochs=4"});
  arguments.emplace_back("--resume");
  const Ended resumed = Process(command_line(ZEROGAP_EMULATED, arguments, 0)).wait();
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, ::testing::HasSubstr("resum"));
  expect_same_end(through, stopped);
}

/// Ranks that share the one GPU, their sums over MPI.
TEST_F(Device, OnAnyRanksWithTheSameBits) {
  for (const std::string precision : {"fp32", "fp64"}) {
    const Settings settings =
        small + Settings{"network.rho=0.05", "run.backend=cuda", "run.precision=" + precision};
    const Training alone(folder_ / (precision + "-alone"), settings);
    ASSERT_EQ(train(alone, {}).code, 0);
    for (const auto& [patches, arrangements] : {std::pair(2, 1), {1, 2}, {2, 2}}) {
      const std::string name = std::to_string(patches) + "x" + std::to_string(arrangements);
      SCOPED_TRACE(precision + " on " + name);
      const Training spread(folder_ / (precision + "-" + name), settings);
      const Ended ended = train(spread,
                                {"run.grid.patches=" + std::to_string(patches),
                                 "run.grid.arrangements=" + std::to_string(arrangements)},
                                patches * arrangements);
      ASSERT_EQ(ended.code, 0) << ended.err;
      expect_same_end(alone, spread);
    }
  }
}

TEST_F(Device, ItsRunIsCertifiedOnTheGpuToo) {
  const Training run(folder_ / "run", small + newton + Settings{"network.rho=0.05", "run.backend=cuda"});
  ASSERT_EQ(train(run, {}).code, 0);
  const Ended certified =
      Process(
          command_line(ZEROGAP_EMULATED, {"certify", run.folder().string(), "--set", "certify.seconds=2"}, 0))
          .wait(std::chrono::seconds(120));
  EXPECT_EQ(certified.code, 0) << certified.err;
}

TEST_F(Device, NcclDoesNotShareAGpu) {
  const Training run(folder_ / "run", small + Settings{"run.backend=cuda", "run.comm=nccl"});
  const Ended ended = train(run, {}, 2);
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, ::testing::HasSubstr("share GPU 0"));
}

}  // namespace
}  // namespace zerogap::test

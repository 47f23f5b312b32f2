// SPDX-License-Identifier: Apache-2.0
#include "sweep/fit.hpp"

#include <gmock/gmock.h>

namespace zerogap {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr double GiB = 0x1p30;

SweepPlan plan_of(const std::string& backend, std::int64_t ranks_per_cell) {
  SweepPlan plan;
  plan.file.config_text = "run.backend: " + backend + "\n";
  plan.file.options.ranks_per_cell = ranks_per_cell;
  plan.points = {{}};
  plan.cells.resize(2);
  plan.cells[0].on_gpu = 0.25 * GiB;
  plan.cells[1].on_gpu = 1.25 * GiB;
  return plan;
}

TEST(Fit, CountsTheLargestCellWithWhatCudaTakesForEachRank) {
  EXPECT_EQ(bytes_on_gpu(plan_of("auto", 1)), 2.0 * GiB);
  EXPECT_EQ(bytes_on_gpu(plan_of("cuda", 3)), 6.0 * GiB);
  EXPECT_EQ(bytes_on_gpu(plan_of("cpu", 1)), 0.0);
  EXPECT_EQ(bytes_on_gpu(SweepPlan{}), 0.0);
}

TEST(Fit, IsAnEstimateAndSaysOfWhichMemory) {
  EXPECT_EQ(fit_text(2.0 * GiB, 41.0 * GiB, "this host's GPU"),
            "about 20 cells at once fit into 41.0 GiB (this host's GPU), an estimate: 2.00 GiB for the "
            "largest, of it "
            "768 MiB a rank for CUDA itself");
  EXPECT_THAT(fit_text(30.0 * GiB, 40.0 * GiB, "x"),
              HasSubstr("one cell fits into 40.0 GiB (x), an estimate"));
  EXPECT_THAT(fit_text(41.0 * GiB, 40.0 * GiB, "x"), HasSubstr("no cell fits into 40.0 GiB"));
}

TEST(Fit, TakesTheMemoryThatIsGivenThenTheHostsThenAssumes) {
  EXPECT_THAT(fit_text(plan_of("auto", 1), 24),
              HasSubstr("about 12 cells at once fit into 24.0 GiB (--gpu-memory)"));
  EXPECT_EQ(fit_text(plan_of("reference", 1), 24), "");
  const std::string mine = fit_text(plan_of("auto", 1), 0);
  EXPECT_THAT(mine, testing::AnyOf(
                        HasSubstr("about 40 cells at once fit into 80.0 GiB (assumed, for there is no GPU"),
                        AllOf(HasSubstr("this host's GPU"), Not(HasSubstr("assumed")))));
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
// Which GPUs and sums ranks of one host choose, and what they say of it: on the emulated CUDA runtime, each
// rank with GPUs of its own making, and the stand-in for NCCL. No sum is started: an emulated stream is none
// of that NCCL's.

#include "problem/execution.hpp"

#include <cuda_runtime.h>
#include <gmock/gmock.h>

#include <cstdlib>

#include "support/world.hpp"

namespace zerogap {
namespace {

using emulation::machine;
using testing::AllOf;
using testing::HasSubstr;

class ChosenWorkplace : public testing::Test {
 protected:
  ChosenWorkplace() { reset(); }
  ~ChosenWorkplace() override { reset(); }

  static void reset() {
    machine() = {.allocated = machine().allocated};
    ::setenv("ZEROGAP_NCCL_LIBRARY", ZEROGAP_FAKE_NCCL, 1);
  }
  /// With GPUs for all ranks, as the host has them.
  static void show_all() { machine().devices = test::world().size(); }
  /// With a rank's own.
  static void show_one() { machine().first_bus = test::world().rank(); }
  static ExecutionContext chosen(CommName comm) {
    RunOptions run;
    run.backend = BackendName::cuda;
    run.comm = comm;
    return choose_execution(run, test::world());
  }
  static bool alone() { return test::world().size() == 1; }
};

TEST_F(ChosenWorkplace, IsSilentWhereRanksReachEachOther) {
  show_all();
  const auto place = chosen(CommName::automatic);
  EXPECT_EQ(place.nccl != nullptr, !alone());
  EXPECT_EQ(place.unreached, "");
}

TEST_F(ChosenWorkplace, TellsOfGpusThatAreShownToOneRankEach) {
  show_one();
  const auto place = chosen(CommName::automatic);
  EXPECT_EQ(place.nccl != nullptr, !alone());
  if (alone())
    EXPECT_EQ(place.unreached, "");
  else
    EXPECT_THAT(place.unreached,
                AllOf(HasSubstr("do not all see each other's GPU"), HasSubstr("--gpus-per-node")));
}

TEST_F(ChosenWorkplace, TellsOfGpusWithoutPeerAccess) {
  show_all();
  machine().peers = false;
  const auto place = chosen(CommName::nccl);
  EXPECT_NE(place.nccl, nullptr);
  EXPECT_THAT(place.unreached, HasSubstr(alone() ? "" : "no peer access"));
  EXPECT_EQ(place.unreached.empty(), alone());
}

TEST_F(ChosenWorkplace, IsSilentWhereSumsDoNotGoOverNccl) {
  show_one();
  EXPECT_EQ(chosen(CommName::mpi).unreached, "");
  machine().first_bus = 0;  // one card for all
  const auto shared = chosen(CommName::automatic);
  EXPECT_EQ(shared.nccl, nullptr);
  EXPECT_EQ(shared.unreached, "");
  show_one();
  ::setenv("ZEROGAP_NCCL_LIBRARY", "/nowhere/libnccl.so.2", 1);
  const auto without = chosen(CommName::automatic);
  EXPECT_EQ(without.nccl, nullptr);
  EXPECT_EQ(without.unreached, "");
}

}  // namespace
}  // namespace zerogap

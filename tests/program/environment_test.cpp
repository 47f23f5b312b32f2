// SPDX-License-Identifier: Apache-2.0
// What the program makes of its environment.

#include <thread>

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;

TEST(Threads, AreNoMoreThanTheEnvironmentSaysAndTheLogSaysWhy) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "needs two processors";
  const Folder folder;
  const Training run(folder / "run", {"run.threads=0"});
  const std::vector<std::string> number = {"OMP_NUM_THREADS=1"};
  const Ended ended = zerogap(run.arguments(), 0, number);
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr(", 1 thread each (OMP_NUM_THREADS), "));
  EXPECT_EQ(run.result()["machine"]["threads"], 1);

  const Training asked(folder / "asked", {"run.threads=2"});
  const Ended two = zerogap(asked.arguments(), 0, number);
  ASSERT_EQ(two.code, 0) << two.err;
  EXPECT_THAT(two.err, HasSubstr(", 2 threads each (run.threads), "));
}

TEST(Launcher, OfAnotherMpiIsRefused) {
  // As where a launcher and MPI do not understand each other: started as one of two ranks, it finds itself
  // alone.
  const Ended ended = zerogap({"doctor"}, 0, {"OMPI_COMM_WORLD_SIZE=2"});
  EXPECT_EQ(ended.code, 4);
  EXPECT_THAT(ended.err, HasSubstr("2 ranks were started, and MPI sees 1"));
  EXPECT_THAT(ended.err, HasSubstr("put that MPI's mpirun first in PATH"));
}

}  // namespace
}  // namespace zerogap::test

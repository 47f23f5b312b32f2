// SPDX-License-Identifier: Apache-2.0
// A rank that fails while others wait for it in a collective call: all end within seconds, one message says
// which rank and why, and the exit code is the failure's.

#include <csignal>

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;

Ended run(const std::string& kind, int rank, int ranks) {
  return Process(command_line(ZEROGAP_FAILING_RANK, {kind, std::to_string(rank)}, ranks))
      .wait(std::chrono::seconds(30));
}

TEST(FailingRank, NoneFails) { EXPECT_EQ(run("none", 1, 3).code, 0); }

TEST(FailingRank, SecondThrowsAnErrorOfTheHouse) {
  const Ended ended = run("error", 1, 3);
  expect_error(ended, 3, {"the box is empty (nobody filled it); fill it [rank 1, host "});
  EXPECT_LT(ended.seconds, 15.0);
}

TEST(FailingRank, SecondRunsOutOfMemory) {
  const Ended ended = run("memory", 1, 3);
  expect_error(ended, 4, {"out of memory", "data.images", "[rank 1, host "});
  EXPECT_LT(ended.seconds, 15.0);
}

TEST(FailingRank, SecondThrowsWhatNobodyKnows) {
  expect_error(run("unknown", 1, 2), 4,
               {"unexpected failure (a library said so); report it", "[rank 1, host "});
}

TEST(FailingRank, FirstThrows) {
  expect_error(run("error", 0, 2), 3, {"the box is empty", "[rank 0, host "});
}

TEST(FailingRank, AllThrowAlikeAndOneSpeaks) {
  expect_error(run("all", 0, 3), 4, {"the numbers are wrong", "[rank 0, host "});
}

TEST(FailingRank, AloneWithoutMpi) {
  expect_error(run("memory", 0, 0), 4, {"out of memory", "[rank 0, host "});
}

// The same inside of a real run: one rank alone cannot read what all need.
TEST(FailingRank, KilledRankEndsTheRun) {
  const Folder folder;
  const Training training(folder / "run",
                          {"optimizer.epochs=100000", "run.evaluate_every=100000", "run.stop.seconds=40"});
  Process process(command_line(training.arguments(), 3));
  ASSERT_TRUE(eventually([&] { return !training.history().empty() || !process.running(); }));
  ASSERT_GT(process.rank(1), 0);
  ::kill(process.rank(1), SIGKILL);
  const Ended ended = process.wait(std::chrono::seconds(20));
  EXPECT_GT(ended.code, 0) << ended.err;
  EXPECT_EQ(training.resume({"optimizer.epochs=1"}).code, 0);
}

}  // namespace
}  // namespace zerogap::test

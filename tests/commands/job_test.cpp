// SPDX-License-Identifier: Apache-2.0
// The job itself: a command has the ranks that it asks for, and its outputs, messages and exit code are those
// of a process.

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;

TEST(Job, GivesACommandTheRanksThatItAsksFor) {
  const Folder folder;
  for (const int ranks : {0, 1, 2, 3}) {
    const Training run(folder / std::to_string(ranks), {"optimizer.epochs=1"});
    const Ended ended = run.train({}, ranks);
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(run.result()["machine"]["ranks"], std::max(ranks, 1));
    EXPECT_EQ(run.result()["machine"]["communicator"], ranks == 0 ? "serial" : "mpi");
    EXPECT_EQ(count(ended.err, "result      "), 1) << "one rank speaks";
  }
}

TEST(Job, PrintsOnceAndNothingOfOneCommandInTheNext) {
  const Ended keys = zerogap({"config", "--keys"}, 3), version = zerogap({"--version"});
  EXPECT_EQ(count(keys.out, "network.lambda  ["), 1);
  EXPECT_EQ(keys.err, "");
  EXPECT_THAT(version.out, HasSubstr("zerogap"));
  EXPECT_EQ(count(version.out, "network.lambda"), 0);
}

TEST(Job, EndsWithTheCodeAndTheMessageOfWhatFailed) {
  const Folder folder;
  for (const int ranks : {0, 3})
    expect_error(Training(folder / "run", {"data.path=none", "data.source=mnist"}).train({}, ranks), 3,
                 {"none", "[rank 0, host "});
  EXPECT_EQ(zerogap({"train"}, 0).code, 2);
  EXPECT_EQ(zerogap({"data", "--set", "data.images=1"}, 3).code, 0) << "and goes on";
}

}  // namespace
}  // namespace zerogap::test

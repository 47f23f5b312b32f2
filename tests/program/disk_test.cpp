// SPDX-License-Identifier: Apache-2.0
// Disks that fill up while a run trains, folders that cannot be written, and two runs that want one folder.

#include <csignal>

#include "program/runs.hpp"
#include "support/small_disk.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

const Settings long_run = {"optimizer.epochs=600", "optimizer.batch=16", "run.evaluate_every=100",
                           "run.checkpoint.every=20"};

/// Fills the disk once a checkpoint is there; the run ends with 3 and goes on to the undisturbed end later.
void fill_up_and_go_on(const Settings& settings, int ranks) {
  const SmallDisk disk(2 << 20);
  if (!disk.mounted()) GTEST_SKIP() << disk.reason();
  const Folder folder;
  const Training whole(folder / "whole", settings), run(disk.path() / "run", settings);
  ASSERT_EQ(whole.train().code, 0);
  {
    Process process(command_line(run.arguments(), ranks));
    ASSERT_TRUE(eventually([&] { return !run.newest().empty() || !process.running(); }));
    disk.fill();
    const Ended ended = process.wait();
    expect_error(ended, 3, {disk.path().string(), "; free some space"});
  }
  ASSERT_FALSE(run.newest().empty());
  EXPECT_EQ(zerogap({"inspect", run.newest().string()}).code, 0);
  disk.empty();
  const Ended ended = run.resume();
  ASSERT_EQ(ended.code, 0) << ended.err;
  expect_same_end(whole, run);
}

TEST(FullDisk, WhileCheckpointsAreWritten) { fill_up_and_go_on(long_run, 0); }

TEST(FullDisk, WhileCheckpointsAreWrittenByTwoRanks) { fill_up_and_go_on(long_run, 2); }

TEST(FullDisk, WhileTheHistoryIsWritten) {
  fill_up_and_go_on({"optimizer.epochs=300", "run.checkpoint.every=30", "run.evaluate_every=1"}, 0);
}

TEST(FullDisk, FromTheStart) {
  const SmallDisk disk(1 << 20);
  if (!disk.mounted()) GTEST_SKIP() << disk.reason();
  const Training run(disk.path() / "run", {});
  disk.fill();
  expect_error(run.train(), 3, {disk.path().string(), "No space left on device"});
  disk.empty();
  EXPECT_EQ(run.train().code, 0);
}

TEST(ReadOnly, FolderIsRefusedAtOnce) {
  const SmallDisk disk(1 << 20);
  if (!disk.mounted()) GTEST_SKIP() << disk.reason();
  const Training run(disk.path() / "run", {});
  ASSERT_TRUE(disk.make_read_only());
  expect_error(run.train(), 3,
               {"cannot make the folder", "Read-only file system",
                "choose a folder on a writable file system with --out"});
  expect_error(run.train({}, 2), 3, {"Read-only file system"});
}

TEST(ReadOnly, FileInTheFoldersPlace) {
  const Folder folder;
  const Training run(folder / "run", {});
  write_text(folder / "run", "a file\n");
  expect_error(run.train(), 3, {"cannot make the folder", "Not a directory"});
  EXPECT_EQ(text_of(folder / "run"), "a file\n");
}

TEST(ReadOnly, CompleteRunCanBeInspectedAndEvaluated) {
  const SmallDisk disk(2 << 20);
  if (!disk.mounted()) GTEST_SKIP() << disk.reason();
  const Training run(disk.path() / "run", {});
  ASSERT_EQ(run.train().code, 0);
  ASSERT_TRUE(disk.make_read_only());
  EXPECT_EQ(zerogap({"inspect", run.newest().string()}).code, 0);
  const Ended newest = zerogap({"evaluate", run.newest().string(), "--json"});
  EXPECT_EQ(newest.code, 0);
  EXPECT_EQ(zerogap({"evaluate", run.folder().string(), "--json"}).out, newest.out);
}

TEST(TwoRuns, SecondInOneFolderIsRefusedAndNamesTheFirst) {
  const Folder folder;
  const Training run(folder / "run",
                     {"optimizer.epochs=100000", "run.evaluate_every=100000", "run.stop.seconds=30"});
  Process first(command_line(run.arguments(), 0));
  ASSERT_TRUE(eventually([&] { return !run.history().empty() || !first.running(); }));
  const std::string pid = "process " + std::to_string(first.pid());
  expect_error(run.train(), 2, {"is in use", pid, "--out"});
  expect_error(run.resume({}, 2), 2, {"is in use", pid});
  EXPECT_TRUE(first.running());
  first.signal(SIGTERM);
  EXPECT_EQ(first.wait().code, 75);
}

TEST(TwoRuns, LockOfAKilledRunIsTakenOver) {
  const Folder folder;
  const Training run(folder / "run",
                     {"optimizer.epochs=100000", "run.evaluate_every=100000", "run.stop.seconds=30"});
  std::string pid;
  {
    Process killed(command_line(run.arguments(), 0));
    ASSERT_TRUE(eventually([&] { return !run.history().empty() || !killed.running(); }));
    pid = std::to_string(killed.pid());
    killed.signal(SIGKILL);
    EXPECT_EQ(killed.wait().code, 128 + SIGKILL);
  }
  ASSERT_TRUE(fs::exists(run.folder() / "lock"));
  const Ended ended = run.resume({"optimizer.epochs=2"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("was left behind by process " + pid));
  EXPECT_THAT(ended.err, HasSubstr("it is taken over"));
  EXPECT_FALSE(fs::exists(run.folder() / "lock"));
}

}  // namespace
}  // namespace zerogap::test

// SPDX-License-Identifier: Apache-2.0
// A rank that stands still ends the job by run.watchdog, with exit 4 and the rank's name; the run then goes
// on as if nothing had been.

#include <csignal>

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;

const Settings long_run = {"optimizer.epochs=300", "optimizer.batch=16", "run.evaluate_every=100"};
const Settings watched = {"run.watchdog=4"};

class WatchdogOfRanks : public ::testing::Test {
 protected:
  WatchdogOfRanks() : run_(folder_ / "run", long_run) {}

  std::string fault_file() const { return (folder_ / "faults").string(); }
  std::vector<std::string> command() const { return command_line(run_.arguments(watched), 2); }
  void expect_training(Process& process) {
    const bool trains = eventually([&] { return !run_.newest().empty() || !process.running(); });
    ASSERT_TRUE(trains && process.running()) << process.err();
  }

  Folder folder_;
  Training run_;
};

TEST_F(WatchdogOfRanks, NamesTheRankThatStandsStill) {
  Process process(command(), {"ZEROGAP_FAULT=" + fault_file()});
  expect_training(process);
  const pid_t second = process.rank(1);
  ASSERT_GT(second, 0);
  ::kill(second, SIGSTOP);
  const Ended ended = process.wait(std::chrono::seconds(40));
  EXPECT_EQ(ended.code, 4) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("error: no progress for 4 s in "));
  EXPECT_THAT(ended.err, HasSubstr("rank 1 on host "));
  EXPECT_THAT(ended.err, HasSubstr(" stands still"));
  EXPECT_THAT(text_of(fault_file()), HasSubstr("no progress for 4 s in "));

  const Training whole(folder_ / "whole", long_run);
  ASSERT_EQ(whole.train().code, 0);
  ASSERT_EQ(run_.resume(watched, 2).code, 0);
  expect_same_end(whole, run_);
}

TEST_F(WatchdogOfRanks, DoesNotCountTimeInWhichAllAreSuspended) {
  Process process(command());
  expect_training(process);
  const std::vector<pid_t> ranks = {process.rank(0), process.rank(1)};
  for (const pid_t pid : ranks) ASSERT_GT(pid, 0);
  for (const pid_t pid : ranks) ::kill(pid, SIGSTOP);
  pause(std::chrono::milliseconds(6000));
  for (const pid_t pid : ranks) ::kill(pid, SIGCONT);
  const Ended ended = process.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
}

}  // namespace
}  // namespace zerogap::test

// SPDX-License-Identifier: Apache-2.0
// SIGTERM, SIGINT, SIGUSR1 or SIGHUP to any rank: all ranks agree, write a checkpoint and end with 75; the
// run then goes on as if it had never stopped.

#include <csignal>
#include <cstdlib>

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;

/// Long enough to be met in the middle of training, short enough to be finished.
const Settings long_run = {"optimizer.epochs=300", "optimizer.batch=16", "run.evaluate_every=100",
                           "run.checkpoint.every=0"};

class Signals : public ::testing::Test {
 protected:
  Signals() : run_(folder_ / "run", long_run) {}

  /// Waits until the run trains.
  void expect_training(Process& process) {
    const bool trains = eventually([&] { return !run_.history().empty() || !process.running(); });
    ASSERT_TRUE(trains && process.running()) << process.err();
    pause(std::chrono::milliseconds(50));
  }

  void expect_stop(Process& process, const std::string& name) {
    const Ended ended = process.wait(std::chrono::seconds(20));
    EXPECT_EQ(ended.code, 75) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("stopped on request (" + name + ") in epoch "));
    EXPECT_THAT(ended.err, HasSubstr("continue with --resume"));
    EXPECT_EQ(run_.result()["status"], "stopped");
    EXPECT_FALSE(run_.newest().empty());
    EXPECT_FALSE(std::filesystem::exists(run_.folder() / "lock"));
  }

  void stop_one_rank(int ranks, int rank, int signal, const std::string& name) {
    Process process(command_line(run_.arguments(), ranks));
    expect_training(process);
    const pid_t pid = process.rank(rank);
    ASSERT_GT(pid, 0);
    ::kill(pid, signal);
    expect_stop(process, name);
  }

  void expect_hangup_is_nothing(std::vector<std::string> command) {
    for (auto& word : command_line(run_.arguments(), 0)) command.push_back(std::move(word));
    Process process(command);
    expect_training(process);
    process.signal(SIGHUP);
    pause(std::chrono::milliseconds(200));
    process.signal(SIGTERM);
    expect_stop(process, "SIGTERM");
  }

  void expect_the_undisturbed_end(int ranks) {
    const Training whole(folder_ / "whole", long_run);
    ASSERT_EQ(whole.train().code, 0);
    const Ended ended = run_.resume({}, ranks);
    ASSERT_EQ(ended.code, 0) << ended.err;
    expect_same_end(whole, run_);
  }

  Folder folder_;
  Training run_;
};

TEST_F(Signals, TerminateToOneProcessAlone) {
  Process process(command_line(run_.arguments(), 0));
  expect_training(process);
  process.signal(SIGTERM);
  expect_stop(process, "SIGTERM");
  expect_the_undisturbed_end(2);
}

TEST_F(Signals, InterruptToOneProcessAlone) {
  Process process(command_line(run_.arguments(), 0));
  expect_training(process);
  process.signal(SIGINT);
  expect_stop(process, "SIGINT");
}

/// The terminal or the connection that a run was started from has gone.
TEST_F(Signals, HangupToOneProcessAlone) {
  Process process(command_line(run_.arguments(), 0));
  expect_training(process);
  process.signal(SIGHUP);
  expect_stop(process, "SIGHUP");
  expect_the_undisturbed_end(0);
}

TEST_F(Signals, HangupUnderNohupIsNothing) { expect_hangup_is_nothing({"nohup"}); }

/// Address sanitizers want to be the first library, unless told otherwise.
TEST_F(Signals, HangupUnderNohupIsNothingWithALibraryThatTakesIt) {
  const char* sanitizer = std::getenv("ASAN_OPTIONS");
  expect_hangup_is_nothing(
      {"nohup", "env", "LD_PRELOAD=" ZEROGAP_HANGUP_HANDLER,
       "ASAN_OPTIONS=" + std::string(sanitizer != nullptr ? sanitizer : "") + ":verify_asan_link_order=0"});
}

TEST_F(Signals, UserSignalToTheLastOfThreeRanks) {
  stop_one_rank(3, 2, SIGUSR1, "SIGUSR1");
  expect_the_undisturbed_end(0);
}

TEST_F(Signals, TerminateToTheSecondRank) { stop_one_rank(2, 1, SIGTERM, "SIGTERM"); }

TEST_F(Signals, InterruptToTheFirstRank) { stop_one_rank(2, 0, SIGINT, "SIGINT"); }

/// What a batch system, a user or a terminal sends to the launch script reaches the ranks as SIGUSR1.
class Launcher : public Signals, public ::testing::WithParamInterface<int> {};

TEST_P(Launcher, PassesTheRequestToStop) {
  auto command = command_line(run_.arguments(), 0);
  command.insert(command.begin(), {ZEROGAP_LAUNCH "/mpirun", "-n", "2"});
  Process process(command);
  expect_training(process);
  process.signal(GetParam());
  expect_stop(process, "SIGUSR1");
  auto again = command;
  again.insert(again.end(), {"--resume", "--set", "optimizer.epochs=1"});
  EXPECT_EQ(Process(again).wait().code, 0);
}

INSTANTIATE_TEST_SUITE_P(Of, Launcher, ::testing::Values(SIGTERM, SIGINT, SIGUSR1, SIGHUP));

}  // namespace
}  // namespace zerogap::test

// A run that is killed again and again ends as if nothing had happened.

#include <csignal>
#include <random>

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using std::chrono::milliseconds;

constexpr int kills = 12;

/// Kills one process of the run and waits until all of it is gone.
void kill_one(Process& run, int ranks, std::mt19937& random) {
  const auto victim = static_cast<int>(random() % static_cast<unsigned>(std::max(ranks, 1)));
  const pid_t pid = ranks > 0 ? run.rank(victim) : run.pid();
  if (pid > 0) ::kill(pid, SIGKILL);
  if (pid <= 0) run.signal(SIGTERM);  // before there are ranks
  run.wait();
}

TEST(Killed, AtRandomMomentsEndsAsIfUndisturbed) {
  const Folder folder;
  const Settings settings = {"optimizer.epochs=1500", "optimizer.batch=16", "run.evaluate_every=50",
                             "run.checkpoint.every=3"};
  const Training whole(folder / "whole", settings), killed(folder / "killed", settings);
  const Ended undisturbed = whole.train();
  ASSERT_EQ(undisturbed.code, 0) << undisturbed.err;

  const auto seed = static_cast<unsigned>(std::random_device()());
  std::cout << "seed " << seed << std::endl;
  std::mt19937 random(seed);
  auto arguments = killed.arguments();
  arguments.emplace_back("--resume");
  for (int round = 0; round < kills; ++round) {
    const int ranks = round % 4 == 3 ? 2 : 0;
    Process run(command_line(arguments, ranks));
    const auto longest = static_cast<int>(undisturbed.seconds * 250);
    const milliseconds time(std::uniform_int_distribution<>(0, longest)(random) + (ranks > 0 ? longest : 0));
    eventually([&] { return !run.running(); }, time);
    kill_one(run, ranks, random);
    std::cout << "round " << round << ": " << time.count() << " ms, " << killed.history().size()
              << " evaluations, newest " << killed.newest() << std::endl;
  }
  const Ended last = killed.resume();
  ASSERT_EQ(last.code, 0) << last.err;
  expect_same_end(whole, killed);
}

}  // namespace
}  // namespace zerogap::test

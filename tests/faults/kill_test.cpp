// SPDX-License-Identifier: Apache-2.0
// Runs that are killed again and again, by SIGKILL at random moments, end as if nothing had happened.

#include <csignal>
#include <numeric>

#include "faults/aftermath.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

struct Case {
  const char* name;
  int kills;               ///< that have to hit
  std::vector<int> ranks;  ///< of one start after the other; 0: without mpirun
  Settings settings;
};

std::ostream& operator<<(std::ostream& out, const Case& about) { return out << about.name; }

const std::vector<Case> cases = {
    {"AdamInMiniBatches",
     12,
     {0},
     {"optimizer.epochs=400", "optimizer.batch=16", "run.evaluate_every=20", "run.checkpoint.every=3"}},
    {"SvrgAndAsgdInDoublePrecision",
     10,
     {0},
     {"run.precision=fp64", "optimizer.epochs=150", "optimizer.batch=16", "optimizer.schedule=cosine",
      "optimizer.primal.name=asgd", "optimizer.primal.t0=1", "optimizer.primal.lr=1e-6",
      "optimizer.dual.name=svrg", "optimizer.dual.lr=1e-6", "optimizer.snapshot_every=7",
      "run.evaluate_every=10", "run.checkpoint.every=4"}},
    {"NewtonWithHinge",
     8,
     {0},
     {"run.networks=[dual]", "optimizer.name=newton", "network.rho=0.05", "optimizer.epochs=60",
      "run.stop.gap=1e-7", "run.precision=fp64", "run.evaluate_every=3", "run.checkpoint.every=1"}},
    {"ContinuationOverBeta",
     8,
     {0},
     {"run.networks=[dual]", "optimizer.name=newton", "optimizer.epochs=2000", "run.precision=fp64",
      "run.stop.gap=1e-4", "run.evaluate_every=5", "run.checkpoint.every=1", "continuation.parameter=beta",
      "continuation.values=[20,14,10,7,5,3]"}},
    {"BlocksThatChange",
     8,
     {0},
     {"run.networks=[dual]", "optimizer.name=newton", "optimizer.epochs=300", "run.stop.gap=1e-4",
      "arrangements.pricing.rounds=3", "arrangements.pricing.add=3", "arrangements.pricing.starts=64",
      "arrangements.pricing.steps=8", "run.checkpoint.every=1"}},
    {"AdamOnTwoRanksAndOnOne",
     8,
     {2, 2, 0},
     {"optimizer.epochs=300", "optimizer.batch=16", "run.evaluate_every=20", "run.checkpoint.every=3"}},
    {"NewtonOnTwoRanks",
     6,
     {2},
     {"run.networks=[dual]", "optimizer.name=newton", "optimizer.epochs=40", "run.stop.gap=1e-7",
      "run.precision=fp64", "run.evaluate_every=3", "run.checkpoint.every=1"}},
    // Eight rounds of atoms, then four of the filters that are made of them.
    {"FrankWolfeOnTwoRanksOnFourAndOnOne",
     8,
     {2, 4, 0},
     {"run.networks=[primal]", "optimizer.primal.name=frank_wolfe", "optimizer.epochs=12",
      "network.filters=16", "network.beta=10", "optimizer.primal.search_starts=16",
      "optimizer.primal.search_steps=6", "run.stop.gap=1e-5", "run.evaluate_every=2",
      "run.checkpoint.every=1"}},
};

/// What continuous integration counts on, however the cases above change.
TEST(Killed, FiftyTimesAndMore) {
  const int kills = std::accumulate(cases.begin(), cases.end(), 0,
                                    [](int sum, const Case& about) { return sum + about.kills; });
  EXPECT_GE(kills, 50);
}

class KilledRun : public ::testing::TestWithParam<Case> {
 protected:
  /// Starts or goes on with the run and kills one of its processes after a random part of `longest`. Whether
  /// that ended it: not where it was done before, or not yet there.
  bool start_and_kill(const Training& run, int ranks, milliseconds longest, std::mt19937& random) {
    auto arguments = run.arguments();
    arguments.emplace_back("--resume");
    Process process(command_line(arguments, ranks));
    const int victim = random_integer(0, std::max(ranks - 1, 0), random);
    pid_t pid = process.pid();
    if (ranks > 0) eventually([&] { return (pid = process.rank(victim)) > 0 || !process.running(); });
    const milliseconds time(random_integer(0, static_cast<int>(longest.count()), random));
    eventually([&] { return !process.running(); }, time);
    if (pid > 0 && process.running()) ::kill(pid, SIGKILL);
    const Ended ended = process.wait();
    EXPECT_TRUE(ended.code == 0 || ended.code == 128 + SIGKILL) << ended.code << ": " << ended.err;
    return ended.code == 128 + SIGKILL;
  }

  QuickFolder folder_;
};

TEST_P(KilledRun, EndsAsIfUndisturbed) {
  const Case& about = GetParam();
  const Training whole(folder_ / "whole", about.settings), killed(folder_ / "killed", about.settings);
  const Ended undisturbed = whole.train();
  ASSERT_EQ(undisturbed.code, 0) << undisturbed.err;
  const milliseconds longest(static_cast<int>(undisturbed.seconds * 700));
  std::mt19937 random = seeded_random();
  // A run that was done before its kill is compared, and begun once more: so the number of kills is certain.
  int hits = 0, done = 0;
  for (std::size_t start = 0; hits < about.kills; ++start) {
    ASSERT_LT(start, 20u * static_cast<unsigned>(about.kills)) << "hardly a kill hits: " << hits;
    if (start_and_kill(killed, about.ranks[start % about.ranks.size()], longest, random)) {
      ++hits;
      ASSERT_NO_FATAL_FAILURE(expect_whole_part_of(whole, killed));
    } else {
      ++done;
      expect_same_end(whole, killed);
      fs::remove_all(killed.folder());
    }
    ASSERT_FALSE(HasFailure()) << "after start " << start;
  }
  const Ended last = killed.resume();
  ASSERT_EQ(last.code, 0) << last.err;
  expect_same_end(whole, killed);
  std::cout << hits << " kills hit within " << longest.count() << " ms; " << done + 1
            << " runs came to their end" << std::endl;
}

INSTANTIATE_TEST_SUITE_P(Of, KilledRun, ::testing::ValuesIn(cases),
                         [](const auto& about) { return std::string(about.param.name); });

}  // namespace
}  // namespace zerogap::test

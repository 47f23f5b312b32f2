// SPDX-License-Identifier: Apache-2.0
// A failure of one rank becomes every rank's: which one counts, and what comes with it.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "comm/collective.hpp"
#include "support/world.hpp"

namespace zerogap {
namespace {

using test::world;

int last() { return world().size() - 1; }

/// The text and exit code of the Error that `work` throws.
template <class Work>
std::pair<std::string, ExitCode> failure_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return {error.what(), error.code()};
  }
  return {"none", ExitCode::done};
}

TEST(CollectiveTry, PassesWhereNobodyFails) {
  int runs = 0;
  collective_try(world(), [&] { ++runs; });
  EXPECT_EQ(runs, 1);
}

TEST(CollectiveTry, ThrowsTheErrorOfOneRankOnAll) {
  const auto [text, code] = failure_of([] {
    collective_try(world(), [] {
      if (world().rank() == last()) throw data_error("cannot read x", "it (2 bytes) is short", "get another");
    });
  });
  EXPECT_EQ(text, "cannot read x (it (2 bytes) is short); get another");
  EXPECT_EQ(code, ExitCode::data);
}

TEST(CollectiveTry, TakesTheFirstFailingRanksErrorAndCode) {
  const int first = last() / 2;
  const auto [text, code] = failure_of([&] {
    collective_try(world(), [&] {
      const int rank = world().rank();
      if (rank == first) throw data_error("first", "", "");
      if (rank == last()) throw runtime_failure("last", "", "");
    });
  });
  EXPECT_EQ(text, "first");
  EXPECT_EQ(code, ExitCode::data);
}

TEST(CollectiveTry, KeepsADivergenceWhatItIs) {
  EXPECT_THROW(collective_try(world(),
                              [] {
                                if (world().rank() == last()) throw Diverged("numbers left the range");
                              }),
               Diverged);
}

TEST(CollectiveTry, LeavesTheRanksInStep) {
  for (int failing = 0; failing < world().size(); ++failing) {
    failure_of([&] {
      collective_try(world(), [&] {
        if (world().rank() == failing) throw usage_error("x", "", "");
      });
    });
    EXPECT_EQ(world().sum(std::int64_t{1}), world().size());
  }
}

TEST(GatherFailures, NamesTheRanks) {
  const auto mine = catch_failure([] {
    if (world().rank() % 2 == 1) throw usage_error("rank " + std::to_string(world().rank()), "", "");
  });
  EXPECT_EQ(mine.has_value(), world().rank() % 2 == 1);
  const auto failures = gather_failures(world(), mine);
  ASSERT_EQ(failures.size(), static_cast<std::size_t>(world().size() / 2));
  for (std::size_t i = 0; i < failures.size(); ++i) {
    EXPECT_EQ(failures[i].rank, static_cast<int>(2 * i + 1));
    EXPECT_EQ(failures[i].message, "rank " + std::to_string(2 * i + 1));
    EXPECT_EQ(failures[i].code, ExitCode::usage);
  }
}

TEST(CatchFailure, LetsOtherExceptionsPass) {
  EXPECT_THROW(catch_failure([] { throw std::runtime_error("x"); }), std::runtime_error);
}

TEST(OnRoot, GivesTheRootsTextToAll) {
  const std::string bytes("a\0\n\xff", 4);
  int runs = 0;
  const std::string text = on_root(world(), [&] {
    ++runs;
    return bytes;
  });
  EXPECT_EQ(text, bytes);
  EXPECT_EQ(runs, world().rank() == 0 ? 1 : 0);
  EXPECT_EQ(on_root(world(), [] { return std::string(); }), "");
}

TEST(OnRoot, RunsWorkWithoutAText) {
  int runs = 0;
  on_root(world(), [&] { ++runs; });
  EXPECT_EQ(runs, world().rank() == 0 ? 1 : 0);
}

TEST(OnRoot, ThrowsTheRootsErrorOnAll) {
  for (const ExitCode thrown : {ExitCode::usage, ExitCode::data, ExitCode::runtime, ExitCode::stopped}) {
    const auto [text, code] = failure_of(
        [&] { on_root(world(), [&] { throw Error(thrown, "3 things fail", "so it is", "wait"); }); });
    EXPECT_EQ(text, "3 things fail (so it is); wait");
    EXPECT_EQ(code, thrown);
  }
}

}  // namespace
}  // namespace zerogap

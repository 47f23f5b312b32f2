// SPDX-License-Identifier: Apache-2.0
// Whether a run may go on with another configuration.

#include "train/choose_start.hpp"

#include <gtest/gtest.h>

namespace zerogap {
namespace {

Config configuration(const std::vector<std::string>& settings) {
  return parse_config("{}", "the test", settings);
}

TEST(RunChange, OfTheSameConfigurationIsNothing) {
  const auto change = compare_runs(configuration({}), configuration({}));
  EXPECT_TRUE(change.differences.empty());
  EXPECT_FALSE(change.asks_for_more());
}

TEST(RunChange, RaisedEpochsAskForMoreOfThatNetwork) {
  const auto before = configuration({"optimizer.schedule=constant", "optimizer.epochs=5"}),
             now = configuration(
                 {"optimizer.schedule=constant", "optimizer.epochs=5", "optimizer.dual.epochs=6"});
  const auto change = compare_runs(before, now);
  EXPECT_TRUE(change.differences.empty()) << "a run may go on";
  EXPECT_TRUE(change.raised(Network::dual));
  EXPECT_FALSE(change.raised(Network::primal));
  EXPECT_TRUE(change.asks_for_more());
  EXPECT_FALSE(compare_runs(now, before).asks_for_more());
}

TEST(RunChange, ANewNetworkAsksForMore) {
  const auto change = compare_runs(configuration({"run.networks=[dual]"}), configuration({}));
  EXPECT_EQ(change.added, std::vector{Network::primal});
  EXPECT_TRUE(change.asks_for_more());
}

TEST(RunChange, NamesWhatWouldBeAnotherRun) {
  const auto change =
      compare_runs(configuration({"network.beta=5"}), configuration({"network.beta=6", "run.threads=3"}));
  ASSERT_EQ(change.differences.size(), 1U) << "threads change no number";
  EXPECT_EQ(change.differences[0].key, "network.beta");
}

}  // namespace
}  // namespace zerogap

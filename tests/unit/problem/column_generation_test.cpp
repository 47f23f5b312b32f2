// SPDX-License-Identifier: Apache-2.0
// The programs of a run that changes its blocks: doublings, rounds of pricing, their records.

#include "problem/column_generation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"

namespace zerogap {
namespace {

using ::testing::HasSubstr;
using Kind = ProgramChange::Kind;

Config configuration(std::vector<std::string> more) {
  more.insert(more.begin(), {"optimizer.dual.name=newton", "run.networks=[dual]", "network.rho=0.01",
                             "network.arrangements=4", "run.stop.gap=1e-3"});
  return parse_config("{}", "test", more);
}

ProgramResult solved(std::int64_t blocks, double objective, std::int64_t steps) {
  return {.end = TerminationReason::gap,
          .parameters = {0.2, 5.0, 0.01},
          .blocks = blocks,
          .objective = objective,
          .lower_bound = Certificate::proved(0.9 * objective),
          .gap = 0.1,
          .steps = steps,
          .seconds = static_cast<double>(steps)};
}

TEST(ColumnGeneration, DoublesThenPricesFromTheFirstBlocksAgain) {
  ColumnGeneration schedule(
      configuration({"arrangements.pricing.doublings=2", "arrangements.pricing.rounds=1"}));
  EXPECT_EQ(schedule.title(), "program 1");
  auto change = schedule.next(solved(4, 100.0, 3));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->kind, Kind::sampled_blocks);
  EXPECT_EQ(change->blocks, 8);
  EXPECT_THAT(schedule.summary(), HasSubstr("sampling    P = 4, objective 100"));
  EXPECT_EQ(schedule.next(solved(8, 90.0, 5))->blocks, 16);
  change = schedule.next(solved(16, 80.0, 6));
  EXPECT_EQ(change->kind, Kind::sampled_blocks);
  EXPECT_EQ(change->blocks, 4) << "back to the first P";
  change = schedule.next(solved(4, 100.0, 8));
  EXPECT_EQ(change->kind, Kind::priced_blocks);
  EXPECT_EQ(change->round, 1);
  EXPECT_THAT(schedule.summary(), HasSubstr("before round 1"));
  EXPECT_TRUE(
      schedule.take(BlockSearchResult{.added = 2, .dropped = 1, .price = 1.5, .estimate = Estimate(50.0)}));
  EXPECT_FALSE(schedule.done());
  change = schedule.next(solved(5, 70.0, 12));
  EXPECT_THAT(schedule.summary(), HasSubstr("round 1: P = 5, objective 70"));
  EXPECT_EQ(change->kind, Kind::priced_blocks) << "a last search, for the record";
  EXPECT_FALSE(
      schedule.take(BlockSearchResult{.added = 3, .dropped = 0, .price = 1.1, .estimate = Estimate(60.0)}));
  EXPECT_TRUE(schedule.done());
  EXPECT_EQ(schedule.solved(), 5);

  const auto records = schedule.records();
  ASSERT_EQ(records.sampling_curve->size(), 3U);
  EXPECT_EQ((*records.sampling_curve)[1].steps, 2);
  ASSERT_EQ(records.pricing->size(), 2U);
  EXPECT_EQ((*records.pricing)[1].fall, 30.0);
  EXPECT_EQ((*records.pricing)[1].change.added, 2);
  EXPECT_TRUE(records.last_search->all_rounds);
  EXPECT_EQ(records.last_search->estimate, Estimate(60.0));
}

TEST(ColumnGeneration, EndsWhereASearchFindsNothing) {
  ColumnGeneration schedule(configuration({"arrangements.pricing.rounds=3"}));
  EXPECT_EQ(schedule.next(solved(4, 100.0, 3))->kind, Kind::priced_blocks);
  EXPECT_FALSE(
      schedule.take(BlockSearchResult{.added = 0, .dropped = 0, .price = 0.9, .estimate = Estimate(95.0)}));
  EXPECT_TRUE(schedule.done());
  EXPECT_FALSE(schedule.records().last_search->all_rounds);
  schedule.reopen();
  EXPECT_FALSE(schedule.done());
  EXPECT_FALSE(schedule.next(solved(4, 99.0, 5))) << "its epochs were raised, and nothing came of it";
  EXPECT_EQ(schedule.records().pricing->size(), 1U);
}

TEST(ColumnGeneration, FixesBetaAtTheFirstSolution) {
  ColumnGeneration schedule(configuration({"arrangements.pricing.rounds=1"}));
  EXPECT_FALSE(schedule.absolute_beta());
  schedule.next(solved(4, 100.0, 3));
  EXPECT_EQ(schedule.absolute_beta(), 5.0);
}

TEST(ColumnGeneration, StateKeepsEveryBit) {
  const auto config = configuration({"arrangements.pricing.doublings=1", "arrangements.pricing.rounds=2"});
  ColumnGeneration schedule(config);
  schedule.next(solved(4, 0.1 + 0.2, 3));
  schedule.next(solved(8, 1.0 / 3.0, 4));
  schedule.next(solved(4, 0.3, 5));
  schedule.take(BlockSearchResult{.added = 2, .dropped = 1, .price = 1.0 / 7.0, .estimate = Estimate(0.1)});
  schedule.take(AllBlocksRecord{1.0, 0.5, Certificate::proved(0.25), 0.1});
  const auto restored = restored_schedule(config, "", schedule.state());
  EXPECT_EQ(restored->state(), schedule.state());
  EXPECT_EQ(restored->solved(), 3);
  const auto again = restored->next(solved(5, 0.2, 9));
  EXPECT_EQ(again->round, schedule.next(solved(5, 0.2, 9))->round);
  EXPECT_EQ(restored->state(), schedule.state());
}

// What 0.1.0 wrote has no count of programs: it stood elsewhere.
TEST(ColumnGeneration, ReadsTheStateOfAnOlderCheckpoint) {
  const auto config = configuration({"arrangements.pricing.rounds=2"});
  const auto schedule = restored_schedule(
      config, R"({"value": 0, "rho": 0.01})",
      R"({"sample": 0, "again": false, "round": 0, "ended": true, "beta": 5.0, "objective": 100.0,
          "added": 0, "dropped": 0, "price": 0.0, "estimate": 0.0, "steps": 3, "seconds": 3.0,
          "curve": [{"P": 4, "objective": 100.0, "lower_bound": 90.0, "gap": 0.1, "steps": 3, "seconds": 3.0}],
          "priced": [{"round": 0, "added": 0, "dropped": 0, "P": 4, "objective": 100.0, "lower_bound": 90.0,
                      "gap": 0.1, "steps": 3, "seconds": 3.0}],
          "last": {"ended": "none found", "price": 0.9, "estimated_lower_bound": 95.0}, "every_block": null})");
  EXPECT_EQ(schedule->solved(), 1);
  EXPECT_TRUE(schedule->done());
  EXPECT_EQ(schedule->records().last_search->price, 0.9);
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "comm/share.hpp"

#include <gtest/gtest.h>

namespace zerogap {
namespace {

constexpr std::int64_t totals[] = {0, 1, 2, 6, 7, 16, 63, 64, 65, 127, 128, 601, 1023, 1024, 1025, 47104};
constexpr int worlds[] = {1, 2, 3, 4, 7, 64, 100};

TEST(Share, PartsAreContiguousDisjointAndComplete) {
  for (const std::int64_t total : totals)
    for (const int parts : worlds) {
      std::int64_t next = 0;
      for (int part = 0; part < parts; ++part) {
        const Range range = share_of(total, parts, part);
        EXPECT_EQ(range.first, next);
        EXPECT_LE(range.first, range.last);
        EXPECT_LE(range.count() - total / parts, total % parts == 0 ? 0 : 1);
        EXPECT_GE(range.count(), total / parts);
        next = range.last;
      }
      EXPECT_EQ(next, total) << total << " in " << parts;
    }
}

TEST(Share, UnevenAndEmptySharesByHand) {
  EXPECT_EQ(share_of(601, 4, 0), (Range{0, 151}));
  EXPECT_EQ(share_of(601, 4, 3), (Range{451, 601}));
  EXPECT_EQ(share_of(2, 3, 2).count(), 0);
  EXPECT_EQ(share_of(0, 3, 1).count(), 0);
}

TEST(LocalRows, AreThoseOfTheShare) {
  const std::vector<double> all{1, 2, 3, 4, 5, 6};
  EXPECT_EQ(local_rows(all, {1, 3}, 2), (std::vector<double>{3, 4, 5, 6}));
  EXPECT_EQ(local_rows<float>(all, {5, 6}, 1), (std::vector<float>{6.0f}));
  EXPECT_TRUE(local_rows(all, {3, 3}, 2).empty());
}

TEST(BlockShare, DealsOutWholeTilesExactlyOnce) {
  for (const std::int64_t total : totals)
    for (const int parts : worlds) {
      const std::int64_t tile = block_tile(total);
      std::int64_t next = 0;
      for (int part = 0; part < parts; ++part) {
        const Range range = block_share(total, parts, part);
        EXPECT_EQ(range.first, next) << total << " in " << parts;
        EXPECT_TRUE(range.last % tile == 0 || range.last == total) << total << " in " << parts;
        EXPECT_GE(range.count(), 0);
        next = range.last;
      }
      EXPECT_EQ(next, total) << total << " in " << parts;
    }
}

TEST(BlockShare, TilesDependOnTheProblemAloneAndStaySmall) {
  EXPECT_EQ(block_tile(0), 1);
  EXPECT_EQ(block_tile(7), 1);
  EXPECT_EQ(block_tile(63), 3);
  EXPECT_EQ(block_tile(64), 32);
  EXPECT_EQ(block_tile(128), 64);
  EXPECT_EQ(block_tile(512), 128);
  EXPECT_EQ(block_tile(1'000'000), 128);
  for (const std::int64_t total : totals) {
    if (total >= 64) {
      EXPECT_EQ(block_tile(total) % 16, 0) << "not in whole vectors, at " << total;
    }
    const std::int64_t ranks = total < 64 ? std::min<std::int64_t>(total, 16) : 2;
    EXPECT_GE(block_tiles(total), ranks) << "too few for so many ranks, at " << total;
  }
}

TEST(BlockShare, SevenBlocksOnThreeRanks) {
  EXPECT_EQ(block_share(7, 3, 0), (Range{0, 3}));
  EXPECT_EQ(block_share(7, 3, 1), (Range{3, 5}));
  EXPECT_EQ(block_share(7, 3, 2), (Range{5, 7}));
}

}  // namespace
}  // namespace zerogap

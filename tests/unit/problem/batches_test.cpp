// SPDX-License-Identifier: Apache-2.0
#include "problem/batches.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace zerogap {
namespace {

DatasetShape images(std::int64_t count) {
  return {.images = count, .height = 4, .width = 5, .patches = count * 20};
}
/// 103 patches in groups of 10: the last group has 3.
const DatasetShape list{
    .images = 11, .height = 1, .width = 10, .patch_list = true, .patch_length = 2, .patches = 103};

Batches whole(const DatasetShape& shape, std::int64_t size, std::uint64_t seed = 1) {
  return {shape, {0, shape.images}, size, seed};
}

TEST(Batches, AFullBatchHasEveryImageAndNoFactor) {
  for (const std::int64_t size : {0, 7, 100}) {
    auto batches = whole(images(7), size);
    EXPECT_EQ(batches.count(), 1);
    for (const std::int64_t epoch : {0, 3}) {
      const auto batch = batches.batch(epoch, 0);
      EXPECT_EQ(batch.images, (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6}));
      EXPECT_EQ(batch.factor, 1.0);
      EXPECT_EQ(batch.patches, 140);
    }
  }
}

TEST(Batches, TakeEachImageOnceAnEpochInAnotherOrder) {
  for (const auto& shape : {images(23), list}) {
    auto batches = whole(shape, 4);
    ASSERT_EQ(batches.count(), (shape.images + 3) / 4);
    std::vector<std::vector<std::int32_t>> firsts;
    for (std::int64_t epoch = 0; epoch < 5; ++epoch) {
      std::vector<std::int32_t> seen;
      for (std::int64_t b = 0; b < batches.count(); ++b) {
        const auto batch = batches.batch(epoch, b);
        EXPECT_TRUE(std::is_sorted(batch.images.begin(), batch.images.end()));
        EXPECT_EQ(batch.images.size(),
                  b + 1 < batches.count() ? 4u : static_cast<std::size_t>(shape.images - 4 * b));
        seen.insert(seen.end(), batch.images.begin(), batch.images.end());
        if (b == 0) firsts.push_back(batch.images);
      }
      std::sort(seen.begin(), seen.end());
      std::vector<std::int32_t> every(static_cast<std::size_t>(shape.images));
      std::iota(every.begin(), every.end(), 0);
      EXPECT_EQ(seen, every);
    }
    std::sort(firsts.begin(), firsts.end());
    EXPECT_GT(std::unique(firsts.begin(), firsts.end()) - firsts.begin(), 1);
  }
}

/// Factor times patches is I in every batch, so a sum's expectation over the batches of an epoch is the full
/// sum.
TEST(Batches, FactorsScaleToTheFullObjective) {
  for (const auto& shape : {images(23), list})
    for (const std::int64_t size : {1, 3, 10}) {
      auto batches = whole(shape, size);
      std::int64_t patches = 0;
      for (std::int64_t b = 0; b < batches.count(); ++b) {
        const auto batch = batches.batch(2, b);
        EXPECT_NEAR(batch.factor * static_cast<double>(batch.patches), static_cast<double>(shape.patches),
                    1e-12 * 1e3);
        patches += batch.patches;
      }
      EXPECT_EQ(patches, shape.patches);
    }
}

TEST(Batches, AShortLastGroupCountsWhatItHas) {
  auto batches = whole(list, 1);
  std::vector<std::int64_t> sizes;
  for (std::int64_t b = 0; b < batches.count(); ++b) sizes.push_back(batches.batch(0, b).patches);
  EXPECT_EQ(std::count(sizes.begin(), sizes.end(), 10), 10);
  EXPECT_EQ(std::count(sizes.begin(), sizes.end(), 3), 1);
}

TEST(Batches, AreTheSameForAnyShares) {
  const auto shape = images(23);
  auto alone = whole(shape, 5);
  for (const int ranks : {1, 2, 3, 4, 30})
    for (std::int64_t epoch = 0; epoch < 3; ++epoch)
      for (std::int64_t b = 0; b < alone.count(); ++b) {
        const auto expected = alone.batch(epoch, b);
        std::vector<std::int32_t> joined;
        for (int rank = 0; rank < ranks; ++rank) {
          const Range own = share_of(shape.images, ranks, rank);
          const auto mine = Batches(shape, own, 5, 1).batch(epoch, b);
          EXPECT_EQ(mine.factor, expected.factor);
          EXPECT_EQ(mine.patches, expected.patches);
          for (const auto image : mine.images) joined.push_back(image + static_cast<std::int32_t>(own.first));
        }
        EXPECT_EQ(joined, expected.images) << ranks << " ranks";
      }
}

TEST(Batches, AreAPureFunctionOfSeedAndEpoch) {
  auto ahead = whole(images(23), 5), back = whole(images(23), 5), other = whole(images(23), 5, 2);
  const auto later = ahead.batch(7, 2).images;
  ahead.batch(0, 0);
  EXPECT_EQ(ahead.batch(7, 2).images, later);
  EXPECT_EQ(back.batch(7, 2).images, later);  // as after a resume
  EXPECT_NE(other.batch(7, 2).images, later);
}

TEST(Batches, AnEmptyShareTakesPart) {
  Batches batches(images(2), {2, 2}, 1, 1);
  EXPECT_EQ(batches.count(), 2);
  EXPECT_TRUE(batches.all_images().empty());
  EXPECT_TRUE(batches.batch(0, 1).images.empty());
  EXPECT_EQ(batches.batch(0, 1).patches, 20);
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "data/dataset_cache.hpp"

#include <gtest/gtest.h>

#include "data/dataset.hpp"

namespace zerogap {
namespace {

Dataset<float> load(const DataOptions& options, Part part = Part::train) {
  const auto alone = make_serial();
  return load_dataset<float>(options, part, 3, *alone, nullptr);
}

DataOptions few(std::uint64_t noise_seed = 1) {
  DataOptions options;
  options.images = 4;
  options.noise_seed = noise_seed;
  return options;
}

TEST(DatasetCache, HandsOutWhatWasReadAndNothingElse) {
  const auto first = load(few()), other = load(few(2)), test = load(few(), Part::test);
  const DatasetCache cache;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(load(few()).pixels, first.pixels);
    EXPECT_EQ(load(few()).content_hash, first.content_hash);
    EXPECT_EQ(load(few(2)).pixels, other.pixels);
    EXPECT_EQ(load(few(), Part::test).pixels, test.pixels);
    const auto alone = make_serial();
    EXPECT_EQ(load_dataset<double>(few(), Part::train, 3, *alone, nullptr).pixels.size(),
              first.pixels.size());
  }
}

TEST(DatasetCache, KeepsTheNewestThatFitAndEndsWithItsScope) {
  {
    const DatasetCache cache(8);
    EXPECT_TRUE(DatasetCache::active());
    DatasetCache::keep("a", 1, 4);
    DatasetCache::keep("b", 2, 4);
    DatasetCache::keep("c", 3, 4);
    EXPECT_EQ(DatasetCache::find("a"), nullptr);
    ASSERT_NE(DatasetCache::find("b"), nullptr);
    EXPECT_EQ(std::any_cast<int>(*DatasetCache::find("c")), 3);
    DatasetCache::keep("large", 4, 9);
    EXPECT_EQ(DatasetCache::find("large"), nullptr);
    EXPECT_NE(DatasetCache::find("b"), nullptr);
  }
  EXPECT_FALSE(DatasetCache::active());
  EXPECT_EQ(DatasetCache::find("c"), nullptr);
}

}  // namespace
}  // namespace zerogap

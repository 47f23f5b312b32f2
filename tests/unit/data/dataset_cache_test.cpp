// SPDX-License-Identifier: Apache-2.0
#include "data/dataset_cache.hpp"

#include <gtest/gtest.h>

#include "data/dataset.hpp"

namespace zerogap {
namespace {

Dataset<float> load(const DataOptions& options, DatasetCache* cache = nullptr, Part part = Part::train) {
  const auto alone = make_serial();
  return load_dataset<float>(options, part, 3, *alone, nullptr, cache);
}

DataOptions few(std::uint64_t noise_seed = 1) {
  DataOptions options;
  options.images = 4;
  options.noise_seed = noise_seed;
  return options;
}

TEST(DatasetCache, HandsOutWhatWasReadAndNothingElse) {
  const auto first = load(few()), other = load(few(2)), test = load(few(), nullptr, Part::test);
  DatasetCache cache;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(load(few(), &cache).pixels, first.pixels);
    EXPECT_EQ(load(few(), &cache).content_hash, first.content_hash);
    EXPECT_EQ(load(few(2), &cache).pixels, other.pixels);
    EXPECT_EQ(load(few(), &cache, Part::test).pixels, test.pixels);
    const auto alone = make_serial();
    EXPECT_EQ(load_dataset<double>(few(), Part::train, 3, *alone, nullptr, &cache).pixels.size(),
              first.pixels.size());
  }
}

TEST(DatasetCache, KeepsTheNewestThatFit) {
  DatasetCache cache(8);
  cache.keep("a", 1, 4);
  cache.keep("b", 2, 4);
  cache.keep("c", 3, 4);
  EXPECT_EQ(cache.find("a"), nullptr);
  ASSERT_NE(cache.find("b"), nullptr);
  EXPECT_EQ(std::any_cast<int>(*cache.find("c")), 3);
  cache.keep("large", 4, 9);
  EXPECT_EQ(cache.find("large"), nullptr);
  EXPECT_NE(cache.find("b"), nullptr);
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "core/random.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "core/philox.hpp"

namespace zerogap {
namespace {

// The known answers that Random123, its authors' library, publishes of philox4x32 with 10 rounds
// (kat_vectors).
TEST(Philox, GivesItsKnownAnswers) {
  using ::testing::ElementsAre;
  EXPECT_THAT(philox4x32({0, 0, 0, 0}, {0, 0}),
              ElementsAre(0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u));
  EXPECT_THAT(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
              ElementsAre(0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu));
  EXPECT_THAT(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
              ElementsAre(0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u));
}

// Our counter is (index, k / 2, use), our key the seed.
TEST(Random, IsPhilox) {
  const Random pi(0x299f31d0a4093822u, static_cast<RandomUse>(0x03707344));
  EXPECT_EQ(pi.bits(0x85a308d3243f6a88u, 2 * 0x13198a2eu), 0x94fdccebd16cfe09u);
  EXPECT_EQ(pi.bits(0x85a308d3243f6a88u, 2 * 0x13198a2eu + 1), 0x24126ea15001e420u);
}

TEST(Random, EveryPartOfTheKeyCounts) {
  std::set<std::uint64_t> seen;
  int count = 0;
  for (const std::uint64_t seed : {0ull, 1ull, 1ull << 32, ~0ull})
    for (const RandomUse use :
         {RandomUse::noise, RandomUse::selection, RandomUse::arrangement, RandomUse::svrg})
      for (const std::uint64_t index : {0ull, 1ull, 2ull, 1ull << 32, 1ull << 63})
        for (const std::uint32_t k : {0u, 1u, 2u, 3u, 4'000'000'000u}) {
          seen.insert(Random(seed, use).bits(index, k));
          ++count;
        }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(count));
}

TEST(Random, NumbersDoNotDependOnWhatWasDrawnBefore) {
  const Random random(7, RandomUse::noise);
  const double later = random.normal(3, 11);
  std::vector<double> drawn(12);
  random.normals(3, drawn);
  for (std::uint32_t k = 0; k < drawn.size(); ++k) EXPECT_EQ(drawn[k], random.normal(3, k)) << k;
  EXPECT_EQ(drawn[11], later);
  std::vector<double> odd(5);
  Random(7, RandomUse::noise).normals(3, odd);
  for (std::size_t k = 0; k < odd.size(); ++k) EXPECT_EQ(odd[k], drawn[k]) << k;
}

TEST(Random, UniformNumbersFillTheOpenUnitInterval) {
  const Random random(1, RandomUse::batch);
  constexpr int n = 100'000;
  std::vector<int> cells(10, 0);
  double sum = 0.0;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform(static_cast<std::uint64_t>(i), 0);
    ASSERT_GT(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    ++cells[static_cast<std::size_t>(u * 10.0)];
  }
  // Five standard deviations each.
  EXPECT_NEAR(sum / n, 0.5, 5.0 * std::sqrt(1.0 / 12.0 / n));
  for (const int count : cells) EXPECT_NEAR(count, n / 10, 5.0 * std::sqrt(n * 0.1 * 0.9));
}

TEST(Random, NormalNumbersHaveTheMomentsAndTailsOfN01) {
  std::vector<double> x(200'000);
  Random(2, RandomUse::noise).normals(0, x);
  const double n = static_cast<double>(x.size());
  double mean = 0.0, second = 0.0, third = 0.0, fourth = 0.0, beyond_two = 0.0;
  for (const double v : x) {
    ASSERT_TRUE(std::isfinite(v));
    mean += v / n;
    second += v * v / n;
    third += v * v * v / n;
    fourth += v * v * v * v / n;
    beyond_two += std::abs(v) > 2.0 ? 1.0 / n : 0.0;
  }
  EXPECT_NEAR(mean, 0.0, 5.0 / std::sqrt(n));
  EXPECT_NEAR(second, 1.0, 5.0 * std::sqrt(2.0 / n));
  EXPECT_NEAR(third, 0.0, 5.0 * std::sqrt(15.0 / n));
  EXPECT_NEAR(fourth, 3.0, 5.0 * std::sqrt(96.0 / n));
  EXPECT_NEAR(beyond_two, 0.04550026, 5.0 * std::sqrt(0.0455 * 0.9545 / n));
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum / static_cast<double>(a.size());
}

TEST(Random, SeedsUsesItemsAndNeighboursAreUncorrelated) {
  constexpr std::size_t n = 50'000;
  const auto draw = [&](std::uint64_t seed, RandomUse use, std::uint64_t index) {
    std::vector<double> x(n);
    Random(seed, use).normals(index, x);
    return x;
  };
  const auto base = draw(1, RandomUse::noise, 0);
  const double limit = 5.0 / std::sqrt(static_cast<double>(n));
  EXPECT_NEAR(correlation(base, draw(2, RandomUse::noise, 0)), 0.0, limit) << "seeds";
  EXPECT_NEAR(correlation(base, draw(1, RandomUse::initial, 0)), 0.0, limit) << "uses";
  EXPECT_NEAR(correlation(base, draw(1, RandomUse::noise, 1)), 0.0, limit) << "items";
  std::vector<double> even, odd;
  for (std::size_t k = 0; k < n; k += 2) {
    even.push_back(base[k]);
    odd.push_back(base[k + 1]);
  }
  EXPECT_NEAR(correlation(even, odd), 0.0, limit * std::sqrt(2.0)) << "the two of a Box-Muller pair";
}

}  // namespace
}  // namespace zerogap

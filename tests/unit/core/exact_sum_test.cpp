// SPDX-License-Identifier: Apache-2.0
#include "core/exact_sum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace zerogap {
namespace {

double sum_of(const std::vector<double>& terms) {
  ExactSum sum;
  for (const double term : terms) sum.add(term);
  return sum.value();
}

constexpr double tiny = std::numeric_limits<double>::denorm_min();
constexpr double huge = std::numeric_limits<double>::max();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(ExactSum, OneTermIsItself) {
  std::mt19937_64 random(1);
  for (const double term : {0.0, -0.0, tiny, 3 * tiny, 0x1p-1022, 1.0, 0.1, 0x1.fffffffffffffp+31, huge})
    EXPECT_EQ(sum_of({term}), term);
  for (int time = 0; time < 1000; ++time) {
    const double term = std::ldexp(1.0 + std::generate_canonical<double, 53>(random),
                                   static_cast<int>(random() % 2098) - 1074);
    EXPECT_EQ(sum_of({term}), term) << term;
  }
}

TEST(ExactSum, NothingIsLostBetweenLargeAndSmall) {
  EXPECT_EQ(sum_of({1.0, 0x1p-60, 0x1p-60}), 1.0);
  // Half a unit in the last place is a tie and goes to even; anything more goes up, however small it is.
  EXPECT_EQ(sum_of({1.0, 0x1p-53}), 1.0);
  EXPECT_EQ(sum_of({1.0, 0x1p-53, tiny}), 1.0 + 0x1p-52);
  EXPECT_EQ(sum_of({1.0 + 0x1p-52, 0x1p-53}), 1.0 + 0x1p-51);
  EXPECT_EQ(sum_of(std::vector<double>(1 << 20, 0x1p-53)), 0x1p-33);
  EXPECT_EQ(sum_of({huge, huge}), infinity);
  EXPECT_EQ(sum_of({tiny, tiny, tiny}), 3 * tiny);
}

TEST(ExactSum, TermsThatAreNoNumbers) {
  EXPECT_EQ(sum_of({1.0, infinity}), infinity);
  EXPECT_EQ(sum_of({std::nan(""), 1.0}), infinity);
}

TEST(ExactSum, AnyOrderAndAnyPartsGiveTheSameBits) {
  std::mt19937_64 random(2);
  std::vector<double> terms;
  for (int i = 0; i < 1000; ++i)
    terms.push_back(std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 120) - 100));
  const double expected = sum_of(terms);
  long double close = 0.0L;
  std::vector<double> sorted = terms;
  std::sort(sorted.begin(), sorted.end());
  for (const double term : sorted) close += term;
  EXPECT_NEAR(expected / static_cast<double>(close), 1.0, 1e-15);
  for (int time = 0; time < 10; ++time) {
    std::shuffle(terms.begin(), terms.end(), random);
    ExactSum parts[3];
    for (const double term : terms) parts[random() % 3].add(term);
    parts[0].add(parts[1]);
    parts[2].add(parts[0]);
    EXPECT_EQ(parts[2].value(), expected);
  }
}

}  // namespace
}  // namespace zerogap

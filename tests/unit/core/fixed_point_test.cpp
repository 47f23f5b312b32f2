// SPDX-License-Identifier: Apache-2.0
#include "core/fixed_point.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace zerogap {
namespace {

std::vector<double> terms(std::size_t count, double size) {
  std::mt19937_64 generator(5);
  std::normal_distribution<double> normal;
  std::vector<double> values(count);
  for (double& v : values) v = size * normal(generator);
  return values;
}

double bound_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double v : values) sum += std::abs(v);
  return sum;
}

// Integers wrap in two's complement; unsigned addition says so to the sanitizer.
std::int64_t add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

std::int64_t fixed_sum(const FixedPoint& format, const std::vector<double>& values) {
  std::int64_t sum = 0;
  for (const double v : values) sum = add(sum, format.fixed(v));
  return sum;
}

TEST(FixedPoint, SumsAreTheSameInEveryOrderAndGrouping) {
  std::vector<double> values = terms(10'007, 3.0);
  const FixedPoint format(bound_of(values));
  const std::int64_t expected = fixed_sum(format, values);
  std::mt19937_64 generator(9);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(values.begin(), values.end(), generator);
    EXPECT_EQ(fixed_sum(format, values), expected);
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(generator() % values.size());
    EXPECT_EQ(add(fixed_sum(format, {values.begin(), middle}), fixed_sum(format, {middle, values.end()})),
              expected);
  }
}

TEST(FixedPoint, TermsThatAreZeroAreNotRounded) {
  EXPECT_LT(FixedPoint(0.0).rounding(), 1e-300);
  EXPECT_EQ(FixedPoint(1.0).rounding(), 0x1p-62);
}

TEST(FixedPoint, SumsAreExactToTheStatedErrorATerm) {
  for (const double size : {1e-250, 1e-30, 1.0, 1e30, 1e250}) {
    const std::vector<double> values = terms(1000, size);
    const double bound = bound_of(values);
    const FixedPoint format(bound);
    long double exact = 0.0L;
    for (const double v : values) {
      EXPECT_LE(std::abs(format.real(format.fixed(v)) - v), bound * 0x1p-61) << size;
      exact += v;
    }
    const double sum = format.real(fixed_sum(format, values));
    // The last addition is the rounding of a 64-bit integer to double.
    const double allowed = 1000.0 * bound * 0x1p-61 + std::abs(sum) * 0x1p-52;
    EXPECT_LE(std::abs(static_cast<double>(sum - exact)), allowed) << size;
  }
}

TEST(FixedPoint, TermsAsLargeAsTheBoundFit) {
  const double largest = std::numeric_limits<double>::max();
  for (const double bound : {1.0, std::nextafter(2.0, 0.0), 2.0, 0.75, 1e300, largest, 1e-280}) {
    const FixedPoint format(bound);
    EXPECT_NEAR(format.real(format.fixed(bound)) / bound, 1.0, 0x1p-52) << bound;
    EXPECT_NEAR(format.real(format.fixed(-bound)) / bound, -1.0, 0x1p-52) << bound;
    EXPECT_LT(std::abs(bound * format.scale()), 0x1p62) << bound;
  }
}

TEST(FixedPoint, PartialSumsMayLeaveTheRange) {
  const FixedPoint format(1.0);
  std::vector<double> values(7, 1.0);
  values.insert(values.end(), 7, -1.0);
  values.push_back(0.25);
  EXPECT_EQ(format.real(fixed_sum(format, values)), 0.25);
}

TEST(FixedPoint, ZeroBoundSumsZeros) {
  const FixedPoint format(0.0);
  EXPECT_EQ(format.real(fixed_sum(format, {0.0, -0.0, 0.0})), 0.0);
  EXPECT_EQ(format.real(FixedPoint().fixed(0.0)), 0.0);
}

// Far below the smallest normal number the scale is capped, and a sum is merely rounded to 2^-1000.
TEST(FixedPoint, TinyBoundsDoNotOverflowTheScale) {
  const FixedPoint format(std::numeric_limits<double>::denorm_min());
  EXPECT_TRUE(std::isfinite(format.scale()));
  EXPECT_EQ(format.real(format.fixed(std::numeric_limits<double>::denorm_min())), 0.0);
}

}  // namespace
}  // namespace zerogap

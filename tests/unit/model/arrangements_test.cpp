// SPDX-License-Identifier: Apache-2.0
#include "model/arrangements.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace zerogap {
namespace {

using Distribution = ArrangementDistribution;
constexpr int d = 9;

std::vector<double> sample(const ArrangementOptions& options, std::int64_t j, int length = d) {
  std::vector<double> g(static_cast<std::size_t>(length));
  sample_arrangement(options, j, g);
  return g;
}
double norm(const std::vector<double>& g) {
  return std::sqrt(std::inner_product(g.begin(), g.end(), g.begin(), 0.0));
}

const ArrangementOptions normal{.path = "", .distribution = Distribution::normal, .std = 2.0};
const ArrangementOptions sphere{.path = "", .distribution = Distribution::sphere, .radius = 1.7};
const ArrangementOptions log_uniform{
    .path = "", .distribution = Distribution::log_uniform, .radius_min = 0.1, .radius_max = 100.0};

TEST(SampledArrangements, ArePureFunctionsOfOptionsAndIndex) {
  for (const auto& options : {normal, sphere, log_uniform}) {
    const auto late = sample(options, 1000);
    sample(options, 3);
    EXPECT_EQ(sample(options, 1000), late);  // the first P of more are the same P
    EXPECT_NE(sample(options, 1001), late);
    auto other = options;
    other.seed = 2;
    EXPECT_NE(sample(other, 1000), late);
  }
}

/// Mean, variance and correlation of neighbouring entries over n vectors, each with an error of about
/// 1/sqrt(n d).
TEST(SampledArrangements, NormalHasItsMoments) {
  const int n = 20000;
  double sum = 0.0, squares = 0.0, fourth = 0.0, neighbours = 0.0;
  for (int j = 0; j < n; ++j) {
    const auto g = sample(normal, j);
    for (int k = 0; k < d; ++k) {
      const double z = g[k] / 2.0;
      sum += z;
      squares += z * z;
      fourth += z * z * z * z;
      neighbours += z * g[(k + 1) % d] / 2.0;
    }
  }
  const double entries = n * d;
  EXPECT_NEAR(sum / entries, 0.0, 0.012);
  EXPECT_NEAR(squares / entries, 1.0, 0.017);
  EXPECT_NEAR(fourth / entries, 3.0, 0.12);
  EXPECT_NEAR(neighbours / entries, 0.0, 0.012);
}

TEST(SampledArrangements, SphereHasItsRadiusAndNoPreferredDirection) {
  const int n = 20000;
  std::vector<double> mean(d), square(d);
  for (int j = 0; j < n; ++j) {
    const auto g = sample(sphere, j);
    ASSERT_NEAR(norm(g), 1.7, 1e-14);
    for (int k = 0; k < d; ++k) mean[k] += g[k] / n, square[k] += g[k] * g[k] / n;
  }
  for (int k = 0; k < d; ++k) {
    EXPECT_NEAR(mean[k], 0.0, 0.02);
    EXPECT_NEAR(square[k], 1.7 * 1.7 / d, 0.02);
  }
  for (const std::int64_t j : {0, 1, 2, 3})
    EXPECT_NEAR(std::abs(sample(sphere, j, 1)[0]), 1.7, 1e-15);  // two points for d = 1
}

TEST(SampledArrangements, LengthsAreLogUniform) {
  const int n = 20000;
  std::vector<double> t;  // where log |g| lies between the limits, uniform in (0, 1)
  double with_direction = 0.0;
  for (int j = 0; j < n; ++j) {
    const auto g = sample(log_uniform, j);
    t.push_back(std::log(norm(g) / 0.1) / std::log(1000.0));
    with_direction += (t.back() - 0.5) * g[0] / norm(g) / n;
  }
  std::sort(t.begin(), t.end());
  EXPECT_GE(t.front(), 0.0);
  EXPECT_LE(t.back(), 1.0 + 1e-12);
  double largest = 0.0;  // Kolmogorov's distance; 1.95/sqrt(n) has probability 1e-3
  for (int i = 0; i < n; ++i) largest = std::max(largest, std::abs(t[i] - (i + 0.5) / n));
  EXPECT_LT(largest, 1.95 / std::sqrt(n));
  EXPECT_NEAR(with_direction, 0.0, 0.005);
  auto one = log_uniform;
  one.radius_min = one.radius_max = 3.0;
  EXPECT_NEAR(norm(sample(one, 5)), 3.0, 1e-14);
}

using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

TEST(NearlyEqual, FindsEveryClosePair) {
  // Rows 0, 2 and 4 within 1e-3 of each other, 1 and 3 equal, 5 alone; 6 is 5 but longer, which is another
  // gate.
  const std::vector<double> g{1.0, 2.0, -3.0, 0.5, 1.001, 2.0, -3.0, 0.5, 1.0, 2.001, 5.0, 5.0, 6.0, 6.0};
  auto pairs = nearly_equal(g, 2, 1e-3, 100);
  std::sort(pairs.begin(), pairs.end());
  EXPECT_EQ(pairs, (Pairs{{0, 2}, {0, 4}, {1, 3}, {2, 4}}));
  EXPECT_EQ(nearly_equal(g, 2, 1e-9, 100), (Pairs{{1, 3}}));
  EXPECT_EQ(nearly_equal(g, 2, 1e-3, 2).size(), 2u);
  EXPECT_TRUE(nearly_equal({}, 2, 1e-3, 100).empty());
}

TEST(NearlyEqual, AgreesWithAllPairs) {
  const ArrangementOptions options{.path = "", .std = 0.05};
  const int count = 200, length = 2;
  std::vector<double> g;
  for (int j = 0; j < count; ++j) {
    const auto row = sample(options, j, length);
    g.insert(g.end(), row.begin(), row.end());
  }
  Pairs expected;
  for (int i = 0; i < count; ++i)
    for (int k = i + 1; k < count; ++k) {
      const double a = std::hypot(g[2 * i], g[2 * i + 1]), b = std::hypot(g[2 * k], g[2 * k + 1]);
      if (std::hypot(g[2 * i] - g[2 * k], g[2 * i + 1] - g[2 * k + 1]) <= 0.15 * std::max(a, b))
        expected.emplace_back(i, k);
    }
  auto found = nearly_equal(g, length, 0.15, 100000);
  std::sort(found.begin(), found.end());
  EXPECT_GT(expected.size(), 10u);
  EXPECT_EQ(found, expected);
}

/// Sign patterns of tau_lambda(Y g) over all g for one-column Y: how many triples (s_1, ..., s_I) a sweep of
/// g meets.
std::size_t patterns_on_a_line(const std::vector<double>& y) {
  std::vector<std::vector<int>> seen;
  for (double g = -10.0; g <= 10.0; g += 1.0 / 64) {
    std::vector<int> pattern;
    for (const double entry : y) pattern.push_back(entry * g > 1.0 ? 1 : entry * g < -1.0 ? -1 : 0);
    if (std::find(seen.begin(), seen.end(), pattern) == seen.end()) seen.push_back(pattern);
  }
  return seen.size();
}

TEST(CountPatterns, TwoThresholdsASample) {
  // y = (1, 2): five patterns, which the paper's 3 does not bound and ours, 1 + 2 * 2, meets.
  EXPECT_EQ(patterns_on_a_line({1.0, 2.0}), 5u);
  EXPECT_NEAR(std::pow(10.0, count_patterns(2, 1).bound), 5.0, 1e-12);
  EXPECT_NEAR(std::pow(10.0, count_patterns(2, 1).paper), 3.0, 1e-12);
  EXPECT_EQ(patterns_on_a_line({1.0, 2.0, 3.0, 0.5}), 9u);
  EXPECT_NEAR(std::pow(10.0, count_patterns(4, 1).bound), 9.0, 1e-12);
}

TEST(CountPatterns, KnownSizes) {
  EXPECT_NEAR(count_patterns(470400, 9).bound, 48.2, 0.05);
  // I = 3, r = 2: 1 + 2*3 + 4*3 = 19 and 3 (1 + 2) = 9.
  EXPECT_NEAR(std::pow(10.0, count_patterns(3, 2).bound), 19.0, 1e-11);
  EXPECT_NEAR(std::pow(10.0, count_patterns(3, 2).paper), 9.0, 1e-11);
  // As many patches as rank: every one of 3^I patterns.
  EXPECT_NEAR(count_patterns(5, 5).bound, 5.0 * std::log10(3.0), 1e-12);
  EXPECT_NEAR(count_patterns(2, 7).bound, 2.0 * std::log10(3.0),
              1e-12);  // more rank than patches adds nothing
}

}  // namespace
}  // namespace zerogap

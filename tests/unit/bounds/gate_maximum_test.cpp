// SPDX-License-Identifier: Apache-2.0
// The greatest |Y'Q_g z| over all g: against values by hand and dense grids, from above and from below.

#include "bounds/gate_maximum.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "core/random.hpp"

namespace zerogap {
namespace {

/// |Y'Q_g z| by its definition.
double block_norm(const std::vector<double>& y, const std::vector<double>& z, const std::vector<double>& g,
                  double lambda) {
  const std::size_t d = g.size();
  std::vector<double> sum(d);
  for (std::size_t i = 0; i < z.size(); ++i) {
    double a = 0.0;
    for (std::size_t k = 0; k < d; ++k) a += y[i * d + k] * g[k];
    const double q = a == 0.0 ? 0.0 : std::max(0.0, 1.0 - lambda / std::abs(a));
    for (std::size_t k = 0; k < d; ++k) sum[k] += z[i] * q * y[i * d + k];
  }
  double square = 0.0;
  for (const double each : sum) square += each * each;
  return std::sqrt(square);
}

struct Case {
  std::vector<double> y, z;
};

Case random_case(std::uint64_t seed, std::size_t patches, std::size_t d) {
  Case out{std::vector<double>(patches * d), std::vector<double>(patches)};
  const Random random(seed, RandomUse::initial);
  random.normals(0, out.y);
  random.normals(1, out.z);
  return out;
}

/// z_2 pulls against z_1 until its gate shuts at t = 1; then |sum| = 2 (2 - t) grows no more.
TEST(GateMaximum, OnTheLineIsAtABreakpoint) {
  const std::vector<double> y = {2.0, 1.0}, z = {1.0, -3.0};
  // t = 0: |2 - 3| = 1; t = 1: |1 (2 - 1)| = 1; t = 1/2: |1.5 - 1.5| = 0.
  const auto found = largest_block_norm(y, z, 1, 0.3);
  EXPECT_NEAR(found.attained.value(), 1.0, 1e-14);
  EXPECT_GE(found.bound.value(), 1.0);
  EXPECT_LE(found.bound.value(), 1.0 + 1e-12);
  const auto stronger = largest_block_norm(y, std::vector{1.5, -3.0}, 1, 0.3);
  EXPECT_NEAR(stronger.attained.value(), 1.5, 1e-14);  // t = 1: only the first is open
}

TEST(GateMaximum, OnTheLineAgainstADenseGrid) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Case c = random_case(seed, 30, 1);
    const auto found = largest_block_norm(c.y, c.z, 1, 0.7);
    double best = 0.0;
    for (double g = 0.01; g < 1e5; g *= 1.0005) best = std::max(best, block_norm(c.y, c.z, {g}, 0.7));
    EXPECT_LE(best, found.bound.value());
    EXPECT_NEAR(block_norm(c.y, c.z, found.g, 0.7), found.attained.value(), 1e-3 * found.attained.value());
    EXPECT_GE(best, 0.999 * found.attained.value());
    EXPECT_LE(found.bound.value(), (1.0 + 1e-11) * found.attained.value());
  }
}

TEST(GateMaximum, InThePlaneAgainstADenseGrid) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Case c = random_case(seed, 7, 2);
    const auto found = largest_block_norm(c.y, c.z, 2, 0.5, {1e-4, 1e9});
    double best = 0.0;
    for (int k = 0; k < 2000; ++k)
      for (double size = 0.05; size < 1e4; size *= 1.02) {
        const double angle = std::numbers::pi * k / 2000;
        best = std::max(best, block_norm(c.y, c.z, {size * std::cos(angle), size * std::sin(angle)}, 0.5));
      }
    EXPECT_LE(best, found.bound.value());
    EXPECT_NEAR(block_norm(c.y, c.z, found.g, 0.5), found.attained.value(), 1e-3 * found.attained.value());
    EXPECT_GE(best, 0.99 * found.attained.value());
    EXPECT_LE(found.bound.value(), (1.0 + 1.1e-4) * found.attained.value()) << found.boxes << " boxes";
  }
}

/// Long g almost at a right angle to one patch: any q in [0, 1] for it, 1 for the other.
TEST(GateMaximum, InThePlaneKnowsLimitsOfLongVectors) {
  const std::vector<double> y = {1.0, 0.0, 0.0, 2.0}, z = {1.0, 1.0};
  const auto found = largest_block_norm(y, z, 2, 0.5);
  EXPECT_NEAR(found.attained.value(), std::sqrt(5.0), 3e-5);
  EXPECT_GE(found.bound.value(), std::sqrt(5.0));
  EXPECT_LE(found.bound.value(), std::sqrt(5.0) * (1.0 + 2e-5));
  // Opposite weights on parallel patches cancel unless the shorter one's gate is shut: 3 t away from 0.
  const auto apart = largest_block_norm(std::vector{3.0, 0.0, 1.0, 0.0}, std::vector{1.0, -3.0}, 2, 0.5);
  EXPECT_NEAR(apart.attained.value(), 2.0, 3e-5);
  EXPECT_GE(apart.bound.value(), 2.0);
  EXPECT_LE(apart.bound.value(), 2.0 + 5e-5);
}

/// What is cut short is a bound all the same.
TEST(GateMaximum, LittleWorkGivesALooserBound) {
  const Case c = random_case(3, 7, 2);
  const auto whole = largest_block_norm(c.y, c.z, 2, 0.5, {1e-4, 1e9}),
             part = largest_block_norm(c.y, c.z, 2, 0.5, {1e-4, (7 + 64) * 40});
  EXPECT_GE(part.bound.value(), whole.attained.value());
  EXPECT_GT(part.bound.value(), 1.001 * whole.bound.value());
  EXPECT_LT(part.boxes, 60);
}

TEST(GateMaximum, NoThresholdOrNoPatchesIsSimple) {
  const std::vector<double> y = {1.0, 2.0, -1.0, 0.5}, z = {2.0, -1.0};  // Y'z = (3, 3.5)
  const auto open = largest_block_norm(y, z, 2, 0.0);
  EXPECT_GE(open.bound.value(), std::hypot(3.0, 3.5));
  EXPECT_NEAR(largest_block_norm(std::vector{1.0, -2.0}, z, 1, 0.0).attained.value(), 4.0, 1e-14);
  for (const int d : {1, 2}) {
    const auto none = largest_block_norm({}, {}, d, 0.5);
    EXPECT_EQ(none.attained.value(), 0.0);
    EXPECT_EQ(none.bound.value(), 0.0);
  }
}

}  // namespace
}  // namespace zerogap

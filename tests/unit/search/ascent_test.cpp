// SPDX-License-Identifier: Apache-2.0
#include "search/ascent.hpp"

#include <gtest/gtest.h>

namespace zerogap {
namespace {

/// Points on a line, and -|x - 1|.
struct Points {
  std::vector<double> x, value;
  void take(const Points& other, std::size_t k) { x[k] = other.x[k], value[k] = other.value[k]; }
};

Points at(std::vector<double> x) {
  Points out{std::move(x), {}};
  for (const double entry : out.x) out.value.push_back(-std::abs(entry - 1.0));
  return out;
}

TEST(Ascent, EveryPointGoesUpWithItsOwnSteps) {
  auto points = at({-5.0, 0.9, 30.0});
  const auto start = points;
  ascend_all(points, 60, {.first = 0.5, .growth = 1.5, .shrinkage = 0.25},
             [&](const std::vector<double>& step) {
               auto x = points.x;
               for (std::size_t k = 0; k < x.size(); ++k) x[k] += x[k] < 1.0 ? step[k] : -step[k];
               return at(std::move(x));
             });
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_GE(points.value[k], start.value[k]);
    EXPECT_NEAR(points.x[k], 1.0, 1e-3);
  }
}

TEST(BestDistinct, LeavesOutWhatIsNearlyABetterOne) {
  // The second is nearly the first, the third its negative; the fourth has no value, the fifth is another.
  const std::vector<double> points{1, 0, 1.01, 0, -1, 0, 0, 3, 0, 1};
  const std::vector<double> value{5, 4, 3, 0, 2};
  EXPECT_EQ(best_distinct(points, value, 2, 5, 0.1), (std::vector<std::size_t>{0, 4}));
  EXPECT_EQ(best_distinct(points, value, 2, 1, 0.1), (std::vector<std::size_t>{0}));
  EXPECT_EQ(best_distinct(points, value, 2, 5, 1e-6), (std::vector<std::size_t>{0, 1, 4}));
}

}  // namespace
}  // namespace zerogap

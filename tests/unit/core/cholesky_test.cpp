// SPDX-License-Identifier: Apache-2.0
#include "core/cholesky.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zerogap {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pointwise;

TEST(Cholesky, FactorsAndInvertsByHand) {
  // L = [[2, 0], [1, 3]], so L L^T = [[4, 2], [2, 10]], whose determinant is 36.
  std::vector<double> factor{4.0, 2.0, 2.0, 10.0}, inverse = factor;
  ASSERT_TRUE(cholesky(factor, 2));
  EXPECT_THAT(factor, ElementsAre(2.0, 2.0, 1.0, 3.0)) << "what is above the diagonal stays";
  ASSERT_TRUE(invert(inverse, 2));
  EXPECT_THAT(inverse, Pointwise(DoubleNear(1e-15), {10.0 / 36.0, -2.0 / 36.0, -2.0 / 36.0, 4.0 / 36.0}));
}

TEST(Cholesky, RefusesWhatIsNotPositiveDefinite) {
  std::vector<double> indefinite{1.0, 2.0, 2.0, 1.0}, singular{1.0, 1.0, 1.0, 1.0};
  EXPECT_FALSE(cholesky(indefinite, 2));
  EXPECT_FALSE(invert(singular, 2));
}

TEST(SolveSemidefinite, SolvesRegularSystems) {
  // [[4, 2], [2, 10]] (1, -1) = (2, -8)
  EXPECT_THAT(solve_semidefinite({4.0, 2.0, 2.0, 10.0}, {2.0, -8.0}),
              Pointwise(DoubleNear(1e-14), {1.0, -1.0}));
}

TEST(SolveSemidefinite, FindsOneOfManySolutionsOfASingularOne) {
  const auto x = solve_semidefinite({1.0, 1.0, 1.0, 1.0}, {2.0, 2.0});
  EXPECT_NEAR(x[0] + x[1], 2.0, 1e-7);
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "model/group_norm.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace zerogap {
namespace {

TEST(GroupNorm, FactorIsTwoBetaOverTheLength) {
  const std::vector<float> w{3, 4, 0, 0};
  EXPECT_DOUBLE_EQ(group_norm_factor(w.data(), 0, 2, 0.5), 0.2);
  EXPECT_EQ(group_norm_factor(w.data(), 1, 2, 0.5), 0.0);
}

TEST(GroupNorm, SmoothingMakesTheLengthGreater) {
  const std::vector<double> w{3, 4, 0, 0};
  EXPECT_DOUBLE_EQ(group_norm_factor(w.data(), 0, 2, 0.5, 12.0), 1.0 / 13.0);
  EXPECT_DOUBLE_EQ(group_norm_factor(w.data(), 1, 2, 0.5, 2.0), 0.5);
}

}  // namespace
}  // namespace zerogap

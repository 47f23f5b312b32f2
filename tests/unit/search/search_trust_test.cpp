// SPDX-License-Identifier: Apache-2.0
#include "search/search_trust.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace zerogap {
namespace {

/// Values of the two formulas worked out by hand.
TEST(SearchTrust, ExpectsAsBoenderAndRinnooyKan) {
  const SearchTrust one{10, 10, 1};
  EXPECT_DOUBLE_EQ(one.expected_unseen(), 2.0 / 7.0);
  EXPECT_DOUBLE_EQ(one.all_found(), 8.0 / 10.0);
  EXPECT_TRUE(one.content());
  const SearchTrust two{10, 4, 2};
  EXPECT_DOUBLE_EQ(two.expected_unseen(), 1.0);
  EXPECT_DOUBLE_EQ(two.all_found(), 8.0 / 10.0 * 7.0 / 11.0);
  EXPECT_FALSE(two.content());
}

TEST(SearchTrust, KnowsNothingWhereNearlyEveryStartFoundAnother) {
  const SearchTrust none{5, 1, 4};
  EXPECT_EQ(none.expected_unseen(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(none.all_found(), 0.0);
  EXPECT_FALSE(none.content());
  EXPECT_FALSE(SearchTrust().content());
}

}  // namespace
}  // namespace zerogap

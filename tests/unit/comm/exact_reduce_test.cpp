// SPDX-License-Identifier: Apache-2.0
#include "comm/exact_reduce.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace zerogap {
namespace {

TEST(ExactReduction, DoesNotDependOnTheOrderOfItsTerms) {
  const auto alone = make_serial();
  const std::vector<double> terms{0.1, -0.7, 1e-9, 0.3, 0.25};
  const auto forwards = [&](std::size_t i) { return terms[i]; };
  const auto backwards = [&](std::size_t i) { return terms[terms.size() - 1 - i]; };
  const double largest = largest_term(*alone, terms.size(), forwards);
  EXPECT_EQ(largest, 0.7);
  const double sum = exact_sum(*alone, largest, 5.0, terms.size(), forwards);
  EXPECT_EQ(sum, exact_sum(*alone, largest, 5.0, terms.size(), backwards));
  EXPECT_NEAR(sum, 1e-9 - 0.05, 1e-16);
}

TEST(ExactReduction, OfNothingIsZero) {
  const auto alone = make_serial();
  const auto none = [](std::size_t) { return 1.0; };
  EXPECT_EQ(largest_term(*alone, 0, none), 0.0);
  EXPECT_EQ(exact_sum(*alone, 0.0, 0.0, 0, none), 0.0);
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "bounds/enumerate.hpp"

#include <gtest/gtest.h>

#include <numbers>

#include "core/error.hpp"
#include "support.hpp"

namespace zerogap {
namespace {

using test::response;

/// The greatest |f| over a grid of the domain, d <= 2: `fine` directions times so many lengths or thresholds.
double grid_maximum(const FilterProblem& problem, NetworkForm form, int fine) {
  double best = 0.0;
  const int angles = problem.length == 1 ? 1 : fine;
  const int sizes = form == NetworkForm::relative ? 1 : fine;
  for (int a = 0; a < angles; ++a) {
    const double angle = std::numbers::pi * a / angles;
    std::vector<double> unit{std::cos(angle)};
    if (problem.length == 2) unit.push_back(std::sin(angle));
    for (int k = 0; k < sizes; ++k) {
      const double share = static_cast<double>(k) / sizes;
      auto u = unit;
      double t = problem.lambda;
      if (form == NetworkForm::ball)
        for (auto& entry : u) entry *= 1.0 - share;
      if (any_threshold(form)) t = problem.lambda > 0.0 ? 5.0 * share * share : 0.0;
      best = std::max(best, std::abs(response(problem, u, t)));
    }
  }
  return best;
}

void expect_in_domain(const ProvedMaximum& maximum, const FilterProblem& problem, NetworkForm form) {
  double square = 0.0;
  for (const double entry : maximum.at) square += entry * entry;
  EXPECT_LE(square, 1.0 + 1e-14);
  if (form != NetworkForm::ball) {
    EXPECT_GE(square, 1.0 - 1e-14);
  }
  if (!any_threshold(form)) {
    EXPECT_EQ(maximum.threshold, problem.lambda);
  }
}

TEST(Enumeration, IsAboveEveryPointOfAGridAndAttained) {
  std::mt19937_64 random(1);
  for (const int length : {1, 2})
    for (int n = 0; n < 30; ++n) {
      const auto sample = test::sample(length, 3 + 2 * n, n % 6 == 5 ? 2.0 : 0.1 * (1 + n % 6), random);
      const auto problem = sample.problem();
      for (const auto form : all_forms) {
        const auto maximum = prove_maximum(problem, form, {});
        ASSERT_TRUE(maximum.exact && maximum.closed);
        const int fine = length == 1 ? 4000 : form == NetworkForm::relative ? 4000 : 150;
        const double grid = grid_maximum(problem, form, fine);
        ASSERT_LE(grid, maximum.upper.value())
            << "d " << length << " case " << n << " form " << static_cast<int>(form);
        ASSERT_LE(maximum.upper.value(), maximum.attained.value() + 1e-11 * (1.0 + maximum.upper.value()));
        ASSERT_GE(maximum.attained.value(), grid - 1e-11);
        // A fine grid comes close, so upper is no idle bound.
        ASSERT_GE(grid, 0.9 * maximum.attained.value());
        ASSERT_GE(std::abs(response(problem, maximum.at, maximum.threshold)), maximum.attained.value());
        ASSERT_LE(maximum.upper.value(), maximum.root_bound);
        expect_in_domain(maximum, problem, form);
      }
    }
}

/// The filters of both have any threshold, and neither's M knows of the regularisation.
TEST(Enumeration, OfProductIsThatOfDecay) {
  std::mt19937_64 random(6);
  for (const int length : {1, 2, 3})
    for (const double lambda : {0.0, 0.4}) {
      auto sample = test::sample(length, 30, 0.4, random);
      sample.lambda = lambda;
      MaximumOptions options;
      options.nodes = 2000;
      options.seconds = 1e9;
      const auto decay = prove_maximum(sample.problem(), NetworkForm::decay, options),
                 product = prove_maximum(sample.problem(), NetworkForm::product, options);
      EXPECT_EQ(product.upper.value(), decay.upper.value());
      EXPECT_EQ(product.attained.value(), decay.attained.value());
      EXPECT_EQ(product.at, decay.at);
      EXPECT_EQ(product.threshold, decay.threshold);
      EXPECT_EQ(product.exact, length < 3 || lambda == 0.0);
    }
}

TEST(Enumeration, OfOneScalar) {
  // Section 7: Y = [1], lambda = 1: |u| <= 1 never passes; for decay sup over t of (1 - t)|z| is |z|, at t =
  // 0.
  for (const double z : {0.3, -1.0, 1.9}) {
    const std::vector<double> y{1.0}, zs{z};
    const FilterProblem problem{1, 1, y, zs, 1.0};
    EXPECT_NEAR(prove_maximum(problem, NetworkForm::decay, {}).upper.value(), std::abs(z), 1e-12);
    EXPECT_LT(prove_maximum(problem, NetworkForm::ball, {}).upper.value(), 1e-12);
    EXPECT_LT(prove_maximum(problem, NetworkForm::relative, {}).upper.value(), 1e-12);
  }
}

TEST(Enumeration, ByHand) {
  // f(u) = tau_1(4u) - 2 tau_1(3u) on [0, 1]: 1/3 at u = 1/3, then -2u + 1, so -1 at u = 1.
  const std::vector<double> y{4.0, 3.0}, z{1.0, -2.0};
  const FilterProblem problem{1, 2, y, z, 1.0};
  EXPECT_NEAR(prove_maximum(problem, NetworkForm::ball, {}).upper.value(), 1.0, 1e-12);
  EXPECT_NEAR(prove_maximum(problem, NetworkForm::relative, {}).upper.value(), 1.0, 1e-12);
  // f(1, t) = (4 - t) - 2 (3 - t) = t - 2 up to t = 3, so 2 at t = 0 and 1 at t = 3.
  const auto decay = prove_maximum(problem, NetworkForm::decay, {});
  EXPECT_NEAR(decay.upper.value(), 2.0, 1e-12);
  EXPECT_EQ(decay.threshold, 0.0);
  // With z = (1, -4/3) the two cancel at t = 0, and 1 at t = 3 is the greatest.
  const std::vector<double> cancelling{1.0, -4.0 / 3.0};
  const auto middle = prove_maximum({1, 2, y, cancelling, 1.0}, NetworkForm::decay, {});
  EXPECT_NEAR(middle.upper.value(), 1.0, 1e-12);
  EXPECT_NEAR(middle.threshold, 3.0, 1e-12);
}

TEST(Enumeration, InThePlaneByHand) {
  // Y = 2 I, z = (1, 1), lambda = 1/2: on the circle 2(u_1 + u_2) - 1 is greatest at 45 degrees.
  const std::vector<double> y{2.0, 0.0, 0.0, 2.0}, z{1.0, 1.0};
  for (const auto form : {NetworkForm::ball, NetworkForm::relative})
    EXPECT_NEAR(prove_maximum({2, 2, y, z, 0.5}, form, {}).upper.value(), 2.0 * std::numbers::sqrt2 - 1.0,
                1e-12);
  EXPECT_NEAR(prove_maximum({2, 2, y, z, 1.0}, NetworkForm::decay, {}).upper.value(),
              2.0 * std::numbers::sqrt2, 1e-12);
  // One patch against two duplicates of half its weight each: f = 0 everywhere.
  const std::vector<double> same{2.0, 1.0, 2.0, 1.0, 2.0, 1.0}, none{1.0, -0.5, -0.5};
  for (const auto form : all_forms)
    EXPECT_LT(prove_maximum({2, 3, same, none, 1.0}, form, {}).upper.value(), 1e-12);
  // A peak inside the disc: tau(4u) against twice tau(2u) along one axis, f = 4u - 1 up to u = 1/2, then
  // level; a third row makes it fall. On the circle it is lower.
  const std::vector<double> ridge{4.0, 0.0, 2.0, 0.0}, weights{1.0, -4.0};
  EXPECT_NEAR(prove_maximum({2, 2, ridge, weights, 1.0}, NetworkForm::ball, {}).upper.value(), 1.0, 1e-12);
}

TEST(Enumeration, WithoutAThresholdItIsTheNormOfYz) {
  std::mt19937_64 random(2);
  for (const int length : {1, 2, 5}) {
    auto sample = test::sample(length, 40, 0.5, random);
    sample.lambda = 0.0;
    double square = 0.0;
    for (int k = 0; k < length; ++k) {
      double sum = 0.0;
      for (std::size_t i = 0; i < sample.z.size(); ++i)
        sum += sample.z[i] * sample.y[i * static_cast<std::size_t>(length) + static_cast<std::size_t>(k)];
      square += sum * sum;
    }
    for (const auto form : all_forms) {
      const auto maximum = prove_maximum(sample.problem(), form, {});
      EXPECT_TRUE(maximum.exact);
      EXPECT_NEAR(maximum.upper.value(), std::sqrt(square), 1e-12);
      EXPECT_GE(maximum.upper.value(), std::sqrt(square) * (1.0 - 1e-15));
      EXPECT_NEAR(maximum.attained.value(), std::sqrt(square), 1e-12);
    }
  }
}

TEST(Enumeration, DeadFiltersAndEmptyProblems) {
  std::mt19937_64 random(3);
  for (const int length : {1, 2, 3}) {
    auto sample = test::sample(length, 30, 0.5, random);
    const double decay = prove_maximum(sample.problem(), NetworkForm::decay, {}).upper.value();
    sample.lambda = 1000.0;
    EXPECT_EQ(prove_maximum(sample.problem(), NetworkForm::ball, {}).upper.value(), 0.0);
    EXPECT_EQ(prove_maximum(sample.problem(), NetworkForm::relative, {}).upper.value(), 0.0);
    // Decay takes every threshold there is, whatever lambda.
    EXPECT_NEAR(prove_maximum(sample.problem(), NetworkForm::decay, {}).upper.value(), decay, 2e-3 * decay);
    sample.lambda = 0.0;
    EXPECT_GE(decay, prove_maximum(sample.problem(), NetworkForm::decay, {}).attained.value());
    sample.lambda = 0.5;
    std::fill(sample.z.begin(), sample.z.end(), 0.0);
    for (const auto form : all_forms) EXPECT_EQ(prove_maximum(sample.problem(), form, {}).upper.value(), 0.0);
  }
  for (const auto form : all_forms)
    EXPECT_EQ(prove_maximum({2, 0, {}, {}, 0.5}, form, {}).upper.value(), 0.0);
}

TEST(Enumeration, StandsWideRangesOfNumbers) {
  std::mt19937_64 random(4);
  std::uniform_real_distribution<double> exponent(-40.0, 40.0);
  for (int n = 0; n < 40; ++n) {
    auto sample = test::sample(2, 25, 0.3, random);
    for (std::size_t i = 0; i < sample.z.size(); ++i) {
      const double size = std::pow(10.0, exponent(random));
      sample.y[2 * i] *= size;
      sample.y[2 * i + 1] *= size;
    }
    for (const auto form : all_forms) {
      const auto maximum = prove_maximum(sample.problem(), form, {});
      ASSERT_TRUE(std::isfinite(maximum.upper.value()));
      ASSERT_LE(maximum.upper.value() - maximum.attained.value(), 1e-9 * maximum.root_bound);
      for (int trial = 0; trial < 200; ++trial) {
        const auto u = test::trial_filter(2, form, random);
        const double t = any_threshold(form) ? std::pow(10.0, exponent(random)) : sample.lambda;
        ASSERT_LE(std::abs(response(sample.problem(), u, t)), maximum.upper.value());
      }
    }
  }
}

TEST(Enumeration, GivesWayToBranchAndBoundWhereTimeIsShort) {
  std::mt19937_64 random(5);
  const auto sample = test::sample(2, 60, 0.3, random);
  MaximumOptions options;
  options.seconds = 1e-9;
  const auto maximum = prove_maximum(sample.problem(), NetworkForm::ball, options);
  EXPECT_FALSE(maximum.exact);
  EXPECT_GE(maximum.upper.value(), prove_maximum(sample.problem(), NetworkForm::ball, {}).attained.value());
}

TEST(Enumeration, RefusesWhatHasNoAnswer) {
  const std::vector<double> y{1.0, 2.0}, z{1.0}, nan{NAN};
  EXPECT_THROW(prove_maximum({1, 1, y, z, 1.0}, NetworkForm::ball, {}), Error);
  EXPECT_THROW(prove_maximum({0, 1, {}, z, 1.0}, NetworkForm::ball, {}), Error);
  EXPECT_THROW(prove_maximum({2, 1, y, nan, 1.0}, NetworkForm::ball, {}), Error);
  EXPECT_THROW(prove_maximum({2, 1, y, z, -1.0}, NetworkForm::ball, {}), Error);
}

}  // namespace
}  // namespace zerogap

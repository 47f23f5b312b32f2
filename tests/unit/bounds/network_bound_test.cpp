// SPDX-License-Identifier: Apache-2.0
#include "bounds/lagrangian_bound.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "bounds/filter_problem.hpp"

namespace zerogap {
namespace {

/// A network's bound from z and x (I) for an M that is proved.
LagrangianBound<Certificate> network_bound(std::span<const double> z, std::span<const double> x,
                                           double maximum, double beta) {
  return lagrangian_bound(dual_sums(z, x), UpperBound::proved(maximum, 0.0), beta,
                          multiplier_scale_limit(0.0));
}

/// Section 7's smallest example: Y = [1], x = [1], lambda = 1, beta = 0.1.
struct Scalar {
  std::vector<double> one{1.0};
  double beta = 0.1;

  double bound(NetworkForm form, double z) const {
    const std::vector<double> zs{z};
    const FilterProblem problem{1, 1, one, zs, 1.0};
    return network_bound(zs, one, prove_maximum(problem, form, {}).upper.value(), beta).lower_bound.value();
  }
  double fit(double u, double v) const {
    const double past = std::max(std::abs(u) - 1.0, 0.0);
    return std::pow(std::copysign(past, u) * v - 1.0, 2);
  }
  double objective(double u, double v) const { return fit(u, v) + beta * (u * u + v * v); }
};

TEST(NetworkBound, OfTheScalarDecayNetworkIsExactly019) {
  const Scalar scalar;
  double best = 0.0;
  for (int k = 1; k <= 400; ++k) best = std::max(best, scalar.bound(NetworkForm::decay, 0.01 * k));
  EXPECT_NEAR(best, 0.19, 1e-12);
  EXPECT_LE(best, 0.19);
  // Its optimum is well above: the gap of this network does not close.
  double least = 1.0;
  for (double u = 1.0; u < 3.0; u += 1e-3) {
    // For given u the best v is that of ridge regression on u - 1.
    const double v = (u - 1.0) / ((u - 1.0) * (u - 1.0) + scalar.beta);
    least = std::min(least, scalar.objective(u, v));
  }
  EXPECT_NEAR(least, 0.45717, 1e-5);
}

TEST(NetworkBound, OfTheScalarProductNetworkIsWhatLongFiltersApproach) {
  const Scalar scalar;
  double before = 1.0;
  for (const double u : {2.0, 10.0, 100.0, 1e4, 1e6}) {
    // For given u the best v minimises ((u - 1) v - 1)^2 + 2 beta u v.
    const double v = 1.0 / (u - 1.0) - scalar.beta * u / ((u - 1.0) * (u - 1.0));
    const double objective = scalar.fit(u, v) + 2.0 * scalar.beta * u * v;
    EXPECT_LT(objective, before);
    EXPECT_GT(objective, 0.19);
    before = objective;
  }
  EXPECT_NEAR(before, 0.19, 1e-6);
  EXPECT_NEAR(scalar.bound(NetworkForm::product, 0.2), 0.19, 1e-12);  // z = 2 (x - pred) in the limit
}

TEST(NetworkBound, OfTheScalarBallNetworkIsItsOptimum) {
  const Scalar scalar;  // no |u| <= 1 passes the threshold: every network predicts 0, and pays 1
  for (const auto form : {NetworkForm::ball, NetworkForm::relative}) {
    EXPECT_NEAR(scalar.bound(form, 2.0), 1.0, 1e-12);
    EXPECT_LE(scalar.bound(form, 2.0), 1.0);
  }
}

TEST(NetworkBound, IsRoundedDown) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  for (int n = 0; n < 200; ++n) {
    std::vector<double> z(1000), x(1000);
    for (std::size_t i = 0; i < z.size(); ++i) {
      x[i] = normal(random);
      z[i] = (n % 2 == 0 ? 0.5 : -0.5) * x[i] + normal(random);
    }
    const double maximum = 1.0 + std::abs(normal(random)), beta = n % 3 == 0 ? 1e6 : 0.3;
    const auto bound = network_bound(z, x, maximum, beta);
    long double zx = 0.0, zz = 0.0;
    for (std::size_t i = 0; i < z.size(); ++i) {
      zx += static_cast<long double>(z[i]) * x[i];
      zz += static_cast<long double>(z[i]) * z[i];
    }
    const long double s = bound.scale, exact = s * zx - s * s * zz / 4.0L;
    EXPECT_LE(bound.lower_bound.value(), exact);
    EXPECT_NEAR(bound.lower_bound.value(), static_cast<double>(exact),
                1e-11 * std::abs(static_cast<double>(exact)));
    EXPECT_LE(std::abs(s) * maximum, 2.0L * beta);
    EXPECT_GT(bound.lower_bound.value(), 0.0);
  }
}

TEST(NetworkBound, OfNothing) {
  EXPECT_EQ(network_bound(std::vector<double>{0.0}, std::vector<double>{1.0}, 0.0, 0.1).lower_bound.value(),
            0.0);
  EXPECT_EQ(network_bound(std::vector<double>{1.0}, std::vector<double>{0.0}, 1.0, 0.1).lower_bound.value(),
            0.0);
  // No filter responds to z = 2x: the zero network is best, and |x|^2 is proved.
  EXPECT_NEAR(network_bound(std::vector<double>{2.0, 4.0}, std::vector<double>{1.0, 2.0}, 0.0, 0.1)
                  .lower_bound.value(),
              5.0, 1e-13);
}

}  // namespace
}  // namespace zerogap

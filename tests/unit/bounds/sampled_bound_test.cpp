#include "bounds/sampled_bound.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "core/error.hpp"

namespace zerogap {
namespace {

/// The example of theory.md, section 5: Y = I_2, x = (1, -1), lambda = 0, g = (1, 1), so that q = c = 1.
struct Example {
  static constexpr double beta = 0.05, rho = 0.05;
  double w[2], w_prime[2];

  double residual(int i) const { return w_prime[i] - w[i] - (i == 0 ? 1.0 : -1.0); }
  double objective() const {
    double j = 2.0 * beta * (std::hypot(w[0], w[1]) + std::hypot(w_prime[0], w_prime[1]));
    for (const int i : {0, 1})
      j += residual(i) * residual(i) + rho * (std::max(0.0, -w[i]) + std::max(0.0, -w_prime[i]));
    return j;
  }
  Bound bound(double rho_of_cap) const {
    double of_w[2], of_w_prime[2];
    for (const int i : {0, 1}) {
      of_w[i] = -2.0 * residual(i) - (w[i] < 0.0 ? rho : 0.0);
      of_w_prime[i] = 2.0 * residual(i) - (w_prime[i] < 0.0 ? rho : 0.0);
    }
    const double largest = std::max(std::hypot(of_w[0], of_w[1]), std::hypot(of_w_prime[0], of_w_prime[1]));
    const double zx = -2.0 * (residual(0) - residual(1)),
                 zz = 4.0 * (residual(0) * residual(0) + residual(1) * residual(1));
    return certify(zx, zz, largest, 0.0, beta, rho_of_cap);
  }

  // By symmetry w' = p(1 - t, -t), w = p(-t, 1 - t) at the optimum. A unit of p costs 0.2 |(1 - t, t)| + 0.1
  // t, least at t = (1 - 1/sqrt(7))/2 with k = 0.05 (1 + sqrt(7)); 2(1 - p)^2 + k p is least at p = 1 - k/4.
  static double cost() { return 0.05 * (1.0 + std::sqrt(7.0)); }
  static double least() { return cost() - cost() * cost() / 8.0; }
  static Example optimum() {
    const double t = 0.5 * (1.0 - 1.0 / std::sqrt(7.0)), p = 1.0 - cost() / 4.0;
    return {{-p * t, p * (1.0 - t)}, {p * (1.0 - t), -p * t}};
  }
};

TEST(Certificate, ClosesAtTheOptimumOfTheExample) {
  const auto best = Example::optimum();
  EXPECT_NEAR(best.objective(), Example::least(), 1e-15);
  EXPECT_NEAR(best.bound(Example::rho).lower_bound, Example::least(), 1e-14);
  EXPECT_NEAR(best.bound(Example::rho).scale, 1.0, 1e-13);
}

TEST(Certificate, NeverExceedsTheOptimumOfTheExample) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  const auto best = Example::optimum();
  for (const double spread : {1e-3, 0.03, 0.1, 0.3, 1.0, 10.0})
    for (int n = 0; n < 2000; ++n) {
      Example point = best;
      for (auto* w : {point.w, point.w_prime})
        for (const int i : {0, 1}) w[i] += spread * normal(random);
      ASSERT_GE(point.objective(), Example::least());
      ASSERT_LE(point.bound(Example::rho).lower_bound, Example::least() + 1e-15) << "spread " << spread;
    }
}

TEST(Certificate, WouldExceedItWithoutTheCapOfOne) {
  // r = (-0.025, 0.025) with w_1 and w'_2 violated: every norm is 0.05, so 2 beta/M = 2 and D(2) = 0.195 >
  // 0.1781.
  const Example point{{-0.275, 0.675}, {0.7, -0.3}};
  EXPECT_NEAR(point.bound(0.0).lower_bound, 0.195, 1e-14);
  EXPECT_GT(point.bound(0.0).lower_bound, Example::least());
  EXPECT_NEAR(point.bound(Example::rho).lower_bound, 0.1 - 0.00125, 1e-14);
  EXPECT_EQ(point.bound(Example::rho).scale, 1.0);
}

TEST(Certificate, ScalarExampleOfTheDecayNetwork) {
  // Section 7: Y = x = 1, lambda = 1, beta = 0.1. M = |z| for the decay network, whose bound is then exactly
  // 0.19 for any z below twice the target, and whose optimum is 0.45717.
  for (const double z : {0.01, 0.3, 1.0, 1.9})
    EXPECT_NEAR(certify(z, z * z, z, 0.0, 0.1, 0.0).lower_bound, 0.19, 1e-15);
  const double u = 1.744, v = 1.139;
  EXPECT_NEAR(std::pow((u - 1.0) * v - 1.0, 2) + 0.1 * (u * u + v * v), 0.45717, 1e-5);
}

TEST(Certificate, IsTheBestScaleWithinTheCap) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> uniform(-2.0, 2.0);
  for (int n = 0; n < 500; ++n) {
    const double zx = uniform(random), zz = std::abs(uniform(random)), norm = std::abs(uniform(random)),
                 beta = std::abs(uniform(random));
    const double rho = n % 2 == 0 ? 0.0 : 0.5;
    const double cap = std::min(2.0 * beta / norm, rho > 0.0 ? 1.0 : INFINITY);
    const auto bound = certify(zx, zz, norm, 0.0, beta, rho);
    EXPECT_LE(std::abs(bound.scale), cap);
    EXPECT_GE(bound.lower_bound, 0.0);
    EXPECT_EQ(bound.max_block_norm, norm);
    for (int k = -10; k <= 10; ++k) {
      const double s = cap * k / 10.0;
      EXPECT_LE(s * zx - s * s * zz / 4.0, bound.lower_bound + 1e-12);
    }
  }
}

TEST(Certificate, DegenerateResidualsAndGates) {
  EXPECT_EQ(certify(0.0, 0.0, 1.0, 0.0, 0.1, 0.0).lower_bound, 0.0);  // pred = x
  EXPECT_EQ(certify(0.0, 0.0, 0.0, 0.0, 0.1, 0.0).lower_bound, 0.0);
  // Every gate shut: no constraint, z = 2x, and the bound is the optimum |x|^2.
  EXPECT_DOUBLE_EQ(certify(2.0 * 7.0, 4.0 * 7.0, 0.0, 0.0, 0.1, 0.0).lower_bound, 7.0);
  EXPECT_DOUBLE_EQ(certify(2.0 * 7.0, 4.0 * 7.0, 0.0, 0.0, 0.1, 0.01).lower_bound, 7.0);
  // z against x: a negative scale gives the same bound as its mirror image.
  EXPECT_DOUBLE_EQ(certify(-3.0, 4.0, 1.0, 0.0, 0.2, 0.1).lower_bound,
                   certify(3.0, 4.0, 1.0, 0.0, 0.2, 0.1).lower_bound);
}

TEST(RelativeGap, OfTheObjective) {
  EXPECT_DOUBLE_EQ(relative_gap(4.0, 3.0), 0.25);
  EXPECT_EQ(relative_gap(0.0, 0.0), 0.0);
  EXPECT_EQ(relative_gap(2.0, 2.0), 0.0);
}

TEST(RequireBound, ABoundAboveTheObjectiveIsADefectUnlessRoundingMadeIt) {
  EXPECT_NO_THROW(require_bound(4.0, 3.0, 0.0));
  EXPECT_NO_THROW(require_bound(4.0, 4.0, 0.0));
  EXPECT_NO_THROW(require_bound(4.0, 4.0 + 1e-6, 1e-5));
  EXPECT_NO_THROW(require_bound(4.0, -INFINITY, 0.0));
  EXPECT_EQ(relative_gap(4.0, 4.0 + 1e-6), 0.0);
  try {
    require_bound(4.25, 4.5, 1e-5);
    FAIL() << "the defect was not told";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::runtime);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("4.25"), testing::HasSubstr("4.5"),
                                             testing::HasSubstr("defect of zerogap; please report")));
  }
}

TEST(Certify, ANormThatMayBeTooSmallCountsAsTheLargerOne) {
  // Rounded to nothing: without its error the norm would lift the cap altogether.
  EXPECT_DOUBLE_EQ(certify(14.0, 28.0, 0.0, 4.0, 0.1, 0.0).lower_bound,
                   certify(14.0, 28.0, 4.0, 0.0, 0.1, 0.0).lower_bound);
  EXPECT_LT(certify(14.0, 28.0, 3.0, 1.0, 0.1, 0.0).lower_bound,
            certify(14.0, 28.0, 3.0, 0.0, 0.1, 0.0).lower_bound);
}

}  // namespace
}  // namespace zerogap

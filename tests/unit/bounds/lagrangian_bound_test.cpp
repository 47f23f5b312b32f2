// SPDX-License-Identifier: Apache-2.0
#include "bounds/lagrangian_bound.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <type_traits>
#include <vector>

#include "core/error.hpp"

namespace zerogap {
namespace {

// A bound is a certificate only where M is proved: nothing that rests on a search becomes one.
static_assert(!std::is_convertible_v<Estimate, Certificate> && !std::is_convertible_v<Certificate, Estimate>);
static_assert(!std::is_constructible_v<Certificate, Estimate> &&
              !std::is_constructible_v<Certificate, double>);
static_assert(!std::is_assignable_v<Certificate&, Estimate> && !std::is_assignable_v<Certificate&, double>);
static_assert(!std::is_convertible_v<double, Estimate> && !std::is_constructible_v<Estimate, Certificate>);
static_assert(!std::is_convertible_v<LagrangianBound<Estimate>, LagrangianBound<Certificate>>);
static_assert(!std::is_constructible_v<UpperBound, FoundMaximum> &&
              !std::is_constructible_v<UpperBound, double>);
static_assert(!std::is_constructible_v<FoundMaximum, UpperBound> &&
              !std::is_convertible_v<double, FoundMaximum>);
static_assert(!std::is_invocable_v<decltype(require_bound), double, Estimate, double>);
static_assert(!std::is_invocable_v<decltype(certified_gap), double, Estimate>);
static_assert(!std::is_invocable_v<decltype(estimated_gap), double, Certificate>);
template <class Maximum>
using BoundFrom = decltype(lagrangian_bound(std::declval<DualSums>(), std::declval<Maximum>(), 0.0, 0.0));
static_assert(std::is_same_v<BoundFrom<UpperBound>, LagrangianBound<Certificate>>);
static_assert(std::is_same_v<BoundFrom<FoundMaximum>, LagrangianBound<Estimate>>);
// Every rounding has to be named.
static_assert(!std::is_constructible_v<Rounded, double> && !std::is_default_constructible_v<Rounded>);

/// D for numbers that are exact.
LagrangianBound<Certificate> exact(double zx, double zz, double maximum, double beta, double rho) {
  return lagrangian_bound({{zx, 0.0}, {zz, 0.0}}, UpperBound::proved(maximum, 0.0), beta,
                          multiplier_scale_limit(rho));
}

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
  LagrangianBound<Certificate> bound(double rho_of_cap) const {
    double of_w[2], of_w_prime[2];
    for (const int i : {0, 1}) {
      of_w[i] = -2.0 * residual(i) - (w[i] < 0.0 ? rho : 0.0);
      of_w_prime[i] = 2.0 * residual(i) - (w_prime[i] < 0.0 ? rho : 0.0);
    }
    const double largest = std::max(std::hypot(of_w[0], of_w[1]), std::hypot(of_w_prime[0], of_w_prime[1]));
    const double zx = -2.0 * (residual(0) - residual(1)),
                 zz = 4.0 * (residual(0) * residual(0) + residual(1) * residual(1));
    return exact(zx, zz, largest, beta, rho_of_cap);
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
  EXPECT_NEAR(best.bound(Example::rho).lower_bound.value(), Example::least(), 1e-14);
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
      ASSERT_LE(point.bound(Example::rho).lower_bound.value(), Example::least() + 1e-15)
          << "spread " << spread;
    }
}

TEST(Certificate, WouldExceedItWithoutTheCapOfOne) {
  // r = (-0.025, 0.025) with w_1 and w'_2 violated: every norm is 0.05, so 2 beta/M = 2 and D(2) = 0.195 >
  // 0.1781.
  const Example point{{-0.275, 0.675}, {0.7, -0.3}};
  EXPECT_NEAR(point.bound(0.0).lower_bound.value(), 0.195, 1e-14);
  EXPECT_GT(point.bound(0.0).lower_bound.value(), Example::least());
  EXPECT_NEAR(point.bound(Example::rho).lower_bound.value(), 0.1 - 0.00125, 1e-14);
  EXPECT_EQ(point.bound(Example::rho).scale, 1.0);
}

TEST(Certificate, ScalarExampleOfTheDecayNetwork) {
  // Section 7: Y = x = 1, lambda = 1, beta = 0.1. M = |z| for the decay network, whose bound is then exactly
  // 0.19 for any z below twice the target, and whose optimum is 0.45717.
  for (const double z : {0.01, 0.3, 1.0, 1.9})
    EXPECT_NEAR(exact(z, z * z, z, 0.1, 0.0).lower_bound.value(), 0.19, 1e-15);
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
    const auto bound = exact(zx, zz, norm, beta, rho);
    EXPECT_LE(std::abs(bound.scale), cap);
    EXPECT_GE(bound.lower_bound.value(), 0.0);
    for (int k = -10; k <= 10; ++k) {
      const double s = cap * k / 10.0;
      EXPECT_LE(s * zx - s * s * zz / 4.0, bound.lower_bound.value() + 1e-12);
    }
  }
}

TEST(Certificate, DegenerateResidualsAndGates) {
  EXPECT_EQ(exact(0.0, 0.0, 1.0, 0.1, 0.0).lower_bound.value(), 0.0);  // pred = x
  EXPECT_EQ(exact(0.0, 0.0, 0.0, 0.1, 0.0).lower_bound.value(), 0.0);
  // Every gate shut: no constraint, z = 2x, and the bound is the optimum |x|^2.
  for (const double rho : {0.0, 0.01}) {
    const auto bound = exact(2.0 * 7.0, 4.0 * 7.0, 0.0, 0.1, rho);
    EXPECT_NEAR(bound.lower_bound.value(), 7.0, 1e-13);
    EXPECT_LE(bound.lower_bound.value(), 7.0);
  }
  // z against x: a negative scale gives the same bound as its mirror image.
  EXPECT_DOUBLE_EQ(exact(-3.0, 4.0, 1.0, 0.2, 0.1).lower_bound.value(),
                   exact(3.0, 4.0, 1.0, 0.2, 0.1).lower_bound.value());
}

TEST(Gap, IsRelativeToTheObjective) {
  EXPECT_DOUBLE_EQ(certified_gap(4.0, Certificate::proved(3.0)), 0.25);
  EXPECT_DOUBLE_EQ(estimated_gap(4.0, Estimate(3.0)), 0.25);
  EXPECT_EQ(certified_gap(0.0, Certificate::proved(0.0)), 0.0);
  EXPECT_EQ(certified_gap(2.0, Certificate::proved(2.0)), 0.0);
  EXPECT_EQ(certified_gap(2.0, Certificate()), INFINITY);  // no bound
}

TEST(RequireBound, ABoundAboveTheObjectiveIsADefectUnlessRoundingMadeIt) {
  EXPECT_NO_THROW(require_bound(4.0, Certificate::proved(3.0), 0.0));
  EXPECT_NO_THROW(require_bound(4.0, Certificate::proved(4.0), 0.0));
  EXPECT_NO_THROW(require_bound(4.0, Certificate::proved(4.0 + 1e-6), 1e-5));
  EXPECT_NO_THROW(require_bound(4.0, Certificate::proved(-INFINITY), 0.0));
  EXPECT_EQ(certified_gap(4.0, Certificate::proved(4.0 + 1e-6)), 0.0);
  try {
    require_bound(4.25, Certificate::proved(4.5), 1e-5);
    FAIL() << "the defect was not reported";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::runtime);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("4.25"), testing::HasSubstr("4.5"),
                                             testing::HasSubstr("defect of zerogap; please report")));
  }
}

TEST(Certificate, ANormThatMayBeTooSmallCountsAsTheLargerOne) {
  const auto bound = [](double norm, double error) {
    return lagrangian_bound({{14.0, 0.0}, {28.0, 0.0}}, UpperBound::proved(norm, error), 0.1,
                            multiplier_scale_limit(0.0))
        .lower_bound;
  };
  // Rounded to nothing: without its error the norm would lift the cap altogether.
  EXPECT_EQ(bound(0.0, 4.0), bound(4.0, 0.0));
  EXPECT_LT(bound(3.0, 1.0), bound(3.0, 0.0));
}

TEST(Certificate, IsLoweredByTheErrorsOfItsSums) {
  // s = 1/2 is below the cap, so that D = 1/2 7 - 1/16 28 loses 1/2 0.25 and 1/16 0.5.
  const auto maximum = UpperBound::proved(0.1, 0.0);
  const auto bound = lagrangian_bound({{7.0, 0.25}, {28.0, 0.5}}, maximum, 1.0, multiplier_scale_limit(0.0));
  EXPECT_EQ(bound.scale, 0.5);
  EXPECT_NEAR(bound.lower_bound.value(), 3.5 - 1.75 - 0.125 - 0.03125, 1e-14);
}

TEST(Certificate, OfSumsThatAreNoNumbersIsZero) {
  const double bad = NAN;
  EXPECT_EQ(exact(1.0, 1.0, bad, 0.1, 0.0).lower_bound.value(), 0.0);
  EXPECT_EQ(exact(bad, 1.0, 1.0, 0.1, 0.0).lower_bound.value(), 0.0);
  EXPECT_EQ(exact(1.0, bad, 1.0, 0.1, 0.0).lower_bound.value(), 0.0);
  EXPECT_EQ(exact(1.0, 1.0, INFINITY, 0.1, 0.0).lower_bound.value(), 0.0);
  EXPECT_EQ(lagrangian_bound({{1.0, bad}, {1.0, 0.0}}, UpperBound::proved(1.0, 0.0), 0.1, INFINITY)
                .lower_bound.value(),
            0.0);
}

TEST(Estimate, HasTheValueThatACertificateWouldHave) {
  const DualSums sums{{3.0, 1e-3}, {4.0, 1e-3}};
  const auto estimate = lagrangian_bound(sums, FoundMaximum(1.0), 0.2, multiplier_scale_limit(0.1));
  const auto certificate =
      lagrangian_bound(sums, UpperBound::proved(1.0, 0.0), 0.2, multiplier_scale_limit(0.1));
  EXPECT_EQ(estimate.lower_bound.value(), certificate.lower_bound.value());
  EXPECT_EQ(estimate.scale, certificate.scale);
}

}  // namespace
}  // namespace zerogap

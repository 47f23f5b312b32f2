// SPDX-License-Identifier: Apache-2.0
#include "optim/bfgs.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace zerogap {
namespace {

/// Rosenbrock's chain, smooth, with its minimum 0 at ones.
double chain(std::span<const double> x, std::span<double> gradient) {
  double value = 0.0;
  std::fill(gradient.begin(), gradient.end(), 0.0);
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double bend = x[i + 1] - x[i] * x[i], off = 1.0 - x[i];
    value += 100.0 * bend * bend + off * off;
    gradient[i] -= 400.0 * bend * x[i] + 2.0 * off;
    gradient[i + 1] += 200.0 * bend;
  }
  return value;
}

/// Kinks through the minimum 0 at 0: sum_i (i + 1)|x_i| + |x|^2.
double kinks(std::span<const double> x, std::span<double> gradient) {
  double value = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double weight = static_cast<double>(i) + 1.0;
    value += weight * std::abs(x[i]) + x[i] * x[i];
    gradient[i] = std::copysign(weight, x[i]) + 2.0 * x[i];
  }
  return value;
}

TEST(Bfgs, FindsASmoothMinimumWithTheWholeMatrixAndWithPairs) {
  for (const std::size_t size : {4U, 500U}) {
    std::vector<double> x(size, 0.5);
    const auto report = minimise(chain, x, 20000, 1e-16);
    EXPECT_TRUE(report.converged);
    for (const double entry : x) EXPECT_NEAR(entry, 1.0, 1e-5);
  }
}

TEST(Bfgs, FindsAMinimumOnKinks) {
  std::vector<double> x{0.7, -0.3, 0.9, 0.2};
  EXPECT_LT(minimise(kinks, x, 2000, 1e-16).value, 1e-6);
}

TEST(Bfgs, NeverEndsHigherAndTakesNoMoreStepsThanTold) {
  std::vector<double> x(6, -1.0), gradient(6);
  const double start = chain(x, gradient);
  double last = start;
  for (int n = 0; n < 5; ++n) {
    const auto report = minimise(chain, x, 3, 0.0);
    EXPECT_LE(report.steps, 3);
    EXPECT_LT(report.value, last);
    EXPECT_EQ(report.value, chain(x, gradient));
    last = report.value;
  }
}

TEST(Bfgs, StaysAtAMinimum) {
  std::vector<double> x(3, 1.0);
  const auto report = minimise(chain, x, 100, 1e-12);
  EXPECT_TRUE(report.converged);
  EXPECT_EQ(report.steps, 0);
  EXPECT_EQ(x, std::vector<double>(3, 1.0));
}

}  // namespace
}  // namespace zerogap

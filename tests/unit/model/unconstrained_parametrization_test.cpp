// SPDX-License-Identifier: Apache-2.0
#include "model/unconstrained_parametrization.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/norm.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

/// Three filters in the ball, one of them on its sphere, one at 0.
Filters network() { return {3, 2, {0.3, -0.4, 0.6, 0.8, 0.0, 0.0}, {0.5, -1.5, 2.0}}; }

TEST(FreeVariables, GiveTheFiltersBack) {
  for (const NetworkForm form : all_forms) {
    const Filters given = network();
    const FreeVariables variables(form, given);
    const Filters back = variables.filters(variables.vector());
    for (std::size_t i = 0; i < given.u.size(); ++i) EXPECT_NEAR(back.u[i], given.u[i], 1e-15);
    for (std::size_t k = 0; k < given.v.size(); ++k) EXPECT_NEAR(back.v[k], given.v[k], 1e-15);
  }
}

TEST(FreeVariables, OfTheBallNeverLeaveIt) {
  const FreeVariables variables(NetworkForm::ball, network());
  for (const double size : {0.0, 1e-9, 0.7, 1.6, 4.0, 100.0}) {
    const std::vector<double> x{size, 0.0, 0.0, -size, size, size, 1.0, 2.0, -3.0};
    const Filters filters = variables.filters(x);
    for (std::int64_t k = 0; k < 3; ++k) EXPECT_LE(row_norm(filters.u.data(), k, 2), 1.0 + 1e-15);
    EXPECT_EQ(filters.v, (std::vector<double>{1.0, -4.0, 9.0}));  // signs are the network's
  }
}

TEST(FreeVariables, OfProductKeepTheSignsOfOutputsAndAnyLength) {
  const FreeVariables variables(NetworkForm::product, network());
  const std::vector<double> x{5.0, 0.0, 0.0, -7.0, 3.0, 4.0, 1.0, 2.0, -3.0};
  const Filters filters = variables.filters(x);
  EXPECT_EQ(filters.u, std::vector<double>(x.begin(), x.begin() + 6));
  EXPECT_EQ(filters.v, (std::vector<double>{1.0, -4.0, 9.0}));
}

TEST(FreeVariables, PullBackIsTheChainRule) {
  // A linear function of the filters, sum of these entries times the filters', has them as its gradient.
  const std::vector<double> of_u{1.0, -2.0, 0.5, 3.0, -1.5, 0.7}, of_v{2.0, -1.0, 0.3};
  const auto value = [&](const Filters& filters) {
    double sum = 0.0;
    for (std::size_t i = 0; i < of_u.size(); ++i) sum += of_u[i] * filters.u[i];
    for (std::size_t k = 0; k < of_v.size(); ++k) sum += of_v[k] * filters.v[k];
    return sum;
  };
  for (const NetworkForm form : all_forms) {
    const FreeVariables variables(form, network());
    auto x = variables.vector();
    x[0] *= 3.0;  // |p| beyond pi/2 as well
    std::vector<double> found(x.size());
    variables.pull_back(x, of_u, of_v, found);
    for (std::size_t i = 0; i < x.size(); ++i) {
      auto above = x, below = x;
      above[i] += 1e-6;
      below[i] -= 1e-6;
      EXPECT_NEAR(found[i], (value(variables.filters(above)) - value(variables.filters(below))) / 2e-6, 1e-8);
    }
  }
}

}  // namespace
}  // namespace zerogap

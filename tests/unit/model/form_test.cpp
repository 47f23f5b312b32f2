// SPDX-License-Identifier: Apache-2.0
// The four forms against networks written out directly, and their gradients against finite differences.

#include "model/form.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "core/norm.hpp"

namespace zerogap {
namespace {

constexpr int d = 4, count = 3, patches = 60;
constexpr double lambda = 0.3, beta = 0.7;

double soft(double a, double threshold) { return std::copysign(std::max(std::abs(a) - threshold, 0.0), a); }

/// Patches, targets and filters, random.
struct Case {
  Case() {
    std::mt19937_64 random(5);
    std::normal_distribution<double> normal;
    for (auto* values : {&y, &x, &u, &v})
      for (double& entry : *values) entry = normal(random);
  }

  double activation(int i, int k, const std::vector<double>& filters) const {
    double a = 0.0;
    for (int j = 0; j < d; ++j) a += y[i * d + j] * filters[k * d + j];
    return a;
  }
  /// Section 7, as it is written there.
  double objective(NetworkForm form, const std::vector<double>& filters,
                   const std::vector<double>& outputs) const {
    double sum = 0.0;
    for (int i = 0; i < patches; ++i) {
      double pred = 0.0;
      for (int k = 0; k < count; ++k) {
        const double norm = row_norm(filters.data(), k, d);
        pred += outputs[k] *
                soft(activation(i, k, filters), form == NetworkForm::relative ? lambda * norm : lambda);
      }
      sum += (pred - x[i]) * (pred - x[i]);
    }
    for (int k = 0; k < count; ++k) {
      const double norm = row_norm(filters.data(), k, d);
      if (form == NetworkForm::product)
        sum += 2.0 * beta * norm * std::abs(outputs[k]);
      else
        sum += form == NetworkForm::ball ? 2.0 * beta * std::abs(outputs[k])
                                         : beta * (norm * norm + outputs[k] * outputs[k]);
    }
    return sum;
  }
  /// The fit's gradient of a network with the plain threshold: what kernels give. `output_factor`: with the
  /// factor v_k of u's, as a gradient has it.
  void fit_gradient(const std::vector<double>& filters, const std::vector<double>& outputs,
                    bool output_factor, std::vector<double>& of_u, std::vector<double>& of_v) const {
    of_u.assign(filters.size(), 0.0);
    of_v.assign(outputs.size(), 0.0);
    for (int i = 0; i < patches; ++i) {
      double r = -x[i];
      for (int k = 0; k < count; ++k) r += outputs[k] * soft(activation(i, k, filters), lambda);
      for (int k = 0; k < count; ++k) {
        const double a = activation(i, k, filters);
        of_v[k] += 2.0 * r * soft(a, lambda);
        for (int j = 0; j < d && std::abs(a) > lambda; ++j)
          of_u[k * d + j] += 2.0 * r * (output_factor ? outputs[k] : 1.0) * y[i * d + j];
      }
    }
  }

  std::vector<double> y = std::vector<double>(patches * d), x = std::vector<double>(patches),
                      u = std::vector<double>(count * d), v = std::vector<double>(count);
};

void expect_gradient(const Case& c, NetworkForm form, const std::vector<double>& of_u,
                     const std::vector<double>& of_v) {
  constexpr double step = 1e-6;
  for (const bool filters : {true, false}) {
    const auto& found = filters ? of_u : of_v;
    for (std::size_t i = 0; i < found.size(); ++i) {
      auto u = c.u, v = c.v;
      double& entry = (filters ? u : v)[i];
      const double at = entry;
      entry = at + step;
      const double above = c.objective(form, u, v);
      entry = at - step;
      EXPECT_NEAR(found[i], (above - c.objective(form, u, v)) / (2.0 * step),
                  1e-5 * std::abs(found[i]) + 1e-5);
    }
  }
}

TEST(Form, ListIsInTheOrderOfTheEnumeration) {
  for (std::size_t k = 0; k < all_forms.size(); ++k) EXPECT_EQ(static_cast<std::size_t>(all_forms[k]), k);
  EXPECT_EQ(name_of(NetworkForm::product), "product");
}

TEST(Form, GradientsWithThePlainThresholdAreThoseOfTheirObjectives) {
  const Case c;
  std::vector<double> of_u, of_v;
  for (const NetworkForm form : {NetworkForm::decay, NetworkForm::product, NetworkForm::ball}) {
    SCOPED_TRACE(name_of(form));
    c.fit_gradient(c.u, c.v, true, of_u, of_v);
    add_regularisation<double>(form, beta, c.u, c.v, of_u, of_v);
    expect_gradient(c, form, of_u, of_v);
  }
}

TEST(Form, GradientOfRelativeIsThatOfItsObjective) {
  const Case c;
  std::vector<double> s(c.u.size()), t(c.v.size()), of_u, of_v;
  to_unit_filters<double>(c.u, c.v, s, t);
  c.fit_gradient(s, t, false, of_u, of_v);
  from_unit_filters<double>(c.u, c.v, of_u, of_v);
  add_regularisation<double>(NetworkForm::relative, beta, c.u, c.v, of_u, of_v);
  expect_gradient(c, NetworkForm::relative, of_u, of_v);
}

TEST(Form, UnitFiltersHaveTheSameOutput) {
  const Case c;
  std::vector<double> s(c.u.size()), t(c.v.size());
  to_unit_filters<double>(c.u, c.v, s, t);
  for (int k = 0; k < count; ++k) {
    const double norm = row_norm(c.u.data(), k, d);
    EXPECT_NEAR(row_norm(s.data(), k, d), 1.0, 1e-15);
    for (int i = 0; i < patches; ++i)
      EXPECT_NEAR(c.v[k] * soft(c.activation(i, k, c.u), lambda * norm),
                  t[k] * soft(c.activation(i, k, s), lambda), 1e-13);
  }
}

TEST(Form, AZeroFilterHasNoOutputAndNoGradient) {
  const std::vector<double> u(d, 0.0), v{2.0};
  std::vector<double> s(d, 9.0), t{9.0}, slope(d, 3.0), of_t{4.0};
  to_unit_filters<double>(u, v, s, t);
  from_unit_filters<double>(u, v, slope, of_t);
  for (const auto* values : {&s, &t, &slope, &of_t})
    for (const double entry : *values) EXPECT_EQ(entry, 0.0);
}

TEST(Form, BallLeavesAFilterAtZeroWhileItDoesNotPay) {
  const std::vector<double> u(3 * d, 0.0), v(3, 0.0);
  std::vector<double> of_u(u), of_v{1.9 * beta, -5.0 * beta, 2.5 * beta};
  add_regularisation<double>(NetworkForm::ball, beta, u, v, of_u, of_v);
  EXPECT_EQ(of_v[0], 0.0);
  EXPECT_DOUBLE_EQ(of_v[1], -3.0 * beta);
  EXPECT_DOUBLE_EQ(of_v[2], 0.5 * beta);
}

/// What pays is judged by the length: 2 beta |u| |v| leaves v = 0 where the fit's gradient exceeds 2 beta
/// |u|.
TEST(Form, ProductLeavesAFilterAtZeroWhileItDoesNotPay) {
  std::vector<double> u(4 * d, 0.0);
  u[0] = u[d] = 3.0;  // two filters of length 3, one of length 1/2, and one of length 0
  u[2 * d] = 0.5;
  const std::vector<double> v(4, 0.0), none(u.size(), 0.0);
  auto of_u = none;
  std::vector<double> of_v{5.9 * beta, -7.0 * beta, 1.5 * beta, 0.1 * beta};
  add_regularisation<double>(NetworkForm::product, beta, u, v, of_u, of_v);
  EXPECT_EQ(of_u, none);  // |u| weighs nothing where v = 0
  EXPECT_EQ(of_v[0], 0.0);
  EXPECT_NEAR(of_v[1], -beta, 1e-14);
  EXPECT_NEAR(of_v[2], 0.5 * beta, 1e-14);
  EXPECT_EQ(of_v[3], 0.1 * beta);
}

TEST(Form, ProductOfAZeroFilterHasNoGradient) {
  const std::vector<double> u(2 * d, 0.0), v{2.0, -3.0};
  std::vector<double> of_u(2 * d, 0.25), of_v{0.5, -0.5};
  add_regularisation<double>(NetworkForm::product, beta, u, v, of_u, of_v);
  EXPECT_EQ(of_u, std::vector<double>(2 * d, 0.25));
  EXPECT_EQ(of_v, (std::vector<double>{0.5, -0.5}));
}

TEST(Form, ProductIsAtMostDecayAndEqualToItWhereBalanced) {
  for (const double norm : {0.0, 0.3, 1.0, 7.0})
    for (const double v : {-2.0, -0.3, 0.0, 1.0}) {
      const double product = regularisation(NetworkForm::product, norm, v),
                   decay = regularisation(NetworkForm::decay, norm, v);
      EXPECT_LE(product, decay);
      EXPECT_EQ(product == decay, norm == std::abs(v));
    }
}

TEST(Form, OnlyTheBallHasABoundary) {
  const std::vector<double> given{3.0, 0.0, 4.0, 0.0, 0.3, 0.0, 0.0, 0.4};
  auto u = given;
  for (const NetworkForm form : {NetworkForm::decay, NetworkForm::product, NetworkForm::relative})
    project<double>(form, d, u);
  EXPECT_EQ(u, given);
  project<double>(NetworkForm::ball, d, u);
  EXPECT_EQ(u, (std::vector<double>{0.6, 0.0, 0.8, 0.0, 0.3, 0.0, 0.0, 0.4}));
  std::vector<float> single{3.0F, 1.0F, 1.0F, 7.0F};
  project<float>(NetworkForm::ball, d, single);
  EXPECT_NEAR(row_norm(single.data(), 0, d), 1.0, on_sphere);
}

TEST(Form, FeasiblePartDropsWhatLeadsOutOfTheBall) {
  const std::vector<double> u{0.6, 0.8, 0.0, 0.0, 0.6, 0.8, 0.0, 0.0, 0.3, 0.4, 0.0, 0.0};
  const std::vector<double> gradient{-0.6, -0.8, 2.0, 0.0, 0.6, 0.8, 2.0, 0.0, -0.6, -0.8, 2.0, 0.0};
  auto kept = gradient;
  for (const NetworkForm form : {NetworkForm::decay, NetworkForm::product, NetworkForm::relative})
    keep_feasible_part<double>(form, u, d, kept);
  EXPECT_EQ(kept, gradient);
  keep_feasible_part<double>(NetworkForm::ball, u, d, kept);
  EXPECT_NEAR(kept[0], 0.0, 1e-15);
  EXPECT_NEAR(kept[1], 0.0, 1e-15);
  EXPECT_EQ(kept[2], 2.0);
  for (std::size_t i = d; i < kept.size(); ++i)
    EXPECT_EQ(kept[i], gradient[i]);  // into the ball, or inside it
}

TEST(Form, AnOutputThatCrossesZeroStopsThere) {
  const std::vector<double> before{0.1, -0.1, 0.1, 0.0, -0.2};
  const std::vector<double> after{-0.1, 0.3, 0.2, -0.1, -0.1};
  for (const NetworkForm form : all_forms) {
    SCOPED_TRACE(name_of(form));
    auto v = after;
    stop_at_zero<double>(form, before, v);
    EXPECT_EQ(v, has_kink(form) ? (std::vector<double>{0.0, 0.0, 0.2, -0.1, -0.1}) : after);
  }
  EXPECT_TRUE(has_kink(NetworkForm::ball) && has_kink(NetworkForm::product));
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "objective/certify_weights.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "core/error.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

using ::testing::HasSubstr;

const std::vector<double> kOne = {1.0};
const PatchData kOnePatch = {1, kOne, kOne};

/// Random patches, blocks and weights; I is no multiple of a group of patches.
struct Drawn {
  explicit Drawn(std::uint32_t seed) : random(seed), y(draw(200 * 3)), x(draw(200)) {
    weights = {4, 3, draw(12), draw(12, 0.1), draw(12, 0.1)};
  }
  std::vector<double> draw(std::size_t n, double deviation = 1.0) {
    std::normal_distribution<double> normal(0.0, deviation);
    std::vector<double> values(n);
    for (double& value : values) value = normal(random);
    return values;
  }
  PatchData data() const { return {3, y, x}; }

  std::mt19937 random;
  std::vector<double> y, x;
  DualWeights weights;
};

double dot3(const double* a, const double* b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/// J of theory.md, section 4, term by term.
double objective(const Drawn& drawn, const ProgramParameters& terms, const DualWeights& weights) {
  double J = 0.0;
  for (std::size_t i = 0; i < drawn.x.size(); ++i) {
    const double* y = drawn.y.data() + 3 * i;
    double pred = 0.0;
    for (std::size_t j = 0; j < 4; ++j) {
      const double a = dot3(y, weights.g.data() + 3 * j), b = dot3(y, weights.w.data() + 3 * j),
                   b_prime = dot3(y, weights.w_prime.data() + 3 * j);
      const double q = std::abs(a) > terms.lambda ? 1.0 - terms.lambda / std::abs(a) : 0.0;
      const double c = std::copysign(q, a);
      pred += q * (b_prime - b);
      J += terms.rho * (std::max(0.0, -c * b) + std::max(0.0, -c * b_prime));
    }
    J += (pred - drawn.x[i]) * (pred - drawn.x[i]);
  }
  for (std::size_t j = 0; j < 4; ++j)
    for (const auto* w : {&weights.w, &weights.w_prime})
      J += 2.0 * terms.beta * std::sqrt(dot3(w->data() + 3 * j, w->data() + 3 * j));
  return J;
}

TEST(DualCertificate, OfOnePatchIsKnown) {
  // lambda = 0: (w' - w - 1)^2 + 2 beta (|w| + |w'|) is least at w' = 1 - beta, with 2 beta - beta^2.
  const ProgramParameters terms{.lambda = 0.0, .beta = 0.1};
  const auto best = certify_dual(kOnePatch, terms, {1, 1, {1.0}, {0.0}, {0.9}});
  EXPECT_NEAR(best.objective, 0.19, 1e-12);
  EXPECT_NEAR(best.lower_bound.value(), 0.19, 1e-12);
  EXPECT_LT(best.gap, 1e-11);
  const auto zero = certify_dual(kOnePatch, terms, {1, 1, {1.0}, {0.0}, {0.0}});
  EXPECT_NEAR(zero.objective, 1.0, 1e-12);
  EXPECT_NEAR(zero.gap, 0.81, 1e-12);
}

TEST(DualCertificate, HasTheObjectiveAndABoundOfAllWeights) {
  for (const double rho : {0.0, 0.05}) {
    Drawn drawn(7);
    const ProgramParameters terms{.lambda = 0.3, .beta = 2.0, .rho = rho};
    const auto found = certify_dual(drawn.data(), terms, drawn.weights, 2);
    EXPECT_NEAR(found.objective, objective(drawn, terms, drawn.weights), 1e-9);
    EXPECT_NEAR(found.objective, found.fit + found.group + rho * found.hinge, 1e-9);
    EXPECT_GT(found.max_violation, 0.0);
    EXPECT_GT(found.lower_bound.value(), 0.0);
    const auto without = certify_dual(drawn.data(), terms, drawn.weights, 1, {});
    EXPECT_GE(found.lower_bound.value(), without.lower_bound.value());
    for (int trial = 0; trial < 200; ++trial) {
      DualWeights other = drawn.weights;
      other.w = drawn.draw(12, 0.05);
      other.w_prime = drawn.draw(12, 0.05);
      ASSERT_LE(found.lower_bound.value(), objective(drawn, terms, other));
    }
  }
}

TEST(PrimalCertificate, OfTheSmallestExampleIsKnown) {  // theory.md, section 7
  const ProgramParameters terms{.lambda = 1.0, .beta = 0.1};
  const auto decay = certify_primal(kOnePatch, terms, NetworkForm::decay, {1, 1, {1.744}, {1.139}});
  EXPECT_NEAR(decay.objective, 0.45717, 1e-5);
  EXPECT_NEAR(decay.lower_bound.value(), 0.19, 1e-9);
  EXPECT_NEAR(decay.gap, 1.0 - 0.19 / 0.45717, 1e-5);
  const auto product = certify_primal(kOnePatch, terms, NetworkForm::product, {1, 1, {1.744}, {1.139}});
  EXPECT_NEAR(product.objective, product.fit + 0.2 * 1.744 * 1.139, 1e-12);
  EXPECT_EQ(product.lower_bound.value(), decay.lower_bound.value());
  const auto ball = certify_primal(kOnePatch, terms, NetworkForm::ball, {0, 1, {}, {}});
  EXPECT_EQ(ball.objective, 1.0);
  EXPECT_NEAR(ball.lower_bound.value(), 1.0, 1e-12);
  const auto relative =
      certify_primal(kOnePatch, {.lambda = 0.5, .beta = 0.1}, NetworkForm::relative, {1, 1, {2.0}, {1.0}});
  EXPECT_NEAR(relative.fit, 0.0, 1e-12);  // tau_1(2) * 1 = 1
  EXPECT_NEAR(relative.objective, 0.5, 1e-12);
}

TEST(PrimalCertificate, BoundsEveryNetwork) {
  Drawn drawn(3);
  const ProgramParameters terms{.lambda = 0.2, .beta = 5.0};
  for (const auto form : all_forms) {
    const auto found =
        certify_primal(drawn.data(), terms, form, {2, 3, drawn.draw(6, 0.3), drawn.draw(2)}, 0.5);
    EXPECT_GE(found.proved.value(), found.found.value());
    EXPECT_GT(found.lower_bound.value(), 0.0);
    for (int trial = 0; trial < 20; ++trial) {
      const Filters other{3, 3, drawn.draw(9, 0.1), drawn.draw(3, 0.1)};
      ASSERT_LE(found.lower_bound.value(), certify_primal(drawn.data(), terms, form, other, 0.01).objective);
    }
  }
}

TEST(Certificates, RefuseWhatDoesNotFit) {
  Drawn drawn(1);
  const ProgramParameters terms{.lambda = 0.1, .beta = 1.0};
  const auto expect = [](const std::string& fragment, const std::function<void()>& call) {
    try {
      call();
      ADD_FAILURE() << "accepted: " << fragment;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage);
      EXPECT_THAT(error.what(), HasSubstr(fragment));
    }
  };
  const auto dual = [&](const PatchData& data, const ProgramParameters& of, const DualWeights& weights) {
    return [=] { certify_dual(data, of, weights); };
  };
  expect("there are no patches", dual({3, {}, {}}, terms, drawn.weights));
  expect("noisy does not fit", dual({2, drawn.y, drawn.x}, terms, drawn.weights));
  expect("the weights do not fit", dual(kOnePatch, terms, drawn.weights));
  expect("a parameter is out of range", dual(drawn.data(), {.lambda = 0.1}, drawn.weights));
  expect("a parameter is out of range", dual(drawn.data(), {.lambda = -0.1, .beta = 1.0}, drawn.weights));
  auto weights = drawn.weights;
  weights.w.pop_back();
  expect("w does not fit", dual(drawn.data(), terms, weights));
  weights = drawn.weights;
  weights.w_prime[5] = std::numeric_limits<double>::quiet_NaN();
  expect("w_prime has a number that is not finite (entry 5)", dual(drawn.data(), terms, weights));
  expect("a width is out of range", [&] { certify_dual(drawn.data(), terms, drawn.weights, 1, {0.0}); });
  expect("the number of threads is too small", [&] { certify_dual(drawn.data(), terms, drawn.weights, 0); });
  expect("a filter lies outside the ball", [&] {
    certify_primal(kOnePatch, terms, NetworkForm::ball, {1, 1, {1.5}, {1.0}});
  });
  expect("v does not fit", [&] { certify_primal(kOnePatch, terms, NetworkForm::decay, {1, 1, {1.5}, {}}); });
}

}  // namespace
}  // namespace zerogap

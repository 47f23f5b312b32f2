// SPDX-License-Identifier: Apache-2.0
#include "model/output_layer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace zerogap {
namespace {

struct Program {
  Program(std::uint64_t seed, std::size_t patches, std::size_t filters, bool alike) : n(filters) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    std::vector<double> a(patches * n), x(patches);
    for (double& entry : a) entry = normal(random);
    for (double& entry : x) entry = normal(random);
    for (std::size_t i = 0; alike && i < patches; ++i)  // the first three nearly, two of them quite
      a[i * n + 1] = a[i * n], a[i * n + 2] = a[i * n] + 1e-7 * a[i * n + 2];
    gram.resize(n * n);
    target.resize(n);
    for (std::size_t i = 0; i < patches; ++i)
      for (std::size_t k = 0; k < n; ++k) {
        target[k] += a[i * n + k] * x[i];
        for (std::size_t j = 0; j < n; ++j) gram[k * n + j] += a[i * n + k] * a[i * n + j];
      }
  }
  double rest(const std::vector<double>& v, std::size_t k) const {
    double sum = target[k];
    for (std::size_t j = 0; j < n; ++j) sum -= gram[k * n + j] * v[j];
    return sum;
  }
  std::size_t n;
  std::vector<double> gram, target;
};

TEST(OutputWeights, OfTheLassoMeetItsConditions) {
  for (const bool alike : {false, true})
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
      for (const double beta : {0.1, 5.0, 20.0}) {
        SCOPED_TRACE(std::to_string(seed) + " " + std::to_string(beta) + (alike ? " alike" : ""));
        const Program program(seed, 60, 12, alike);
        std::vector<double> v(12, seed % 2 == 0 ? 0.0 : 0.5);
        lasso_weights(program.gram, program.target, beta, v);
        for (std::size_t k = 0; k < v.size(); ++k) {
          const double rest = program.rest(v, k);
          if (v[k] != 0.0)
            EXPECT_NEAR(rest, std::copysign(beta, v[k]), 1e-9 * beta + 1e-10);
          else
            EXPECT_LE(std::abs(rest), beta * (1.0 + 1e-9) + 1e-10);
        }
      }
}

TEST(OutputWeights, AreZeroWhereNoFilterPays) {
  const Program program(1, 60, 12, false);
  std::vector<double> v(12, 0.3);
  lasso_weights(program.gram, program.target, 1e3, v);
  EXPECT_EQ(v, std::vector<double>(12, 0.0));
}

TEST(OutputWeights, OfTheRidgeSolveItsEquations) {
  for (const bool alike : {false, true}) {
    const Program program(3, 60, 12, alike);
    const auto v = ridge_weights(program.gram, program.target, 0.5);
    for (std::size_t k = 0; k < v.size(); ++k) EXPECT_NEAR(program.rest(v, k), 0.5 * v[k], 1e-10);
  }
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "optim/nonnegative_quadratic.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.hpp"

namespace zerogap {
namespace {

struct Quadratic {
  std::vector<double> gram, linear;

  std::vector<double> slope(const std::vector<double>& x) const {
    auto out = linear;
    for (std::size_t k = 0; k < x.size(); ++k)
      for (std::size_t j = 0; j < x.size(); ++j) out[k] += 2.0 * gram[k * x.size() + j] * x[j];
    return out;
  }
};

/// G = A'A of random A (rows, n), of lower rank than n where rows < n, with `equal` pairs of equal columns.
Quadratic random_quadratic(std::uint64_t seed, std::size_t n, std::size_t rows, std::size_t equal) {
  std::vector<double> a(rows * n);
  Random(seed, RandomUse::initial).normals(0, a);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t e = 0; e < equal; ++e) a[r * n + 2 * e + 1] = a[r * n + 2 * e];
  Quadratic out{std::vector<double>(n * n), std::vector<double>(n, 1.0)};
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t r = 0; r < rows; ++r) {
      out.linear[k] -= 2.0 * a[r * n + k];  // the target is a vector of ones
      for (std::size_t j = 0; j < n; ++j) out.gram[k * n + j] += a[r * n + k] * a[r * n + j];
    }
  return out;
}

TEST(NonnegativeQuadratic, MeetsTheConditionsOfOptimality) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    const std::size_t n = 2 + seed % 40, rows = 1 + seed % 23, equal = seed % 3 == 0 ? n / 3 : 0;
    const auto q = random_quadratic(seed, n, rows, equal);
    for (const double start : {0.0, 0.5}) {
      std::vector<double> x(n, start);
      minimise_nonnegative(q.gram, q.linear, 1e-9, 1, x);
      const auto slope = q.slope(x);
      for (std::size_t k = 0; k < n; ++k) {
        EXPECT_GE(x[k], 0.0);
        EXPECT_GE(slope[k], -1e-6);
        EXPECT_LE(x[k] * slope[k], 1e-6 * (1.0 + x[k]));
      }
    }
  }
}

TEST(NonnegativeQuadratic, StaysAtZeroWhereNothingFalls) {
  const std::vector<double> gram{1.0, 0.0, 0.0, 1.0}, linear{0.5, 0.0};
  std::vector<double> x{0.0, 0.0};
  minimise_nonnegative(gram, linear, 0.0, 1, x);
  EXPECT_EQ(x, (std::vector<double>{0.0, 0.0}));
}

TEST(NonnegativeQuadratic, HasNothingToDoWithoutEntries) {
  std::vector<double> x;
  minimise_nonnegative({}, {}, 0.0, 1, x);
  EXPECT_TRUE(x.empty());
}

/// x1 leaves on the way from the start, although the unconstrained minimum over both lies further along.
TEST(NonnegativeQuadratic, LetsEntriesLeave) {
  const std::vector<double> gram{1.0, 0.9, 0.9, 1.0}, linear{-2.0, 0.0};
  std::vector<double> x{0.0, 1.0};
  minimise_nonnegative(gram, linear, 0.0, 1, x);
  EXPECT_NEAR(x[0], 1.0, 1e-9);
  EXPECT_EQ(x[1], 0.0);
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
// Dense symmetric matrices against definitions, on sizes around those of tiles and panels.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "core/cholesky.hpp"
#include "kernels/dense.hpp"

namespace zerogap {
namespace {

std::vector<double> random_values(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> values(count);
  for (double& v : values) v = static_cast<double>(random() >> 11) * 0x1p-52 - 1.0;
  return values;
}

/// I + sum z z^T of so many random rows.
SymmetricMatrix sample(std::int64_t n, std::size_t rows, int threads) {
  SymmetricMatrix matrix(n, threads);
  for (std::int64_t i = 0; i < n; ++i) matrix.row(i)[i] = 1.0;
  matrix.add_products(random_values(rows * static_cast<std::size_t>(n), 1), 0.5);
  return matrix;
}

TEST(SymmetricMatrix, SumsOuterProducts) {
  for (const std::int64_t n : {1, 5, 16, 17, 50})
    for (const std::size_t rows : {std::size_t{1}, std::size_t{96}, std::size_t{200}}) {
      const auto z = random_values(rows * static_cast<std::size_t>(n), 1);
      const auto matrix = sample(n, rows, 2);
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = i; j < n; ++j) {
          double sum = i == j ? 1.0 : 0.0;
          for (std::size_t k = 0; k < rows; ++k)
            sum += 0.5 * z[k * static_cast<std::size_t>(n) + static_cast<std::size_t>(i)] *
                   z[k * static_cast<std::size_t>(n) + static_cast<std::size_t>(j)];
          ASSERT_NEAR(matrix.row(i)[j], sum, 1e-12) << n << " " << rows;
        }
    }
}

TEST(SymmetricMatrix, SolvesWhatItFactored) {
  for (const std::int64_t n : {1, 2, 16, 95, 96, 97, 300}) {
    auto matrix = sample(n, 40, 2);
    const auto whole = matrix;
    ASSERT_TRUE(matrix.factor());
    const auto expected = random_values(static_cast<std::size_t>(n), 2);
    std::vector<double> x(expected.size());
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        x[static_cast<std::size_t>(i)] +=
            whole.row(std::min(i, j))[std::max(i, j)] * expected[static_cast<std::size_t>(j)];
    matrix.solve(x);
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(x[i], expected[i], 1e-10) << n;
  }
}

TEST(SymmetricMatrix, IsTheSameForAnyNumberOfThreads) {
  auto one = sample(211, 100, 1), three = sample(211, 100, 3);
  ASSERT_TRUE(one.factor());
  ASSERT_TRUE(three.factor());
  for (std::int64_t i = 0; i < 211; ++i)
    for (std::int64_t j = i; j < 211; ++j) ASSERT_EQ(one.row(i)[j], three.row(i)[j]);
}

TEST(SymmetricMatrix, SaysWhereItIsNotPositiveDefinite) {
  SymmetricMatrix matrix(20, 1);
  for (std::int64_t i = 0; i < 20; ++i) matrix.row(i)[i] = i == 13 ? -1.0 : 1.0;
  EXPECT_FALSE(matrix.factor());
  std::vector<double> small = {1.0, 2.0, 2.0, 1.0};
  EXPECT_FALSE(invert(small, 2));
}

TEST(Invert, GivesTheInverse) {
  for (const int d : {1, 2, 3, 9, 25}) {
    const auto whole = sample(d, 30, 1);
    std::vector<double> matrix;
    for (int i = 0; i < d; ++i)
      for (int j = 0; j < d; ++j) matrix.push_back(whole.row(std::min(i, j))[std::max(i, j)]);
    const auto before = matrix;
    ASSERT_TRUE(invert(matrix, d));
    for (int i = 0; i < d; ++i)
      for (int j = 0; j < d; ++j) {
        double sum = 0.0;
        for (int k = 0; k < d; ++k)
          sum += before[static_cast<std::size_t>(i * d + k)] * matrix[static_cast<std::size_t>(k * d + j)];
        ASSERT_NEAR(sum, i == j ? 1.0 : 0.0, 1e-10);
      }
  }
}

}  // namespace
}  // namespace zerogap

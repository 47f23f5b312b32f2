// SPDX-License-Identifier: Apache-2.0
#include "bounds/branch.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include <limits>

#include "bounds/closed_forms.hpp"
#include "bounds/eigen.hpp"
#include "support.hpp"

namespace zerogap {
namespace {

using test::response;

MaximumOptions searching(double tolerance, std::int64_t nodes) {
  MaximumOptions options;
  options.tolerance = tolerance;
  options.nodes = nodes;
  options.seconds = 1e9;
  options.enumerate = false;
  return options;
}

TEST(BranchAndBound, BracketsTheEnumeratedMaximum) {
  std::mt19937_64 random(1);
  for (const int length : {1, 2})
    for (int n = 0; n < 8; ++n) {
      const auto sample = test::sample(length, 4 + 5 * n, 0.15 * (1 + n % 5), random);
      for (const auto form : all_forms) {
        const auto exact = prove_maximum(sample.problem(), form, {});
        const auto found = prove_maximum(sample.problem(), form, searching(1e-3, 1000000));
        EXPECT_FALSE(found.exact);
        EXPECT_TRUE(found.closed) << "d " << length << " case " << n << " form " << static_cast<int>(form);
        EXPECT_GE(found.upper.value(), exact.attained.value());
        EXPECT_LE(found.attained.value(), exact.upper.value());
        EXPECT_LE(found.upper.value() - found.attained.value(), 1.01e-3 * found.upper.value() + 1e-12);
      }
    }
}

TEST(BranchAndBound, ClosesInThreeDimensions) {
  std::mt19937_64 random(2);
  for (const int patches : {5, 20, 40}) {
    const auto sample = test::sample(3, patches, 0.5, random);
    for (const auto form : all_forms) {
      const auto found = prove_maximum(sample.problem(), form, searching(1e-3, 1000000));
      EXPECT_TRUE(found.closed) << patches << " patches, form " << static_cast<int>(form);
      EXPECT_LE(found.upper.value(), found.root_bound);
      EXPECT_GE(std::abs(response(sample.problem(), found.at, found.threshold)), found.attained.value());
      double best = 0.0;
      for (int trial = 0; trial < 20000; ++trial) {
        const auto u = test::trial_filter(3, form, random);
        best = std::max(best, std::abs(response(sample.problem(), u,
                                                test::trial_threshold(sample.problem(), form, random))));
      }
      EXPECT_LE(best, found.upper.value());
      EXPECT_GE(best, 0.5 * found.upper.value());
    }
  }
}

TEST(BranchAndBound, SaysWhereItDidNotClose) {
  std::mt19937_64 random(3);
  const auto sample = test::sample(9, 200, 0.3, random);
  for (const auto form : all_forms) {
    const auto found = prove_maximum(sample.problem(), form, searching(1e-6, 500));
    EXPECT_FALSE(found.closed || found.exact);
    EXPECT_GE(found.nodes, 500);
    EXPECT_LT(found.nodes, 700);
    EXPECT_GT(found.upper.value(), found.attained.value());
    EXPECT_LE(found.upper.value(), found.root_bound);
    for (int trial = 0; trial < 2000; ++trial) {
      const auto u = test::trial_filter(9, form, random);
      ASSERT_LE(
          std::abs(response(sample.problem(), u, test::trial_threshold(sample.problem(), form, random))),
          found.upper.value());
    }
  }
}

TEST(BranchAndBound, IsTheSameOnAnyNumberOfThreads) {
  std::mt19937_64 random(4);
  const auto sample = test::sample(4, 700, 0.3, random);
  const int threads = omp_get_max_threads();
  for (const auto form : all_forms) {
    omp_set_num_threads(1);
    const auto one = prove_maximum(sample.problem(), form, searching(1e-6, 2000));
    omp_set_num_threads(3);
    const auto three = prove_maximum(sample.problem(), form, searching(1e-6, 2000));
    EXPECT_EQ(one.upper.value(), three.upper.value());
    EXPECT_EQ(one.attained.value(), three.attained.value());
    EXPECT_EQ(one.at, three.at);
    EXPECT_EQ(one.nodes, three.nodes);
  }
  omp_set_num_threads(threads);
}

TEST(BranchAndBound, StartsFromGivenFilters) {
  std::mt19937_64 random(5);
  const auto sample = test::sample(3, 30, 0.5, random);
  auto options = searching(1e-3, 1);
  options.starts = options.steps = 0;
  const auto best = prove_maximum(sample.problem(), NetworkForm::relative, searching(1e-3, 1000000));
  options.filters = best.at;
  EXPECT_GE(prove_maximum(sample.problem(), NetworkForm::relative, options).attained.value(),
            best.attained.value());
}

/// Any point of any box must stay below the box's bound, and tightening must lose no point of the domain.
TEST(Nodes, AreAboveEveryPointInThem) {
  std::mt19937_64 random(6);
  std::uniform_real_distribution<double> uniform;
  for (const int length : {1, 2, 3, 5})
    for (const auto form : all_forms)
      for (int n = 0; n < 60; ++n) {
        const auto sample = test::sample(length, 30, 0.4, random);
        const auto rows = make_rows(sample.problem(), form);
        const auto rotated = rotate_rows(rows, eigenvectors(weighted_gram(rows, 0.5), length));
        const auto d = static_cast<std::size_t>(length);
        Node node{std::vector<double>(d + 1, -1.0),
                  std::vector<double>(d + 1, 1.0),
                  std::numeric_limits<double>::infinity(),
                  0,
                  0,
                  {}};
        node.low[d] = any_threshold(form) ? 0.0 : sample.lambda;
        node.high[d] = any_threshold(form) ? rows.longest : sample.lambda;
        for (int cuts = n % 8; cuts > 0; --cuts) {
          const auto k = static_cast<std::size_t>(uniform(random) * static_cast<double>(d + 1));
          const double middle = 0.5 * (node.low[k] + node.high[k]);
          (uniform(random) < 0.5 ? node.low : node.high)[k] = middle;
        }
        const Node loose = node;
        const bool some = tighten(node, form != NetworkForm::ball);
        if (some) bound_nodes(rotated, {&node, 1});
        const double error = node_error(rows, rotated, node.high[d]) + value_error(rows, node.high[d]);
        EXPECT_LT(error, 1e-9);
        for (int trial = 0; trial < 300; ++trial) {
          const auto s = test::trial_filter(length, form, random);
          const double t = node.low[d] + uniform(random) * (node.high[d] - node.low[d]);
          bool inside = true;
          for (std::size_t k = 0; k < d; ++k)
            inside = inside && loose.low[k] <= s[k] && s[k] <= loose.high[k];
          if (!inside) continue;
          ASSERT_TRUE(some);
          std::vector<double> u(d, 0.0);
          for (std::size_t k = 0; k < d; ++k) {
            ASSERT_TRUE(node.low[k] - 1e-12 <= s[k] && s[k] <= node.high[k] + 1e-12);
            for (std::size_t j = 0; j < d; ++j) u[j] += rotated.v[j * d + k] * s[k];
          }
          ASSERT_LE(value_at(rows, u, t), node.bound + error);
        }
      }
}

/// The same deep in the tree, where few points of the domain are: points of the box itself, cut to the unit
/// ball.
TEST(Nodes, AreAboveEveryPointInThemHoweverSmall) {
  std::mt19937_64 random(8);
  std::uniform_real_distribution<double> uniform;
  for (const int length : {1, 2, 4, 9})
    for (int n = 0; n < 100; ++n) {
      auto sample = test::sample(length, 40, 0.02 * (1 + n % 40), random);
      const auto rows = make_rows(sample.problem(), NetworkForm::decay);
      const auto rotated = rotate_rows(rows, eigenvectors(weighted_gram(rows, 0.5), length));
      const auto d = static_cast<std::size_t>(length);
      Node node{std::vector<double>(d + 1, -1.0),
                std::vector<double>(d + 1, 1.0),
                std::numeric_limits<double>::infinity(),
                0,
                0,
                {}};
      node.low[d] = n % 2 == 0 ? sample.lambda : 0.0;
      node.high[d] = n % 2 == 0 ? sample.lambda : rows.longest;
      for (int cuts = n % 30; cuts > 0; --cuts) {
        const auto k = static_cast<std::size_t>(uniform(random) * static_cast<double>(d + 1));
        const double middle = 0.5 * (node.low[k] + node.high[k]);
        (uniform(random) < 0.5 ? node.low : node.high)[k] = middle;
      }
      if (!tighten(node, false)) continue;
      bound_nodes(rotated, {&node, 1});
      const double error = node_error(rows, rotated, node.high[d]) + value_error(rows, node.high[d]);
      for (int trial = 0; trial < 300; ++trial) {
        std::vector<double> s(d), u(d, 0.0);
        double square = 0.0;
        for (std::size_t k = 0; k < d; ++k) {
          s[k] = node.low[k] + uniform(random) * (node.high[k] - node.low[k]);
          square += s[k] * s[k];
        }
        if (square > 1.0) continue;
        for (std::size_t k = 0; k < d; ++k)
          for (std::size_t j = 0; j < d; ++j) u[j] += rotated.v[j * d + k] * s[k];
        const double t = node.low[d] + uniform(random) * (node.high[d] - node.low[d]);
        ASSERT_LE(value_at(rows, u, t), node.bound + error) << "d " << length << " case " << n;
      }
    }
}

TEST(Eigenvectors, OfARandomMatrix) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  for (const int d : {1, 2, 9, 25}) {
    const auto n = static_cast<std::size_t>(d);
    std::vector<double> root(n * n), a(n * n, 0.0);
    for (auto& entry : root) entry = normal(random);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        for (std::size_t k = 0; k < n; ++k) a[i * n + j] += root[i * n + k] * root[j * n + k];
    const auto v = eigenvectors(a, d);
    double before = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < n; ++k) {
      std::vector<double> product(n, 0.0);
      double value = 0.0;
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) product[i] += a[i * n + j] * v[j * n + k];
        value += product[i] * v[i * n + k];
      }
      for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(product[i], value * v[i * n + k], 1e-12 * d * d);
      EXPECT_LE(value, before + 1e-12);
      if (k == 0) {
        EXPECT_GE(largest_eigenvalue_bound(a, d), value);
        EXPECT_LE(largest_eigenvalue_bound(a, d), value * (1.0 + 1e-9));
      }
      before = value;
    }
  }
}

}  // namespace
}  // namespace zerogap

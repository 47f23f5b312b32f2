// SPDX-License-Identifier: Apache-2.0
// What a search finds: values are those of the function, nothing random does better, and a maximum known by
// hand is found.

#include "search/filter_search.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.hpp"
#include "evaluation/evaluation.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

/// A problem with the residual -x of the zero network: z = 2x.
struct Zero {
  explicit Zero(const std::vector<std::string>& more) : config(configuration(more)), problem(config, *world) {
    const std::vector<double> none(static_cast<std::size_t>(problem.length())), zero(1);
    pass.forward({{none.data(), zero.data(), 1, 1, problem.length()}}, problem.train(),
                 problem.train().all_images);
  }
  static Config configuration(std::vector<std::string> more) {
    more.insert(more.begin(), {"data.images=2", "data.test_images=0", "network.filters=1",
                               "network.arrangements=4", "run.precision=fp64", "run.threads=1"});
    return parse_config("{}", "test", more);
  }
  FilterSearch<double> search() { return {problem, pass.residual().values(), problem.train().bounds.target}; }
  /// |z' tau_lambda(Y u)|, with any threshold divided by |u|, by another kernel: as a prediction against the
  /// target.
  double value(NetworkForm form, std::vector<double> u) {
    const double one = 1.0;
    PrimalPass<double> other(problem.context());
    other.forward({{u.data(), &one, 1, 1, problem.length()}}, problem.train(), problem.train().all_images);
    const auto pred = other.residual().predictions();
    double f = 0.0;
    for (std::size_t i = 0; i < pred.size(); ++i) f += 2.0 * problem.train().data.target[i] * pred[i];
    return std::abs(f) / (any_threshold(form) ? row_norm(u.data(), 0, problem.length()) : 1.0);
  }

  std::unique_ptr<Communicator> world = make_serial();
  Config config;
  Problem<double> problem;
  PrimalPass<double> pass{problem.context()};
};

TEST(FilterSearch, ValuesAreThoseOfTheFunctionAndInItsDomain) {
  Zero zero({});
  for (const auto form : all_forms) {
    const auto found = zero.search().search(form, {32, 20, 1}, {}, 4);
    ASSERT_FALSE(found.empty());
    for (const auto& each : found) {
      EXPECT_NEAR(each.value, zero.value(form, each.u), 1e-9 * each.value);
      const double length = row_norm(each.u.data(), 0, 9);
      if (!any_threshold(form)) {
        EXPECT_LE(length, 1.0 + 1e-12);
      }
      if (form == NetworkForm::relative) {
        EXPECT_GE(length, 1.0 - 1e-12);
      }
    }
    for (std::size_t k = 1; k < found.size(); ++k) EXPECT_LE(found[k].value, found[k - 1].value);
  }
}

TEST(FilterSearch, NothingRandomDoesBetter) {
  Zero zero({});
  const Random random(7, RandomUse::initial);
  for (const auto form : all_forms) {
    const double best = zero.search().search(form, {64, 50, 1}, {}, 1).front().value;
    for (std::uint64_t k = 0; k < 200; ++k) {
      std::vector<double> u(9);
      random.normals(k, u);
      double length = row_norm(u.data(), 0, 9);
      if (any_threshold(form)) length /= std::pow(10.0, random.uniform(k, 100));
      for (double& entry : u) entry /= length;
      EXPECT_LE(zero.value(form, u), best * (1.0 + 1e-12));
    }
  }
}

TEST(FilterSearch, WithoutThresholdItIsTheLinearFiltersNorm) {
  Zero linear({"network.lambda=0"}), zero({});
  std::vector<double> direction(9);
  for (std::size_t i = 0; i < 9; ++i) {
    std::vector<double> axis(9);
    axis[i] = 1.0;
    // z'Y e_i is positive for pictures, whose pixels are.
    direction[i] = linear.value(NetworkForm::relative, axis);
  }
  const double expected = row_norm(direction.data(), 0, 9);
  for (const auto form : all_forms)
    EXPECT_NEAR(linear.search().search(form, {8, 60, 1}, {}, 1).front().value, expected, 1e-6 * expected);
  EXPECT_NEAR(zero.search().at_zero_threshold(), expected, 1e-9 * expected);
}

TEST(FilterSearch, ACandidateIsWhereTheSearchStarts) {
  Zero zero({});
  const auto best = zero.search().search(NetworkForm::ball, {64, 50, 1}, {}, 1).front();
  const auto again = zero.search().search(NetworkForm::ball, {1, 1, 2}, best.u, 1).front();
  EXPECT_GE(again.value, best.value * (1.0 - 1e-12));
}

TEST(FilterSearch, OfProductIsThatOfDecay) {
  Zero zero({});
  const auto decay = zero.search().search(NetworkForm::decay, {32, 20, 1}, {}, 2),
             product = zero.search().search(NetworkForm::product, {32, 20, 1}, {}, 2);
  ASSERT_EQ(product.size(), decay.size());
  for (std::size_t k = 0; k < decay.size(); ++k) {
    EXPECT_EQ(product[k].value, decay[k].value);
    EXPECT_EQ(product[k].u, decay[k].u);
    const auto refined = zero.search().refined(NetworkForm::product, product[k], 20);
    EXPECT_GE(refined.value, product[k].value);
    EXPECT_EQ(refined.u, zero.search().refined(NetworkForm::decay, decay[k], 20).u);
  }
}

TEST(FilterSearch, NothingIsFoundWhereNoActivationPasses) {
  Zero zero({"network.lambda=1000"});
  EXPECT_TRUE(zero.search().search(NetworkForm::ball, {16, 5, 1}, {}, 1).empty());
  EXPECT_FALSE(zero.search().search(NetworkForm::decay, {16, 20, 1}, {}, 1).empty());  // long filters pass
}

}  // namespace
}  // namespace zerogap

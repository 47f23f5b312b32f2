// SPDX-License-Identifier: Apache-2.0
// What a search for blocks finds: prices are attained, a better block is found, the sign constraints count.

#include "search/block_search.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/cholesky.hpp"
#include "core/random.hpp"
#include "search/ascent.hpp"

namespace zerogap {
namespace {

/// A problem with the residual -x of the zero network: z = 2x.
struct Zero {
  explicit Zero(const std::vector<std::string>& more) : config(configuration(more)), problem(config, *world) {
    const auto& g = problem.blocks().g;
    const std::vector<double> none(g.size());
    pass.forward({g.data(), none.data(), none.data(), problem.blocks().share.count(), problem.blocks().total,
                  problem.length()},
                 problem.train(), problem.train().all_images, false);
  }
  static Config configuration(std::vector<std::string> more) {
    more.insert(more.begin(),
                {"data.images=2", "data.test_images=0", "network.arrangements=4", "run.precision=fp64",
                 "run.threads=1", "arrangements.pricing.starts=64", "arrangements.pricing.steps=15"});
    return parse_config("{}", "test", more);
  }
  std::vector<FoundBlock> search(std::size_t keep, const std::vector<double>& candidates = {}) {
    BlockSearch<double> search(problem, pass.residual().values(), problem.train().bounds.target);
    return search.search(config.arrangements, 1, candidates, keep);
  }
  /// Y'Q_g z and sum_i c_i y_i by the definition.
  std::vector<double> direction(const std::vector<double>& g) const {
    const auto source = problem.train().source();
    std::vector<double> sum(g.size());
    for (std::int64_t i = 0; i < source.images * source.pixels_per_image(); ++i) {
      const auto y = patch(i);
      double a = 0.0;
      for (std::size_t k = 0; k < g.size(); ++k) a += y[k] * g[k];
      const double q = a == 0.0 ? 0.0 : std::max(0.0, 1.0 - problem.context().lambda / std::abs(a));
      for (std::size_t k = 0; k < g.size(); ++k)
        sum[k] += 2.0 * problem.train().data.target[static_cast<std::size_t>(i)] * q * y[k];
    }
    return sum;
  }
  std::vector<double> patch(std::int64_t i) const {
    const auto source = problem.train().source();
    const std::int64_t wide = source.width + source.side - 1, image = i / source.pixels_per_image(),
                       pixel = i % source.pixels_per_image();
    std::vector<double> y;
    for (int k = 0; k < source.length; ++k)
      y.push_back(problem.train().data.pixels[static_cast<std::size_t>(
          image * source.stride() + (pixel / source.width + k / source.side) * wide + pixel % source.width +
          k % source.side)]);
    return y;
  }

  std::unique_ptr<Communicator> world = make_serial();
  Config config;
  Problem<double> problem;
  DualPass<double> pass{problem.context()};
};

double norm(const std::vector<double>& a) { return row_norm(a.data(), 0, static_cast<int>(a.size())); }

TEST(BlockSearch, PricesWithoutSignsAreBlockNorms) {
  Zero zero({"network.rho=0"});
  const auto found = zero.search(4);
  ASSERT_EQ(found.size(), 4u);
  for (const auto& each : found) EXPECT_NEAR(each.price, norm(zero.direction(each.g)), 1e-9 * each.price);
  for (std::size_t k = 1; k < 4; ++k) EXPECT_GE(found[k - 1].price, found[k].price);
}

TEST(BlockSearch, NothingRandomIsBetter) {
  Zero zero({"network.rho=0", "network.lambda=0.4"});
  const auto found = zero.search(1);
  const Random random(77, RandomUse::initial);
  for (std::uint64_t k = 0; k < 300; ++k) {
    std::vector<double> g(9);
    random.normals(k, g);
    const double size = std::pow(10.0, 4.0 * random.uniform(k, 1000) - 2.0);
    for (double& entry : g) entry *= size;
    EXPECT_LE(norm(zero.direction(g)), found[0].price);
  }
}

/// What rho punishes costs: prices fall with rho, and stay above |z'tau_lambda(Y g)|/|g|.
TEST(BlockSearch, PricesWithSignsLieBetweenTheirBounds) {
  double before = Zero({"network.rho=0"}).search(1)[0].price;
  for (const char* rho : {"network.rho=0.01", "network.rho=1", "network.rho=1000"}) {
    SCOPED_TRACE(rho);
    Zero zero({rho});
    const auto found = zero.search(3);
    ASSERT_FALSE(found.empty());
    EXPECT_LE(found[0].price, (1.0 + 1e-6) * before);
    before = found[0].price;
    for (const auto& each : found) {
      const auto towards = zero.direction(each.g);
      double along = 0.0;
      for (std::size_t k = 0; k < each.g.size(); ++k) along += towards[k] * each.g[k];
      EXPECT_LE(each.price, norm(towards) * (1.0 + 1e-9));
      EXPECT_GE(each.price, std::abs(along) / norm(each.g) * (1.0 - 1e-9));
    }
  }
}

/// A candidate far better than any start is climbed from, whatever its sign.
TEST(BlockSearch, ACandidateIsNotLost) {
  for (const char* rho : {"network.rho=0", "network.rho=0.1"}) {
    Zero zero({rho, "arrangements.pricing.starts=1", "arrangements.pricing.steps=0"});
    const auto best = Zero({rho}).search(1)[0];
    auto g = best.g;
    for (double& entry : g) entry = -entry;
    const auto found = zero.search(1, g);
    EXPECT_GE(found[0].price, 0.9 * best.price);
    EXPECT_TRUE(nearly_equal(found[0].g, best.g, 1e-9));
  }
}

/// tau_0.6(Y g) less what is linear in y, so that long g, whose gates are all open, are worth nothing.
std::vector<double> planted_residual(const Zero& zero, const std::vector<double>& g) {
  const std::int64_t patches = zero.problem.train().patches();
  std::vector<double> square(81), mixed(9), z;
  for (std::int64_t i = 0; i < patches; ++i) {
    const auto y = zero.patch(i);
    double a = 0.0;
    for (std::size_t k = 0; k < 9; ++k) a += y[k] * g[k];
    z.push_back(std::copysign(std::max(0.0, std::abs(a) - 0.6), a));
    for (std::size_t k = 0; k < 9; ++k) {
      mixed[k] += z.back() * y[k];
      for (std::size_t l = 0; l < 9; ++l) square[9 * k + l] += y[k] * y[l];
    }
  }
  EXPECT_TRUE(invert(square, 9));
  for (std::int64_t i = 0; i < patches; ++i) {
    const auto y = zero.patch(i);
    double& each = z[static_cast<std::size_t>(i)];
    for (std::size_t k = 0; k < 9; ++k)
      for (std::size_t l = 0; l < 9; ++l) each -= y[k] * square[9 * k + l] * mixed[l];
    each /= -2.0;
  }
  return z;
}

TEST(BlockSearch, FindsAPlantedBlock) {
  Zero zero({"network.rho=0", "network.lambda=0.6"});
  const std::vector<double> hidden = {0.1, -0.9, 0.1, 0.0, 1.1, 0.0, 0.1, -0.3, 0.2};
  const auto residual = planted_residual(zero, hidden);
  const auto price = [&](std::int64_t starts, std::int64_t steps, const std::vector<double>& g) {
    zero.config.arrangements.pricing.starts = starts;
    zero.config.arrangements.pricing.steps = steps;
    return BlockSearch<double>(zero.problem, residual, 3.0)
        .search(zero.config.arrangements, 1, g, 1)[0]
        .price;
  };
  const double planted = price(1, 0, hidden);
  EXPECT_LT(price(64, 0, {}), 0.8 * planted);
  EXPECT_GE(price(64, 30, {}), planted);
}

TEST(BlockSearch, FoundBlocksDiffer) {
  Zero zero({"network.rho=0"});
  const auto found = zero.search(8);
  for (std::size_t a = 0; a < found.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) EXPECT_FALSE(nearly_equal(found[a].g, found[b].g, 0.05));
}

}  // namespace
}  // namespace zerogap

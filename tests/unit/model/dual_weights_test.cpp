// SPDX-License-Identifier: Apache-2.0
#include "model/dual_weights.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/norm.hpp"
#include "kernels/backend.hpp"

namespace zerogap {
namespace {

constexpr int length = 3;
constexpr std::int64_t patches = 50;
constexpr double lambda = 0.4;

std::vector<double> normals(std::uint64_t seed, std::int64_t count) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& value : values) value = normal(random);
  return values;
}

/// Random patches and what the reference kernels say about networks on them.
class Measured {
 public:
  explicit Measured(std::uint64_t seed) : y_(normals(seed, patches * length)) {}

  struct Dual {
    std::vector<double> pred;
    double hinge, violation;
  };
  Dual dual(const DualWeights& weights) {
    std::vector<std::int64_t> pred(patches);
    const auto sums = kernels_->run(
        DualForward<double>{source(), images_, blocks(weights), lambda, true, scale_, scale_, pred});
    return {reals(pred), scale_.real(sums.hinge), sums.max_violation};
  }
  std::vector<double> primal(const std::vector<double>& u, const std::vector<double>& v) {
    std::vector<std::int64_t> pred(patches);
    kernels_->run(PrimalForward<double>{source(),
                                        images_,
                                        {u.data(), v.data(), static_cast<std::int64_t>(v.size()), 1},
                                        lambda,
                                        scale_,
                                        pred});
    return reals(pred);
  }
  /// Of w, then of w'.
  std::vector<double> alphas(const DualWeights& weights) {
    const auto count = static_cast<std::size_t>(weights.count);
    std::vector<double> alpha(2 * count);
    const std::span<double> all(alpha);
    kernels_->run(
        Repair<double>{source(), images_, blocks(weights), lambda, all.first(count), all.last(count)});
    return alpha;
  }

 private:
  PatchSource<double> source() const { return {y_.data(), 1, 1, static_cast<int>(patches), 0, length}; }
  static DualBlocks<double> blocks(const DualWeights& weights) {
    return {weights.g.data(), weights.w.data(), weights.w_prime.data(), weights.count, 1};
  }
  std::vector<double> reals(const std::vector<std::int64_t>& sums) const {
    std::vector<double> out;
    for (const auto sum : sums) out.push_back(scale_.real(sum));
    return out;
  }

  std::vector<double> y_;
  std::vector<std::int32_t> images_{0};
  std::unique_ptr<Kernels<double>> kernels_ = make_reference_kernels<double>();
  FixedPoint scale_{1e5};
};

TEST(Embed, ReproducesThePredictionWithoutViolation) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Measured measured(seed);
    const auto u = normals(100 + seed, 7 * length), v = normals(200 + seed, 7);
    const auto dual = embed(u, v, length);
    EXPECT_EQ(dual.g, u);
    const auto found = measured.dual(dual);
    const auto expected = measured.primal(u, v);
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found.pred[i], expected[i], 1e-12);
    EXPECT_EQ(found.hinge, 0.0);
    EXPECT_EQ(found.violation, 0.0);
  }
}

TEST(Embed, CostsAtMostTheDecay) {
  const auto u = normals(1, 9 * length), v = normals(2, 9);
  const auto dual = embed(u, v, length);
  double group = 0.0, decay = 0.0, products = 0.0;
  for (std::int64_t k = 0; k < 9; ++k) {
    const double size = row_norm(u.data(), k, length), output = v[static_cast<std::size_t>(k)];
    group += 2.0 * (row_norm(dual.w.data(), k, length) + row_norm(dual.w_prime.data(), k, length));
    products += 2.0 * size * std::abs(output);
    decay += size * size + output * output;
  }
  EXPECT_NEAR(group, products, 1e-13);
  EXPECT_LE(group, decay);
}

TEST(Embed, PutsTheSignIntoTheHalves) {
  const std::vector<double> u{1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, v{-2.0, 0.0, 3.0};
  const auto dual = embed(u, v, 2);
  EXPECT_EQ(dual.count, 3);
  EXPECT_EQ(dual.length, 2);
  EXPECT_EQ(dual.w, (std::vector<double>{2.0, 4.0, 0.0, 0.0, 0.0, 0.0}));
  EXPECT_EQ(dual.w_prime, (std::vector<double>{0.0, 0.0, 0.0, 0.0, 15.0, 18.0}));
}

TEST(RepairedPoint, ViolatesNothing) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Measured measured(seed);
    DualWeights dual{6, length, normals(300 + seed, 6 * length), normals(400 + seed, 6 * length),
                     normals(500 + seed, 6 * length)};
    ASSERT_GT(measured.dual(dual).violation, 0.1);
    const auto before = dual;
    const auto alphas = measured.alphas(dual);
    repair(dual, std::span(alphas).first(6), std::span(alphas).last(6));
    EXPECT_LE(measured.dual(dual).violation, 1e-14);
    EXPECT_EQ(dual.g, before.g);
    for (const double again : measured.alphas(dual)) EXPECT_LE(again, 1e-14);
    for (std::size_t at = 0; at < dual.w.size(); ++at)
      EXPECT_EQ(dual.w[at], before.w[at] + alphas[at / length] * dual.g[at]);
  }
}

TEST(RepairedPoint, IsTheSameWhereNothingIsViolated) {
  Measured measured(1);
  DualWeights dual{4, length, normals(1, 4 * length), std::vector<double>(4 * length), {}};
  dual.w_prime = dual.g;  // g itself is feasible, and so is 0
  const auto alphas = measured.alphas(dual);
  for (const double alpha : alphas) EXPECT_EQ(alpha, 0.0);
  const auto before = dual;
  repair(dual, std::span(alphas).first(4), std::span(alphas).last(4));
  EXPECT_EQ(dual.w, before.w);
  EXPECT_EQ(dual.w_prime, before.w_prime);
}

}  // namespace
}  // namespace zerogap

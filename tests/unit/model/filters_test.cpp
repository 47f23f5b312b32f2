// SPDX-License-Identifier: Apache-2.0
#include "model/filters.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/norm.hpp"

namespace zerogap {
namespace {

constexpr int length = 5;

std::vector<double> random_rows(std::uint64_t seed, std::int64_t count) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> rows(static_cast<std::size_t>(count * length));
  for (double& entry : rows) entry = normal(random);
  return rows;
}

class Maps : public testing::TestWithParam<std::tuple<MapKind, double>> {
 protected:
  MapKind kind_ = std::get<0>(GetParam());
  double sign_ = std::get<1>(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Kinds, Maps,
                         testing::Combine(testing::Values(MapKind::eq46, MapKind::gate_length),
                                          testing::Values(1.0, -1.0)));

TEST_P(Maps, KeepDirectionAndProductOfNorms) {
  const std::int64_t count = 20;
  const auto g = random_rows(1, count), w = random_rows(2, count);
  const auto filters = map_to_primal(g, w, length, sign_, kind_);
  ASSERT_EQ(filters.count, count);
  ASSERT_EQ(filters.length, length);
  for (std::int64_t j = 0; j < count; ++j) {
    const double size = row_norm(w.data(), j, length), of_u = row_norm(filters.u.data(), j, length),
                 v = filters.v[j];
    EXPECT_NEAR(of_u * std::abs(v), size, 1e-14 * size);
    EXPECT_GT(v * sign_, 0.0);
    EXPECT_NEAR(of_u, kind_ == MapKind::eq46 ? std::abs(v) : row_norm(g.data(), j, length),
                1e-14 * of_u);  // Eq. 46 balances
    // u v = sign w: without a threshold the prediction would be that of the block.
    for (std::int64_t at = j * length; at < (j + 1) * length; ++at)
      EXPECT_NEAR(filters.u[at] * v, sign_ * w[at], 1e-14);
  }
}

TEST_P(Maps, AZeroBlockGivesAZeroFilter) {
  auto g = random_rows(1, 3), w = random_rows(2, 3);
  std::fill_n(w.begin() + length, length, 0.0);
  const auto filters = map_to_primal(g, w, length, sign_, kind_);
  EXPECT_EQ(filters.v[1], 0.0);
  EXPECT_EQ(row_norm(filters.u.data(), 1, length), 0.0);
  const auto kept = without_zeros(filters);
  ASSERT_EQ(kept.count, 2);
  EXPECT_EQ(kept.v, (std::vector<double>{filters.v[0], filters.v[2]}));
  EXPECT_TRUE(std::equal(kept.u.begin() + length, kept.u.end(), filters.u.begin() + 2 * length));
}

TEST(Maps, ByHand) {
  // |w| = 5: Eq. 46 gives u = w/sqrt(5), v = sqrt(5); the gate's length 2 gives u = w 2/5, v = 5/2.
  const std::vector<double> g{2.0, 0.0}, w{3.0, 4.0};
  const auto balanced = map_to_primal(g, w, 2, -1.0, MapKind::eq46);
  EXPECT_DOUBLE_EQ(balanced.u[0], 3.0 / std::sqrt(5.0));
  EXPECT_DOUBLE_EQ(balanced.v[0], -std::sqrt(5.0));
  const auto kept = map_to_primal(g, w, 2, 1.0, MapKind::gate_length);
  EXPECT_DOUBLE_EQ(kept.u[1], 1.6);
  EXPECT_DOUBLE_EQ(kept.v[0], 2.5);
}

TEST(Maps, LengthsOfEachForm) {
  // |w| = 5, |g| = 2.
  const std::vector<double> g{2.0, 0.0}, w{3.0, 4.0};
  const auto length_of = [&](NetworkForm form, MapKind kind) {
    const auto filters = map_to_primal(g, w, 2, 1.0, kind, form);
    const double norm = row_norm(filters.u.data(), 0, 2);
    EXPECT_NEAR(norm * filters.v[0], 5.0, 1e-14);
    return norm;
  };
  const double root = std::sqrt(5.0);
  for (const auto form : {NetworkForm::decay, NetworkForm::product}) {
    EXPECT_DOUBLE_EQ(length_of(form, MapKind::eq46), root);
    EXPECT_DOUBLE_EQ(length_of(form, MapKind::gate_length), 2.0);
  }
  for (const auto kind : {MapKind::eq46, MapKind::gate_length}) {
    EXPECT_DOUBLE_EQ(length_of(NetworkForm::ball, kind), 1.0);
    EXPECT_DOUBLE_EQ(length_of(NetworkForm::relative, kind), root);
  }
}

TEST(Maps, ABlockWithoutAGateGivesNoFilterWhereItsLengthIsKept) {
  const std::vector<double> g{0.0, 0.0}, w{3.0, 4.0};
  EXPECT_EQ(without_zeros(map_to_primal(g, w, 2, 1.0, MapKind::gate_length)).count, 0);
  EXPECT_EQ(without_zeros(map_to_primal(g, w, 2, 1.0, MapKind::eq46)).count, 1);
}

TEST(Maps, OfNothingIsNothing) {
  const auto none = map_to_primal({}, {}, 3, 1.0, MapKind::eq46);
  EXPECT_EQ(none.count, 0);
  EXPECT_EQ(without_zeros(none).count, 0);
}

}  // namespace
}  // namespace zerogap

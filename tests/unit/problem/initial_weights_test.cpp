// SPDX-License-Identifier: Apache-2.0
// Start values: rules, files, and a dual's filters; the same rows on any number of ranks.

#include "problem/initial_weights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "core/error.hpp"
#include "data/hdf5_file.hpp"
#include "model/initial.hpp"

namespace zerogap {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;

std::vector<double> rows(const InitialRule& rule, InitialArray array, std::int64_t count, int columns,
                         double fan_in) {
  std::vector<double> all(static_cast<std::size_t>(count * columns));
  for (std::int64_t j = 0; j < count; ++j)
    initial_row(
        rule, array, j, fan_in,
        std::span(all).subspan(static_cast<std::size_t>(j * columns), static_cast<std::size_t>(columns)));
  return all;
}

struct Moments {
  double mean = 0.0, square = 0.0, largest = 0.0;
};
Moments moments(const std::vector<double>& values) {
  Moments m;
  for (const double value : values) {
    m.mean += value / static_cast<double>(values.size());
    m.square += value * value / static_cast<double>(values.size());
    m.largest = std::max(m.largest, std::abs(value));
  }
  return m;
}

TEST(InitialRow, KaimingUniformFillsItsInterval) {
  const double limit = std::sqrt(6.0 / 9.0);
  const auto m = moments(rows({InitialKind::kaiming_uniform, 0.0, 1}, InitialArray::w, 10000, 9, 9.0));
  EXPECT_LE(m.largest, limit);
  EXPECT_GT(m.largest, 0.9999 * limit);
  EXPECT_NEAR(m.mean, 0.0, 5.0 * limit / std::sqrt(3.0 * 90000));
  EXPECT_NEAR(m.square, limit * limit / 3.0, 0.005);
  EXPECT_LE(moments(rows({InitialKind::kaiming_uniform, 0.0, 1}, InitialArray::v, 100, 1, 600.0)).largest,
            0.1);
}

TEST(InitialRow, NormalHasItsDeviationAndZeroIsZero) {
  const auto m = moments(rows({InitialKind::normal, 0.005, 1}, InitialArray::u, 10000, 9, 9.0));
  EXPECT_NEAR(m.mean / 0.005, 0.0, 5.0 / 300.0);
  EXPECT_NEAR(m.square / (0.005 * 0.005), 1.0, 0.03);
  EXPECT_EQ(moments(rows({InitialKind::zero, 1.0, 1}, InitialArray::u, 10, 9, 9.0)).largest, 0.0);
}

TEST(InitialRow, ArraysSeedsAndRowsShareNoNumbers) {
  const InitialRule rule{InitialKind::normal, 1.0, 1};
  const auto w = rows(rule, InitialArray::w, 3, 4, 4.0);
  EXPECT_NE(rows(rule, InitialArray::w_prime, 3, 4, 4.0), w);
  EXPECT_NE(rows({InitialKind::normal, 1.0, 2}, InitialArray::w, 3, 4, 4.0), w);
  std::set<double> seen(w.begin(), w.end());
  EXPECT_EQ(seen.size(), w.size());
}

/// A folder with weights of K = 5 filters and P = 4 blocks of length 9.
class Start : public testing::Test {
 protected:
  Start() {
    std::filesystem::create_directory(folder_);
    std::vector<double> u(45), v(5), g(36), w(36), w_prime(36);
    for (std::size_t i = 0; i < u.size(); ++i) u[i] = static_cast<double>(i) + 0.5;
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = -static_cast<double>(i);
    for (std::size_t i = 0; i < 36; ++i) {
      const std::size_t row = i / 9;
      g[i] = 1.0, w[i] = row == 0 ? 4.0 : 0.0, w_prime[i] = row < 3 ? static_cast<double>(row) : 0.0;
    }
    auto file = Hdf5Arrays::create(path_);
    file.write("primal/u", {5, 9}, u);
    file.write("primal/v", {5}, v);
    file.write("dual/g", {4, 9}, g);
    file.write("dual/w", {4, 9}, w);
    file.write("dual/w_prime", {4, 9}, w_prime);
    file.close();
  }
  ~Start() override { std::filesystem::remove_all(folder_); }

  Config config(const std::vector<std::string>& keys) const { return parse_config("{}", "test", keys); }
  Config from(const std::string& kind, const std::string& map = "gate") const {
    return config({"init.kind=" + kind, "init.path=" + path_, "init.map=" + map, "network.filters=5",
                   "network.arrangements=4"});
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("zerogap-start-" + std::to_string(::getpid()));
  std::string path_ = (folder_ / "weights.h5").string();
};

/// Shares of the rows, one after another, are the rows.
void expect_shares(const Config& config, std::int64_t total) {
  const auto filters = initial_filters(config, {0, total}, total, 9);
  const auto weights = initial_weights(config, {0, 4}, 4, 9);
  ASSERT_EQ(filters.u.size(), static_cast<std::size_t>(9 * total));
  ASSERT_EQ(weights.w.size(), 36u);
  for (const std::int64_t cut : {0, 1, 3}) {
    auto head = initial_filters(config, {0, cut}, total, 9);
    const auto tail = initial_filters(config, {cut, total}, total, 9);
    EXPECT_EQ(head.count, cut);
    head.u.insert(head.u.end(), tail.u.begin(), tail.u.end());
    head.v.insert(head.v.end(), tail.v.begin(), tail.v.end());
    EXPECT_EQ(head.u, filters.u);
    EXPECT_EQ(head.v, filters.v);
    auto first = initial_weights(config, {0, cut}, 4, 9);
    const auto last = initial_weights(config, {cut, 4}, 4, 9);
    first.w_prime.insert(first.w_prime.end(), last.w_prime.begin(), last.w_prime.end());
    EXPECT_EQ(first.w_prime, weights.w_prime);
  }
}

TEST_F(Start, RowsDoNotDependOnTheShare) {
  for (const char* kind : {"kaiming_uniform", "normal", "zero"})
    expect_shares(config({std::string("init.kind=") + kind, "init.dual_kind=same"}), 5);
  expect_shares(from("file"), 5);
  expect_shares(from("dual"), configured_filters(from("dual"), 9));
}

TEST_F(Start, RulesUseTheFanInOfTheirLayer) {
  const Config kaiming = config({"init.kind=kaiming_uniform", "init.dual_kind=same", "init.seed=3"});
  const auto filters = initial_filters(kaiming, {0, 64}, 64, 9);
  EXPECT_EQ(filters.u, rows({InitialKind::kaiming_uniform, 0.0, 3}, InitialArray::u, 64, 9, 9.0));
  EXPECT_EQ(filters.v, rows({InitialKind::kaiming_uniform, 0.0, 3}, InitialArray::v, 64, 1, 64.0));
  const auto weights = initial_weights(kaiming, {0, 64}, 64, 9);
  EXPECT_EQ(weights.w, rows({InitialKind::kaiming_uniform, 0.0, 3}, InitialArray::w, 64, 9, 9.0));
  EXPECT_EQ(weights.w_prime, rows({InitialKind::kaiming_uniform, 0.0, 3}, InitialArray::w_prime, 64, 9, 9.0));
}

TEST_F(Start, TheDualStartsAtZeroUnlessTold) {
  for (const char* kind : {"kaiming_uniform", "normal", "zero"}) {
    const auto weights = initial_weights(config({std::string("init.kind=") + kind}), {0, 4}, 4, 9);
    EXPECT_EQ(moments(weights.w).largest, 0.0);
    EXPECT_EQ(moments(weights.w_prime).largest, 0.0);
  }
  const Config normal = config({"init.kind=zero", "init.dual_kind=normal", "init.std=0.01"});
  EXPECT_EQ(initial_weights(normal, {0, 4}, 4, 9).w,
            rows({InitialKind::normal, 0.01, 1}, InitialArray::w, 4, 9, 9.0));
  EXPECT_EQ(moments(initial_filters(normal, {0, 4}, 4, 9).u).largest, 0.0);
  EXPECT_EQ(initial_weights(from("file"), {0, 1}, 4, 9).w[0], 4.0);
}

TEST_F(Start, KaimingsSlopeShortensTheWeights) {
  const auto plain = initial_filters(config({"init.kind=kaiming_uniform"}), {0, 4}, 4, 9);
  const auto sloped =
      initial_filters(config({"init.kind=kaiming_uniform", "init.kaiming_a=3"}), {0, 4}, 4, 9);
  for (std::size_t i = 0; i < plain.u.size(); ++i)
    EXPECT_NEAR(sloped.u[i], plain.u[i] / std::sqrt(10.0), 1e-15);  // 1 + 3^2
  EXPECT_LE(moments(sloped.u).largest, std::sqrt(6.0 / (10.0 * 9.0)));
}

TEST_F(Start, TheDualCanStartAtItsBlocks) {
  const std::vector<double> g{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
  const auto weights = initial_weights(config({"init.dual_kind=blocks"}), {1, 3}, 4, 9, g);
  EXPECT_EQ(weights.w_prime, g);
  EXPECT_EQ(weights.w, std::vector<double>(18, 0.0));
}

TEST_F(Start, FilesGiveTheirWeights) {
  const auto filters = initial_filters(from("file"), {1, 3}, 5, 9);
  EXPECT_EQ(filters.u.front(), 9.5);
  EXPECT_EQ(filters.u.back(), 26.5);
  EXPECT_THAT(filters.v, ElementsAre(-1.0, -2.0));
  const auto weights = initial_weights(from("file"), {0, 4}, 4, 9);
  EXPECT_EQ(weights.w[8], 4.0);
  EXPECT_EQ(weights.w[9], 0.0);
  EXPECT_EQ(configured_filters(from("file"), 9), 5);
}

TEST_F(Start, ADualsFiltersAreThoseOfItsBlocksThatAreNotZero) {
  // |w'_1| = 3, |w'_2| = 6, then |w_0| = 12; every |g| = 3.
  EXPECT_EQ(configured_filters(from("dual"), 9), 3);
  const auto balanced = initial_filters(from("dual", "eq46"), {0, 3}, 3, 9);
  EXPECT_THAT(balanced.v, Pointwise(DoubleEq(), {std::sqrt(3.0), std::sqrt(6.0), -std::sqrt(12.0)}));
  const auto kept = initial_filters(from("dual", "gate"), {0, 3}, 3, 9);
  EXPECT_THAT(kept.v, Pointwise(DoubleEq(), {1.0, 2.0, -4.0}));
  for (const double entry : kept.u)
    EXPECT_DOUBLE_EQ(entry, 1.0);  // directions of all are (1, ..., 1)/3, lengths 3
}

TEST_F(Start, BlocksThatAreNotTheFilesAreCounted) {
  const auto file = open_weights(path_);
  std::vector<double> g(36, 1.0);
  EXPECT_EQ(blocks_that_differ(file, {0, 4}, 9, g), 0);
  g[10] = 1.0 + 1e-9;  // as a run in single precision keeps it
  EXPECT_EQ(blocks_that_differ(file, {0, 4}, 9, g), 0);
  g[10] = g[11] = 1.001;
  g[35] = -1.0;
  EXPECT_EQ(blocks_that_differ(file, {0, 4}, 9, g), 2);
  EXPECT_EQ(blocks_that_differ(file, {2, 4}, 9, std::span(g).subspan(18)), 1) << "this rank's only";
  EXPECT_TRUE(dual_starts_from_file(from("file").init));
  EXPECT_FALSE(dual_starts_from_file(config({"init.kind=normal"}).init));
}

TEST_F(Start, MisfitsSayWhatIsWanted) {
  const auto message = [](auto call) {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      return std::string(error.what());
    }
    ADD_FAILURE() << "nothing was thrown";
    return std::string();
  };
  EXPECT_THAT(message([&] {
                initial_filters(from("file"), {0, 6}, 6, 9);
              }),
              HasSubstr("primal/u must be 6 rows of 9"));
  EXPECT_THAT(message([&] {
                initial_weights(from("file"), {0, 4}, 4, 25);
              }),
              HasSubstr("dual/w must be 4 rows of 25"));
  EXPECT_THAT(message([&] { configured_filters(from("dual"), 25); }), HasSubstr("rows of 25"));
  auto missing = from("file");
  missing.init.path = (folder_ / "none.h5").string();
  EXPECT_THAT(message([&] { initial_filters(missing, {0, 5}, 5, 9); }), HasSubstr("none.h5"));
}

TEST_F(Start, ADualOfZerosGivesNoNetwork) {
  const auto file = (folder_ / "zero.h5").string();
  auto zero = Hdf5Arrays::create(file);
  const std::vector<double> values(18, 0.0);
  for (const char* name : {"dual/g", "dual/w", "dual/w_prime"}) zero.write(name, {2, 9}, values);
  zero.close();
  auto config = from("dual");
  config.init.path = file;
  EXPECT_THROW(configured_filters(config, 9), Error);
}

}  // namespace
}  // namespace zerogap

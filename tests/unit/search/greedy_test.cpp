// SPDX-License-Identifier: Apache-2.0
// Greedy starts on lists of patches whose bound can be computed exactly: d = 1 and 2.

#include "search/greedy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <numbers>

#include "bounds/lagrangian_bound.hpp"
#include "core/random.hpp"
#include "data/hdf5_file.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

/// A list of patches (I, d) with targets (I), and everything on them in plain double arithmetic.
struct List {
  int d;
  std::vector<double> y, x;

  std::size_t size() const { return x.size(); }
  double activation(std::size_t i, const double* u) const {
    double a = 0.0;
    for (int j = 0; j < d; ++j) a += y[i * static_cast<std::size_t>(d) + static_cast<std::size_t>(j)] * u[j];
    return a;
  }
  static double soft(double a, double threshold) {
    return std::copysign(std::max(std::abs(a) - threshold, 0.0), a);
  }
  std::vector<double> residual(const Filters& network, double lambda, NetworkForm form) const {
    std::vector<double> r(size());
    for (std::size_t i = 0; i < size(); ++i) {
      r[i] = -x[i];
      for (std::int64_t k = 0; k < network.count; ++k) {
        const double* u = network.u.data() + k * d;
        const double threshold = form == NetworkForm::relative ? lambda * row_norm(u, 0, d) : lambda;
        r[i] += network.v[static_cast<std::size_t>(k)] * soft(activation(i, u), threshold);
      }
    }
    return r;
  }
  double against(const std::vector<double>& r, const double* u, double lambda) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < size(); ++i) sum += -2.0 * r[i] * soft(activation(i, u), lambda);
    return std::abs(sum);
  }
  /// The exact maximum of |z'tau_lambda(Y u)| over the unit disc (or circle), d = 2: the function is linear
  /// between the lines |y_i.u| = lambda, so it is attained where two of them cross, where one meets the
  /// circle, or at the point of the circle to which a piece's gradient shows.
  double most(const std::vector<double>& r, double lambda, bool disc) const {
    double largest = 0.0;
    std::vector<double> angles;
    const auto look = [&](double a, double b) {
      const double u[2] = {a, b};
      largest = std::max(largest, against(r, u, lambda));
    };
    for (std::size_t i = 0; i < size(); ++i) {
      const double *p = &y[2 * i], norm = std::hypot(p[0], p[1]), middle = std::atan2(p[1], p[0]);
      for (const double side : {lambda, -lambda}) {
        if (norm < std::abs(side)) continue;
        for (const double sign : {1.0, -1.0}) angles.push_back(middle + sign * std::acos(side / norm));
        for (std::size_t j = 0; j < i; ++j)
          for (const double other : {lambda, -lambda}) {
            const double *q = &y[2 * j], determinant = p[0] * q[1] - p[1] * q[0];
            if (determinant == 0.0) continue;
            const double a = (side * q[1] - other * p[1]) / determinant,
                         b = (other * p[0] - side * q[0]) / determinant;
            if (disc && std::hypot(a, b) <= 1.0) look(a, b);
          }
      }
    }
    for (double& angle : angles)
      angle -= std::floor(angle / (2.0 * std::numbers::pi)) * 2.0 * std::numbers::pi;
    angles.push_back(0.0);
    std::ranges::sort(angles);
    for (std::size_t n = 0; n < angles.size(); ++n) {
      look(std::cos(angles[n]), std::sin(angles[n]));
      const double next = n + 1 < angles.size() ? angles[n + 1] : angles[0] + 2.0 * std::numbers::pi;
      const double u[2] = {std::cos(0.5 * (angles[n] + next)), std::sin(0.5 * (angles[n] + next))};
      double slope[2] = {0.0, 0.0};
      for (std::size_t i = 0; i < size(); ++i)
        for (int j = 0; j < 2 && std::abs(activation(i, u)) > lambda; ++j) slope[j] += r[i] * y[2 * i + j];
      const double norm = std::hypot(slope[0], slope[1]);
      if (norm == 0.0) continue;
      look(slope[0] / norm, slope[1] / norm);
      look(-slope[0] / norm, -slope[1] / norm);
    }
    return largest;
  }
};

/// The input of the paper's figures with a column of ones.
List with_ones(const std::vector<double>& input, const std::vector<double>& target) {
  List list{2, {}, target};
  for (const double entry : input) list.y.insert(list.y.end(), {entry, 1.0});
  return list;
}
List random_list(std::uint64_t seed, std::size_t size) {
  List list{2, std::vector<double>(2 * size), std::vector<double>(size)};
  Random(seed, RandomUse::initial).normals(0, list.y);
  Random(seed, RandomUse::initial).normals(1, list.x);
  return list;
}

class Greedy : public testing::Test {
 protected:
  Greedy() { std::filesystem::create_directory(folder_); }
  ~Greedy() override { std::filesystem::remove_all(folder_); }

  Filters filters(const List& list, NetworkForm form, double lambda, double beta,
                  const std::vector<std::string>& more = {}) {
    return network(list, form, lambda, beta, more, {}).value();
  }

  std::optional<Filters> network(const List& list, NetworkForm form, double lambda, double beta,
                                 std::vector<std::string> more, const GreedyFollower& follower) {
    const std::string path = (folder_ / "data.h5").string();
    auto file = Hdf5Arrays::create(path);
    file.write("patches", {static_cast<std::int64_t>(list.size()), list.d}, list.y);
    file.write("target", {static_cast<std::int64_t>(list.size())}, list.x);
    file.close();
    more.insert(
        more.begin(),
        {"data.source=hdf5", "data.path=" + path, "data.images=0", "data.test_images=0", "network.filters=40",
         "network.arrangements=1", "network.rho=0", "run.precision=fp64", "run.threads=1", "init.kind=greedy",
         "init.greedy.tolerance=1e-8", "network.lambda=" + std::to_string(lambda),
         "network.beta=" + std::to_string(beta), "network.form=" + std::string(name_of(form))});
    const Config config = parse_config("{}", "test", more);
    Problem<double> problem(config, *world_);
    return greedy_filters(config, problem, follower);
  }

  std::unique_ptr<Communicator> world_ = make_serial();
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("zerogap-greedy-" + std::to_string(::getpid()));
};

double objective(const List& list, const Filters& network, NetworkForm form, double lambda, double beta) {
  double sum = 0.0;
  for (const double r : list.residual(network, lambda, form)) sum += r * r;
  for (std::int64_t k = 0; k < network.count; ++k)
    sum += beta * regularisation(form, row_norm(network.u.data(), k, list.d),
                                 network.v[static_cast<std::size_t>(k)]);
  return sum;
}

TEST_F(Greedy, ClosesTheExactBoundOfBallAndRelative) {
  const std::vector<List> lists = {
      with_ones({-2, -1, 0, 1, 2}, {1, -1, -1, -1, 1}), with_ones({-1, 2, 0, 1, 2}, {2, 1, 2, 1, 2}),
      with_ones({2, 1, 2, 1, 2}, {-1, 2, 0, 1, 2}), random_list(1, 8), random_list(2, 12)};
  for (std::size_t n = 0; n < lists.size(); ++n)
    for (const NetworkForm form : {NetworkForm::ball, NetworkForm::relative})
      for (const double lambda : {0.0, 0.1, 0.5})
        for (const double beta : {0.01, 0.1, 0.5}) {
          SCOPED_TRACE("list " + std::to_string(n) + " " + std::string(name_of(form)) + " lambda " +
                       std::to_string(lambda) + " beta " + std::to_string(beta));
          const List& list = lists[n];
          const Filters network = filters(list, form, lambda, beta, {"init.greedy.starts=1024"});
          const auto r = list.residual(network, lambda, form);
          double zx = 0.0, zz = 0.0;
          for (std::size_t i = 0; i < r.size(); ++i) zx -= 2.0 * r[i] * list.x[i], zz += 4.0 * r[i] * r[i];
          const double most = list.most(r, lambda, form == NetworkForm::ball);
          const auto bound =
              lagrangian_bound({{zx, 0.0}, {zz, 0.0}}, FoundMaximum(most), beta, multiplier_scale_limit(0.0));
          const double found = objective(list, network, form, lambda, beta);
          EXPECT_LE(found - bound.lower_bound.value(), 1e-6 * found);
          for (std::int64_t k = 0; form == NetworkForm::ball && k < network.count; ++k)
            EXPECT_LE(row_norm(network.u.data(), k, 2), 1.0 + 1e-12);
        }
}

/// The example of section 7: Y = [1], x = [1], lambda = 1, beta = 0.1.
TEST_F(Greedy, FindsTheOptimaOfTheSmallestExample) {
  const List list{1, {1.0}, {1.0}};
  const Filters decay = filters(list, NetworkForm::decay, 1.0, 0.1);
  EXPECT_NEAR(objective(list, decay, NetworkForm::decay, 1.0, 0.1), 0.45717, 1e-5);
  for (const NetworkForm form : {NetworkForm::ball, NetworkForm::relative}) {
    const Filters none = filters(list, form, 1.0, 0.1);
    EXPECT_EQ(none.count, 40);
    EXPECT_THAT(none.u, testing::Each(0.0));
    EXPECT_THAT(none.v, testing::Each(0.0));
  }
}

TEST_F(Greedy, KeepsToItsFiltersAndLeavesTheRestZero) {
  const List list = with_ones({-2, -1, 0, 1, 2}, {1, -1, -1, -1, 1});
  for (const NetworkForm form : {NetworkForm::decay, NetworkForm::ball, NetworkForm::relative}) {
    SCOPED_TRACE(name_of(form));
    const std::vector<std::string> quick = {"init.greedy.tolerance=1e-3", "init.greedy.starts=32"};
    auto more = quick;
    more.push_back("network.filters=2");
    const Filters two = filters(list, form, 0.1, 0.1, more);
    EXPECT_EQ(two.v.size(), 2U);
    EXPECT_NE(two.v[1], 0.0);
    more.back() = "network.filters=30";
    const Filters many = filters(list, form, 0.1, 0.1, more);
    EXPECT_EQ(many.v.size(), 30U);
    if (form != NetworkForm::decay) {  // which finds a use for every filter
      EXPECT_EQ(many.v.back(), 0.0);
      EXPECT_EQ(many.u.back(), 0.0);
    }
    EXPECT_LT(objective(list, many, form, 0.1, 0.1), objective(list, two, form, 0.1, 0.1));
  }
}

TEST_F(Greedy, AsksBeforeEveryFilterAndLeavesWhenTold) {
  int calls = 0, searches = 0;
  GreedyFollower follower;
  follower.go_on = [&] { return ++calls < 2; };
  follower.searched = [&](const GreedySearch& found) {
    ++searches;
    EXPECT_EQ(found.filters, 0);
    EXPECT_GT(found.estimated_gap, 0.0);
  };
  EXPECT_FALSE(network(random_list(4, 10), NetworkForm::ball, 0.1, 0.01, {}, follower));
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(searches, 1);
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
// Properties of the passes that need no reference: weak duality between any two points, exact identities,
// divergence.

#include <gtest/gtest.h>

#include <limits>

#include "core/random.hpp"
#include "evaluation/evaluation.hpp"

namespace zerogap {
namespace {

Config configuration(std::vector<std::string> more) {
  more.insert(more.begin(),
              {"data.images=2", "data.test_images=0", "network.filters=4", "network.arrangements=6",
               "network.beta=2", "run.precision=fp64", "run.threads=2"});
  return parse_config("{}", "test", more);
}

std::vector<double> random_values(std::uint64_t seed, std::size_t count, double size) {
  std::vector<double> values(count);
  Random(seed, RandomUse::initial).normals(0, values);
  for (double& value : values) value *= size;
  return values;
}

/// Blocks with weights of a problem.
struct Weights {
  Weights(const Problem<double>& problem, std::uint64_t seed, double size)
      : problem_(&problem),
        w(random_values(2 * seed, problem.blocks().g.size(), size)),
        w_prime(random_values(2 * seed + 1, problem.blocks().g.size(), size)) {}

  DualPoint<double> point() const {
    const auto& blocks = problem_->blocks();
    return {blocks.g.data(), w.data(), w_prime.data(), blocks.share.count(), blocks.total, blocks.length};
  }
  const Problem<double>* problem_;
  std::vector<double> w, w_prime;
};

struct Setting {
  explicit Setting(const std::vector<std::string>& more)
      : config(configuration(more)), problem(config, *world) {}
  std::unique_ptr<Communicator> world = make_serial();
  Config config;
  Problem<double> problem;
};

/// Every certified bound, from any weights and with slopes of any width, stays below every objective.
TEST(DualPass, BoundsFromAnywhereStayBelowObjectivesAnywhere) {
  for (const char* rho : {"network.rho=0", "network.rho=0.05", "network.rho=2"}) {
    SCOPED_TRACE(rho);
    Setting setting({rho});
    DualPass<double> pass(setting.problem.context());
    const auto& train = setting.problem.train();
    double best_bound = 0.0, least = train.target_square;  // J at w = 0
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
      for (const double size : {1e-3, 0.01, 0.03, 0.1, 0.5}) {
        const Weights weights(setting.problem, seed, size);
        pass.forward(weights.point(), train, train.all_images, true);
        least = std::min(least, pass.values().objective(setting.problem.context().rho));
        for (const double width : {0.0, 1e-3, 0.1, 10.0})
          best_bound = std::max(best_bound, pass.bound(pass.backward(width)).lower_bound.value());
      }
    EXPECT_GT(best_bound, 0.0);
    EXPECT_LE(best_bound, least);
  }
}

/// Fixed point whose steps are as large as the gradient: the bound may be lost, but never false. Large
/// weights that cancel, and a large rho, make steps large and leave residual and slopes as they are.
TEST(DualPass, ABoundThatRoundingSpoilsIsLowNotFalse) {
  const auto bound_at = [](const std::string& rho, double size) {
    Setting setting({"network.rho=" + rho});
    const auto& train = setting.problem.train();
    Weights weights(setting.problem, 1, size);
    weights.w_prime = weights.w;
    DualPass<double> pass(setting.problem.context());
    pass.forward(weights.point(), train, train.all_images, true);
    return pass.bound(pass.backward(0.0)).lower_bound.value();
  };
  const double free = bound_at("0", 0.0), bound = bound_at("1", 0.0);
  for (const double size : {1e6, 1e12, 1e16, 1e20})
    EXPECT_LE(bound_at("0", size), free * (1.0 + 1e-9)) << size;
  for (const char* rho : {"1e12", "1e16", "1e20", "1e30", "1e300"})
    EXPECT_LE(bound_at(rho, 0.0), bound * (1.0 + 1e-9)) << rho;
}

TEST(DualPass, OfZeroWeightsIsTheTarget) {
  Setting setting({"network.rho=0.05"});
  const auto& train = setting.problem.train();
  const Weights zero(setting.problem, 1, 0.0);
  DualPass<double> pass(setting.problem.context());
  pass.forward(zero.point(), train, train.all_images, true);
  const auto values = pass.values();
  EXPECT_DOUBLE_EQ(values.fit, train.target_square);
  EXPECT_EQ(values.group, 0.0);
  EXPECT_EQ(values.hinge, 0.0);
  EXPECT_EQ(values.max_violation, 0.0);
  EXPECT_DOUBLE_EQ(values.objective(0.05), train.target_square);
}

/// With beta above beta_max, and no hinge, zero is the optimum and its bound says so.
TEST(DualPass, ClosesTheGapAtZeroAboveBetaMax) {
  Setting setting({"network.rho=0", "network.beta_units=beta_max", "network.beta=1.0000001"});
  const auto& train = setting.problem.train();
  const Weights zero(setting.problem, 1, 0.0);
  DualPass<double> pass(setting.problem.context());
  pass.forward(zero.point(), train, train.all_images, true);
  const auto bound = pass.bound(pass.backward(0.0));
  EXPECT_NEAR(bound.lower_bound.value(), train.target_square, 1e-12 * train.target_square);
  EXPECT_NEAR(bound.max_block_norm, 2.0 * setting.problem.context().beta, 1e-6 * bound.max_block_norm);
  EXPECT_EQ(bound.scale, 1.0);
}

TEST(DualPass, IsAntisymmetricWithoutAHinge) {
  Setting setting({"network.rho=0"});
  const auto& train = setting.problem.train();
  const Weights weights(setting.problem, 3, 0.1);
  DualPass<double> pass(setting.problem.context());
  pass.forward(weights.point(), train, train.all_images, false);
  const auto& gradient = pass.backward(0.0);
  for (std::size_t i = 0; i < gradient.w.size(); ++i) EXPECT_EQ(gradient.w[i], -gradient.w_prime[i]);
}

TEST(DualPass, HingeDoesNotChangeThePrediction) {
  Setting setting({});
  const auto& train = setting.problem.train();
  const Weights weights(setting.problem, 3, 0.1);
  DualPass<double> with(setting.problem.context()), without(setting.problem.context());
  with.forward(weights.point(), train, train.all_images, true);
  without.forward(weights.point(), train, train.all_images, false);
  EXPECT_NEAR(with.values().fit, without.values().fit, 1e-12 * with.values().fit);
  EXPECT_EQ(with.values().group, without.values().group);
  EXPECT_EQ(without.values().hinge, 0.0);
}

/// Sums over patches of single images add up to those of all.
TEST(Passes, AddUpOverImages) {
  Setting setting({"data.images=3"});
  const auto& train = setting.problem.train();
  const Weights weights(setting.problem, 5, 0.1);
  DualPass<double> pass(setting.problem.context());
  pass.forward(weights.point(), train, train.all_images, true);
  const auto all = pass.values();
  const auto gradient = pass.backward(0.0);
  DualValues sum;
  std::vector<double> of_w(gradient.w.size());
  for (const std::int32_t image : {2, 0, 1}) {
    pass.forward(weights.point(), train, ImageList(&image, 1), true);
    sum.fit += pass.values().fit;
    sum.hinge += pass.values().hinge;
    sum.max_violation = std::max(sum.max_violation, pass.values().max_violation);
    for (std::size_t i = 0; i < of_w.size(); ++i) of_w[i] += pass.backward(0.0).w[i];
  }
  EXPECT_NEAR(sum.fit, all.fit, 1e-12 * all.fit);
  EXPECT_NEAR(sum.hinge, all.hinge, 1e-12 * all.hinge);
  EXPECT_EQ(sum.max_violation, all.max_violation);
  for (std::size_t i = 0; i < of_w.size(); ++i) EXPECT_NEAR(of_w[i], gradient.w[i], 1e-10);
}

TEST(Passes, FeasibleObjectiveIsAboveTheBoundAndCostsNoHinge) {
  Setting setting({"network.rho=0.05"});
  Evaluator<double> evaluator(setting.problem, {1e-3});
  const Weights weights(setting.problem, 9, 0.05);
  const auto report = evaluator.dual(weights.point());
  EXPECT_GT(report.train.max_violation, 0.0);
  EXPECT_GE(report.feasible_objective, report.best_lower_bound.value());
  EXPECT_GE(report.best_lower_bound.value(), report.bound.lower_bound.value());
  EXPECT_LE(report.best_lower_bound.value(), report.objective());
  const auto between = Certificate::proved((report.best_lower_bound.value() + report.objective()) / 2.0);
  EXPECT_EQ(evaluator.dual(weights.point(), between).best_lower_bound, between);   // one known before stays
  EXPECT_THROW(evaluator.dual(weights.point(), Certificate::proved(1e9)), Error);  // none may be above J
}

TEST(PrimalPass, ADeadNetworkIsSeen) {
  Setting setting({"network.lambda=1000"});
  const auto& train = setting.problem.train();
  const auto u = random_values(1, 4 * 9, 1.0), v = random_values(2, 4, 1.0);
  PrimalPass<double> pass(setting.problem.context());
  pass.forward({{u.data(), v.data(), 4, 4, 9}}, train, train.all_images);
  EXPECT_FALSE(pass.active());
  EXPECT_DOUBLE_EQ(pass.values().fit, train.target_square);
  for (const double entry : pass.backward(0).u) EXPECT_EQ(entry, 0.0);
}

TEST(PrimalPass, PartsAddUp) {
  Setting setting({});
  const auto& train = setting.problem.train();
  const auto u = random_values(1, 4 * 9, 0.5), v = random_values(2, 4, 0.5);
  PrimalPass<double> whole(setting.problem.context()), parts(setting.problem.context());
  whole.forward({{u.data(), v.data(), 4, 4, 9}}, train, train.all_images);
  parts.forward({{u.data(), v.data(), 1, 1, 9}, {u.data() + 9, v.data() + 1, 3, 3, 9}}, train,
                train.all_images);
  EXPECT_NEAR(parts.values().objective(), whole.values().objective(), 1e-12 * whole.values().objective());
  const auto all = whole.backward(0), tail = parts.backward(1);
  for (std::size_t i = 0; i < tail.u.size(); ++i) EXPECT_NEAR(tail.u[i], all.u[9 + i], 1e-9);
  EXPECT_TRUE(whole.active());
}

TEST(Passes, WeightsThatAreNoNumbersAreDivergence) {
  Setting setting({});
  const auto& train = setting.problem.train();
  DualPass<double> dual(setting.problem.context());
  PrimalPass<double> primal(setting.problem.context());
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 1e31}) {
    Weights weights(setting.problem, 1, 0.1);
    weights.w_prime[7] = bad;
    EXPECT_THROW(dual.forward(weights.point(), train, train.all_images, true), Diverged);
    const std::vector<double> u{0, 0, bad, 0, 0, 0, 0, 0, 0}, v{1.0};
    EXPECT_THROW(primal.forward({{u.data(), v.data(), 1, 1, 9}}, train, train.all_images), Diverged);
  }
}

}  // namespace
}  // namespace zerogap

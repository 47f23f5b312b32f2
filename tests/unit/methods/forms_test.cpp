// SPDX-License-Identifier: Apache-2.0
// The primal network in its four forms, as passes and evaluations see it, against section 7 written out.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "core/random.hpp"
#include "data/hdf5_file.hpp"
#include "evaluation/evaluation.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

constexpr int d = 3, count = 4, patches = 50;
constexpr double lambda = 0.3, beta = 0.7;

std::vector<double> random_values(std::uint64_t seed, std::size_t size) {
  std::vector<double> values(size);
  Random(seed, RandomUse::initial).normals(0, values);
  return values;
}

/// Random patches in a file, and a problem on them.
class Forms : public testing::TestWithParam<NetworkForm> {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_);
    auto file = Hdf5Arrays::create(path_);
    file.write("patches", {patches, d}, y_);
    file.write("target", {patches}, x_);
    file.close();
    config_ = parse_config(
        "{}", "test",
        {"data.source=hdf5", "data.path=" + path_, "data.images=0", "data.test_images=0", "network.filters=4",
         "network.arrangements=2", "network.lambda=0.3", "network.beta=0.7", "network.rho=0",
         "run.precision=fp64", "run.threads=1", "network.form=" + std::string(name_of(GetParam()))});
    problem_ = std::make_unique<Problem<double>>(config_, *world_);
    project<double>(GetParam(), d, u_);
  }
  ~Forms() override { std::filesystem::remove_all(folder_); }

  PrimalPoint<double> point(const std::vector<double>& u, const std::vector<double>& v) const {
    return {u.data(), v.data(), count, count, d};
  }
  double direct(const std::vector<double>& u, const std::vector<double>& v) const {
    double fit = 0.0, reg = 0.0;
    for (int i = 0; i < patches; ++i) {
      double pred = 0.0;
      for (int k = 0; k < count; ++k) {
        double a = 0.0, square = 0.0;
        for (int j = 0; j < d; ++j) a += y_[i * d + j] * u[k * d + j], square += u[k * d + j] * u[k * d + j];
        const double threshold = GetParam() == NetworkForm::relative ? lambda * std::sqrt(square) : lambda;
        pred += v[k] * std::copysign(std::max(std::abs(a) - threshold, 0.0), a);
      }
      fit += (pred - x_[i]) * (pred - x_[i]);
    }
    for (int k = 0; k < count; ++k) {
      double square = 0.0;
      for (int j = 0; j < d; ++j) square += u[k * d + j] * u[k * d + j];
      if (GetParam() == NetworkForm::ball)
        reg += 2.0 * beta * std::abs(v[k]);
      else if (GetParam() == NetworkForm::product)
        reg += 2.0 * beta * std::sqrt(square) * std::abs(v[k]);
      else
        reg += beta * (square + v[k] * v[k]);
    }
    return fit + reg;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("zerogap-forms-" + std::to_string(::getpid()));
  std::string path_ = (folder_ / "data.h5").string();
  std::vector<double> y_ = random_values(1, patches*d), x_ = random_values(2, patches),
                      u_ = random_values(3, count*d), v_ = random_values(4, count);
  std::unique_ptr<Communicator> world_ = make_serial();
  Config config_;
  std::unique_ptr<Problem<double>> problem_;
};
INSTANTIATE_TEST_SUITE_P(All, Forms, testing::ValuesIn(all_forms),
                         [](const auto& form) { return std::string(name_of(form.param)); });

TEST_P(Forms, ObjectiveIsThatOfSectionSeven) {
  Evaluator<double> evaluator(*problem_, {});
  const auto report = evaluator.primal({point(u_, v_)}, false);
  EXPECT_NEAR(report.train.objective(), direct(u_, v_), 1e-12 * direct(u_, v_));
  EXPECT_TRUE(report.active);
}

TEST_P(Forms, GradientIsThatOfTheObjective) {
  PrimalPass<double> pass(problem_->context());
  const auto& train = problem_->train();
  pass.forward({point(u_, v_)}, train, train.all_images);
  auto gradient = pass.backward(0);
  const auto step = pass.step(point(u_, v_), train, train.all_images);
  EXPECT_EQ(step.u, gradient.u);
  EXPECT_EQ(step.v, gradient.v);
  add_regularisation<double>(GetParam(), beta, u_, v_, gradient.u, gradient.v);
  constexpr double width = 1e-6;
  for (const bool filters : {true, false})
    for (std::size_t i = 0; i < (filters ? u_ : v_).size(); ++i) {
      auto u = u_, v = v_;
      double& entry = (filters ? u : v)[i];
      const double at = entry;
      entry = at + width;
      const double above = direct(u, v);
      entry = at - width;
      const double found = (filters ? gradient.u : gradient.v)[i];
      EXPECT_NEAR(found, (above - direct(u, v)) / (2.0 * width), 1e-5 * std::abs(found) + 1e-5);
    }
}

TEST_P(Forms, FiltersAsBlocksPredictTheSameAndCostNoMore) {
  Evaluator<double> evaluator(*problem_, {});
  const auto primal = evaluator.primal({point(u_, v_)}, false);
  const auto embedded = evaluator.embedded(point(u_, v_));
  EXPECT_NEAR(embedded.train.fit, primal.train.fit, 1e-12 * primal.train.fit);
  EXPECT_LE(embedded.train.group, primal.train.reg * (1.0 + 1e-12));
  if (GetParam() == NetworkForm::product) {
    EXPECT_NEAR(embedded.train.group, primal.train.reg, 1e-12 * primal.train.reg);
  }
  EXPECT_NEAR(embedded.train.hinge, 0.0, 1e-12);
}

TEST_P(Forms, MappedNetworksAreOfTheFormAndBalanced) {
  Evaluator<double> evaluator(*problem_, {});
  const auto& blocks = problem_->blocks();
  const auto w = random_values(7, blocks.g.size()), w_prime = random_values(8, blocks.g.size());
  const DualPoint<double> point{blocks.g.data(), w.data(), w_prime.data(), blocks.total, blocks.total, d};
  const double group = evaluator.dual(point).train.group;
  for (const MapKind kind : {MapKind::eq46, MapKind::gate_length}) {
    const auto report = evaluator.mapped(point, kind);
    EXPECT_EQ(report.form, GetParam());
    EXPECT_GE(report.train.reg, group * (1.0 - 1e-12));
    const bool any_is_balanced = GetParam() == NetworkForm::relative || GetParam() == NetworkForm::product;
    if (kind == MapKind::eq46 || any_is_balanced) {
      EXPECT_NEAR(report.train.reg, group, 1e-12 * group);
    }
  }
}

TEST_P(Forms, DeadIsJudgedByTheFormsThreshold) {
  Evaluator<double> evaluator(*problem_, {});
  auto small = u_;
  for (double& entry : small) entry *= 1e-6;
  // Only the relative threshold goes with the filters.
  EXPECT_EQ(evaluator.primal({point(small, v_)}, false).active, GetParam() == NetworkForm::relative);
}

}  // namespace
}  // namespace zerogap

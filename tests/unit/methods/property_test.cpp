// SPDX-License-Identifier: Apache-2.0
// Random sampled programs: every certified bound, from whatever weights, is at most the optimum, which is at
// most every objective; and a solve closes the two on each other.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "core/random.hpp"
#include "data/hdf5_file.hpp"
#include "methods/dual_solver.hpp"

namespace zerogap {
namespace {

/// Numbers of one draw, one after the other.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed, RandomUse::initial) {}

  double uniform(double low, double high) { return low + (high - low) * random_.uniform(0, next_++); }
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(uniform(0.0, 1.0) * static_cast<double>(high - low + 1));
  }
  template <class Value>
  Value one_of(const std::vector<Value>& values) {
    return values[static_cast<std::size_t>(whole(0, static_cast<std::int64_t>(values.size()) - 1))];
  }
  std::vector<double> normals(std::size_t count, double size) {
    std::vector<double> values(count);
    random_.normals(++series_, values);
    for (double& value : values) value *= size;
    return values;
  }

 private:
  Random random_;
  std::uint32_t next_ = 0;
  std::uint64_t series_ = 0;
};

/// Random patches, targets and terms, with a target that some filter explains in part.
class Program : public testing::TestWithParam<int> {
 protected:
  Program() : draw_(static_cast<std::uint64_t>(GetParam())) {
    const auto d = draw_.one_of<std::int64_t>({1, 2, 3, 9}), count = draw_.whole(2, 80);
    const auto y = draw_.normals(static_cast<std::size_t>(count * d), draw_.uniform(0.2, 2.0));
    auto x = draw_.normals(static_cast<std::size_t>(count), draw_.uniform(0.0, 0.5));
    for (std::int64_t i = 0; i < count; ++i)
      x[static_cast<std::size_t>(i)] += y[static_cast<std::size_t>(i * d)];
    file_ = std::filesystem::temp_directory_path() /
            ("zerogap_property_" + std::to_string(getpid()) + "_" + std::to_string(GetParam()) + ".h5");
    auto file = Hdf5Arrays::create(file_.string());
    file.write("patches", {count, d}, y);
    file.write("target", {count}, x);
    file.close();
    rho_ = draw_.one_of<double>({0.0, 0.0, 0.01, 0.2, 3.0});
  }
  ~Program() override { std::filesystem::remove(file_); }

  Config config() {
    const auto key = [](const char* name, double value) { return fmt::format("{}={}", name, value); };
    return parse_config(
        "{}", "test",
        {"data.source=hdf5", "data.path=" + file_.string(), "data.images=0", "data.test_images=0",
         "run.precision=fp64", "run.threads=1", "run.networks=[dual]", "optimizer.dual.name=newton",
         "run.stop.gap=1e-7", key("network.lambda", draw_.one_of<double>({0.0, 0.05, 0.4, 1.0})),
         key("network.beta", std::pow(10.0, draw_.uniform(-2.0, 1.0))), key("network.rho", rho_),
         key("arrangements.std", draw_.uniform(0.3, 3.0)),
         key("network.arrangements", static_cast<double>(draw_.whole(1, 20)))});
  }

  Draw draw_;
  std::filesystem::path file_;
  double rho_ = 0.0;
};

TEST_P(Program, BoundsAreAtMostTheOptimumAndThatAtMostObjectives) {
  const Config configuration = config();
  const auto world = make_serial();
  Problem<double> problem(configuration, *world);
  const auto& blocks = problem.blocks();
  const std::vector<double> zero(blocks.g.size());
  const auto solver = make_dual_solver<double>(configuration, problem, zero, zero);
  Batches batches(problem.train().data.shape, problem.train().data.images, 0, 1);
  while (solver->ended == TerminationReason::running && solver->steps < 500) solver->step(batches);
  Evaluator<double> evaluator(problem, configuration.certify.smoothing_widths);
  Evaluation evaluation;
  const double least = solver->evaluate(evaluator, evaluation),
               most = evaluation.dual->best_lower_bound.value();
  EXPECT_LE(most, least * (1.0 + 1e-12));
  EXPECT_LE(evaluation.dual->gap(), 1e-5) << solver->steps << " steps";
  for (int n = 0; n < 20; ++n) {
    const double size = std::pow(10.0, draw_.uniform(-3.0, 0.5));
    const auto w = draw_.normals(zero.size(), size), w_prime = draw_.normals(zero.size(), size);
    const auto report = evaluator.dual(
        {blocks.g.data(), w.data(), w_prime.data(), blocks.total, blocks.total, blocks.length});
    EXPECT_LE(report.best_lower_bound.value(), least * (1.0 + 1e-12));
    EXPECT_GE(report.objective(), most);
    EXPECT_GE(report.feasible_objective, most);
  }
}

INSTANTIATE_TEST_SUITE_P(Random, Program, testing::Range(1, 61));

}  // namespace
}  // namespace zerogap

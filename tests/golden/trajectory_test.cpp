// SPDX-License-Identifier: Apache-2.0
// Fifty full-batch steps of every rule on every reference case, through the real path: configuration,
// problem, trainer. ZEROGAP_TEST_STEPS=5 takes the first five, for devices that take minutes.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "golden.hpp"
#include "methods/network_trainer.hpp"
#include "support/world.hpp"

namespace zerogap {
namespace {

constexpr std::size_t all_steps = 50;  ///< of the reference

std::size_t steps() {
  const char* fewer = std::getenv("ZEROGAP_TEST_STEPS");
  return fewer == nullptr ? all_steps : std::min<std::size_t>(std::stoul(fewer), all_steps);
}

/// Names in the trajectory files and in zerogap.
const std::vector<std::string>& rules() {
  static const std::vector<std::string> names = {"sgd", "sgd_momentum", "asgd", "adam"};
  return names;
}

std::string text(double value) {
  char out[64];
  std::snprintf(out, sizeof out, "%.17g", value);
  return out;
}

/// The overrides that make a run of one reference trajectory.
std::vector<std::string> overrides(const test::GoldenCase& golden, const std::string& rule,
                                   const std::string& network, const std::string& precision) {
  const auto weights = (golden.folder / "weights.h5").string();
  const auto file = open_plain(weights);
  auto keys = golden.overrides(precision);
  keys.insert(keys.end(),
              {"data.source=hdf5", "data.path=" + (golden.folder / "data.h5").string(), "data.images=0",
               "data.test_images=0", "init.kind=file", "init.path=" + weights, "arrangements.source=file",
               "arrangements.path=" + weights, "network.filters=" + std::to_string(file.shape("primal/v")[0]),
               "optimizer.schedule=constant", "optimizer.epochs=" + std::to_string(all_steps + 1),
               "optimizer.batch=full", "run.threads=1"});
  keys.push_back("optimizer.name=" + (rule == "sgd_momentum" ? "sgd" : rule));
  const std::string prefix = "trajectory/" + rule + "/" + network + "/";
  const auto given = [&](const std::string& key) {
    return golden.expected.attributes().contains(prefix + key);
  };
  for (const char* key : {"lr", "momentum", "lambd", "alpha", "t0", "eps"})
    if (given(key)) keys.push_back(std::string("optimizer.") + key + "=" + text(golden.number(prefix + key)));
  if (given("nesterov"))
    keys.push_back(golden.number(prefix + "nesterov") != 0.0 ? "optimizer.nesterov=true"
                                                             : "optimizer.nesterov=false");
  if (given("beta1"))
    keys.push_back("optimizer.betas=[" + text(golden.number(prefix + "beta1")) + ", " +
                   text(golden.number(prefix + "beta2")) + "]");
  return keys;
}

struct Trajectory {
  std::vector<double> objectives;  ///< before each step
  double averaged = 0.0;           ///< of what the rule returns after one more step
};

/// The objective of a network in training, at the iterate or at what its rule returns.
template <class T>
class Measure {
 public:
  explicit Measure(const Problem<T>& problem)
      : problem_(&problem), primal_(problem.context()), dual_(problem.context()) {}

  double at(NetworkTrainer<T>& trainer, bool result) {
    auto& rule = trainer.optimizer();
    const T* first = result ? rule.result(0).data() : rule.iterate(0).data();
    const T* second = result ? rule.result(1).data() : rule.iterate(1).data();
    const auto& train = problem_->train();
    const std::int64_t here = trainer.share().count();
    if (trainer.network() == Network::primal) {
      primal_.forward({{first, second, here, trainer.total(), problem_->length()}}, train, train.all_images);
      return primal_.values().objective();
    }
    dual_.forward({problem_->blocks().g.data(), first, second, here, trainer.total(), problem_->length()},
                  train, train.all_images, true);
    return dual_.values().objective(problem_->context().rho);
  }

 private:
  const Problem<T>* problem_;
  PrimalPass<T> primal_;
  DualPass<T> dual_;
};

template <class T>
Trajectory run(const Config& config, Network network) {
  Problem<T> problem(config, test::world());
  const auto trainer = make_network_trainer<T>(network, config, problem);
  Batches batches(problem.train().data.shape, problem.train().data.images, trainer->options().batch,
                  config.data.seed);
  Measure<T> measure(problem);
  Trajectory found;
  for (std::size_t step = 0; step <= steps(); ++step) {
    found.objectives.push_back(measure.at(*trainer, false));
    trainer->step(batches);
  }
  found.averaged = measure.at(*trainer, true);
  return found;
}

Trajectory run(const std::vector<std::string>& keys, const std::string& network) {
  const Config config = parse_config("{}", "test", keys);
  const Network which = network == "primal" ? Network::primal : Network::dual;
  return config.run.precision == Precision::fp64 ? run<double>(config, which) : run<float>(config, which);
}

void expect_close(const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
  ASSERT_FALSE(found.empty());
  ASSERT_EQ(found.size(), expected.size());
  double worst = 0.0;
  std::size_t at = 0;
  for (std::size_t step = 0; step < found.size(); ++step)
    if (const double error = std::abs(found[step] - expected[step]) / std::abs(expected[step]);
        !(error <= worst))
      worst = error, at = step;
  EXPECT_LE(worst, tolerance) << "before step " << at;
}

/// As many of a trajectory's objectives as are computed.
std::vector<double> reference(const test::GoldenCase& golden, const std::string& name) {
  auto objectives = golden.expected.read<double>(name);
  EXPECT_EQ(objectives.size(), all_steps + 1);
  objectives.resize(steps() + 1);
  return objectives;
}

class Trajectories : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  Trajectories() : golden_(std::get<0>(GetParam())), rule_(std::get<1>(GetParam())) {}

  void check(const std::string& precision, double tolerance) {
    for (const std::string network : {"primal", "dual"}) {
      SCOPED_TRACE(network);
      const std::string name = "trajectory/" + rule_ + "/" + network;
      const auto found = run(overrides(golden_, rule_, network, precision), network);
      expect_close(found.objectives, reference(golden_, name), tolerance);
      if (rule_ == "asgd" && steps() == all_steps)  // the average that the reference has is its last
        expect_close({found.averaged}, {golden_.number(name + "/averaged_objective")}, tolerance);
    }
  }

  test::GoldenCase golden_;
  std::string rule_;
};

TEST_P(Trajectories, InDoublePrecision) { check("fp64", 1e-10); }

/// Looser than the values of one point: a rounding error that turns a sign early in the run is not forgotten.
TEST_P(Trajectories, InSinglePrecision) { check("fp32", 1e-4); }

std::vector<std::string> cases() {
  auto all = test::golden_cases();
#ifdef ZEROGAP_TEST_EMULATED
  std::erase(all, "mnist20");  // minutes on an emulated device; golden_evaluate_device has it
#endif
  return all;
}

INSTANTIATE_TEST_SUITE_P(Cases, Trajectories,
                         testing::Combine(testing::ValuesIn(cases()), testing::ValuesIn(rules())),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param);
                         });

class Svrg : public testing::TestWithParam<std::string> {};

/// With a full batch and a snapshot every epoch grad(theta) and grad(snapshot) are the same and cancel: what
/// is left is SGD.
TEST_P(Svrg, InFullBatchIsSgd) {
  const test::GoldenCase golden(GetParam());
  for (const std::string network : {"primal", "dual"})
    for (const std::string precision : {"fp64", "fp32"}) {
      SCOPED_TRACE(network + ", " + precision);
      auto keys = overrides(golden, "sgd", network, precision);
      keys.insert(keys.end(), {"optimizer.name=svrg", "optimizer.snapshot_every=1"});
      const auto found = run(keys, network);
      expect_close(found.objectives, run(overrides(golden, "sgd", network, precision), network).objectives,
                   precision == "fp64" ? 1e-14 : 1e-6);
      expect_close(found.objectives, reference(golden, "trajectory/sgd/" + network),
                   precision == "fp64" ? 1e-10 : 1e-3);
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, Svrg, testing::ValuesIn(cases()));

}  // namespace
}  // namespace zerogap

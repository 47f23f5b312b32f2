// SPDX-License-Identifier: Apache-2.0
// At random weights of the reference cases: certified bounds stay below the optimum that CVXPY found,
// objectives above it.

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "evaluation/evaluation.hpp"
#include "golden.hpp"
#include "support/world.hpp"

namespace zerogap {
namespace {

/// CVXPY's optima have about seven digits.
constexpr double slack = 1e-6;

template <class T>
class Bounds {
 public:
  Bounds(const test::GoldenCase& golden, double rho)
      : config_(configuration(golden, rho)),
        problem_(config_, test::world()),
        evaluator_(problem_, {1e-4, 1e-2, 1.0}),
        golden_(&golden) {}

  /// At a minimiser plus N(0, noise^2): from its neighbourhood to anywhere.
  void check(std::uint64_t seed, const std::string& minimiser, double noise, double optimum) {
    const auto& blocks = problem_.blocks();
    std::vector<T> weights[2];
    for (const int half : {0, 1}) {
      const auto best = golden_->expected.read<double>(minimiser + (half == 0 ? "_w" : "_w_prime"));
      const auto first = static_cast<std::size_t>(blocks.share.first * blocks.length);
      for (std::size_t i = 0; i < blocks.g.size(); ++i)
        weights[half].push_back(static_cast<T>(
            best[first + i] + noise * Random(seed + half, RandomUse::initial).normal(first + i, 0)));
    }
    const auto report = evaluator_.dual({blocks.g.data(), weights[0].data(), weights[1].data(),
                                         blocks.share.count(), blocks.total, blocks.length});
    EXPECT_GE(report.objective(), optimum * (1.0 - slack));
    EXPECT_LE(report.best_lower_bound.value(), optimum * (1.0 + slack));
    EXPECT_GE(report.feasible_objective, optimum * (1.0 - slack));
    EXPECT_LE(report.bound.lower_bound.value(), report.best_lower_bound.value());
    EXPECT_GE(report.bound.lower_bound.value(), 0.0);  // s = 0 is always feasible
  }

 private:
  static Config configuration(const test::GoldenCase& golden, double rho) {
    auto keys = golden.overrides("fp64");
    char text[64];
    std::snprintf(text, sizeof text, "network.rho=%.17g", rho);
    keys.insert(keys.end(),
                {text, "data.source=hdf5", "data.path=" + (golden.folder / "data.h5").string(),
                 "data.images=0", "data.test_images=0", "arrangements.source=file",
                 "arrangements.path=" + (golden.folder / "weights.h5").string(), "run.threads=1"});
    return parse_config("{}", "test", keys);
  }

  Config config_;
  Problem<T> problem_;
  Evaluator<T> evaluator_;
  const test::GoldenCase* golden_;
};

class BoundsAtRandomWeights : public testing::TestWithParam<std::string> {};

TEST_P(BoundsAtRandomWeights, EncloseTheOptimum) {
  const test::GoldenCase golden(GetParam());
  const std::pair<std::string, double> programs[] = {{"optimum/rho_zero", 0.0},
                                                     {"optimum/hinge", golden.number("rho")}};
  for (const auto& [name, rho] : programs) {
    Bounds<double> bounds(golden, rho);
    const double optimum = golden.expected.read<double>(name)[0];
    for (const double noise : {0.0, 1e-6, 1e-3, 0.03, 0.3, 3.0})
      for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        SCOPED_TRACE(testing::Message() << name << ", noise " << noise << ", seed " << seed);
        bounds.check(seed, name, noise, optimum);
      }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, BoundsAtRandomWeights, testing::ValuesIn(test::cases_with_optimum()));

}  // namespace
}  // namespace zerogap

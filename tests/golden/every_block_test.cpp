// SPDX-License-Identifier: Apache-2.0
// The bound over every block on the reference cases with one or two inputs a patch: below every optimum, and
// close to what pricing comes to.

#include "search/all_blocks_bound.hpp"

#include <gtest/gtest.h>

#include "golden.hpp"
#include "methods/network_trainer.hpp"
#include "search/pricing.hpp"
#include "support/world.hpp"

namespace zerogap {
namespace {

Config configuration(const test::GoldenCase& golden) {
  auto keys = golden.overrides("fp64");
  keys.insert(
      keys.end(),
      {"network.rho=0", "data.source=hdf5", "data.path=" + (golden.folder / "data.h5").string(),
       "data.images=0", "data.test_images=0", "arrangements.source=file",
       "arrangements.path=" + (golden.folder / "weights.h5").string(), "run.threads=1", "run.networks=[dual]",
       "run.stop.gap=1e-9", "optimizer.dual.name=newton", "arrangements.pricing.rounds=30",
       "arrangements.pricing.starts=256", "arrangements.pricing.tolerance=1e-6"});
  return parse_config("{}", "test", keys);
}

class EveryBlock : public testing::TestWithParam<std::string> {};

TEST_P(EveryBlock, BoundHoldsAndPricingComesCloseToIt) {
  const test::GoldenCase golden(GetParam());
  const Config config = configuration(golden);
  const double sampled = golden.expected.read<double>("optimum/rho_zero")[0];
  PricedBlocks next;
  double objective = INFINITY, bound = 0.0;
  for (std::int64_t round = 1; round <= config.arrangements.pricing.rounds; ++round) {
    Problem<double> problem(config, test::world(), {next.g});
    ASSERT_LE(problem.length(), 2);
    const auto trainer = make_network_trainer<double>(Network::dual, config, problem);
    Batches batches(problem.train().data.shape, problem.train().data.images, 0, 1);
    while (trainer->ended == TerminationReason::running) trainer->step(batches);
    Evaluator<double> evaluator(problem, config.certify.smoothing_widths);
    Evaluation evaluation;
    objective = std::min(objective, trainer->evaluate(evaluator, evaluation));
    const auto& blocks = problem.blocks();
    const DualPoint<double> point{blocks.g.data(),
                                  trainer->weights().result(0).data(),
                                  trainer->weights().result(1).data(),
                                  blocks.share.count(),
                                  blocks.total,
                                  blocks.length};
    const auto proof = bound_over_all_blocks(problem, point);
    ASSERT_TRUE(proof);
    bound = std::max(bound, proof->bound.lower_bound.value());
    EXPECT_LE(bound, objective * (1.0 + 1e-9));
    EXPECT_LE(bound, sampled * (1.0 + 1e-6));
    next = price_blocks(problem, config, round, point);
    const double unit = 2.0 * problem.context().beta;
    EXPECT_LE(next.price * unit, proof->maximum.bound.value() * (1.0 + 1e-12));
    EXPECT_GE(next.price * unit, 0.999 * proof->maximum.attained.value());
    if (next.added == 0) break;
  }
  EXPECT_LE(objective, sampled * (1.0 + 1e-6));
  EXPECT_GE(bound, 0.99 * objective);
}

INSTANTIATE_TEST_SUITE_P(Cases, EveryBlock, testing::Values("one_pixel", "row", "figure1"));

}  // namespace
}  // namespace zerogap

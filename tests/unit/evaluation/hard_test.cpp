// SPDX-License-Identifier: Apache-2.0
// Evaluations where the sign constraints are hard.

#include <gtest/gtest.h>

#include "evaluation/evaluation.hpp"
#include "unit/problem/small_program.hpp"

namespace zerogap {
namespace {

using testing::small_program;

TEST(HardEvaluation, MeasuresViolationsByTheLargestSide) {
  const auto world = make_serial();
  const Config config = small_program({"network.constraints=hard"});
  Problem<double> problem(config, *world), hinge(small_program(), *world);
  const auto& blocks = problem.blocks();
  // w = -g violates every constraint; w' = 2g holds them all, by twice as much.
  std::vector<double> w(blocks.g), w_prime(blocks.g);
  for (double& entry : w) entry = -entry;
  for (double& entry : w_prime) entry *= 2.0;
  const DualPoint<double> point{blocks.g.data(), w.data(),     w_prime.data(),
                                blocks.total,    blocks.total, blocks.length};
  const auto report = Evaluator<double>(problem, config.certify.smoothing_widths).dual(point);
  EXPECT_NEAR(report.relative_violation, 0.5, 1e-12);
  EXPECT_EQ(report.value(), report.feasible_objective);
  EXPECT_EQ(report.gap(), certified_gap(report.feasible_objective, report.best_lower_bound));
  const auto plain = Evaluator<double>(hinge, config.certify.smoothing_widths).dual(point);
  EXPECT_EQ(plain.value(), plain.objective());
  EXPECT_EQ(plain.best_lower_bound, report.best_lower_bound);
}

}  // namespace
}  // namespace zerogap

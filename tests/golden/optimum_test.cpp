// SPDX-License-Identifier: Apache-2.0
// The solvers on the reference cases: the optimum that CVXPY found, enclosed by objective and certified
// bound.

#include <gtest/gtest.h>

#include "golden.hpp"
#include "methods/network_trainer.hpp"
#include "problem/program_schedule.hpp"
#include "support/world.hpp"

namespace zerogap {
namespace {

/// CVXPY's optima have about seven digits.
constexpr double tolerance = 1e-6;

Config configuration(const test::GoldenCase& golden, double rho, const std::vector<std::string>& more) {
  auto keys = golden.overrides("fp64");
  char text[64];
  std::snprintf(text, sizeof text, "network.rho=%.17g", rho);
  keys.insert(keys.end(), {text, "data.source=hdf5", "data.path=" + (golden.folder / "data.h5").string(),
                           "data.images=0", "data.test_images=0", "arrangements.source=file",
                           "arrangements.path=" + (golden.folder / "weights.h5").string(), "run.threads=1",
                           "run.networks=[dual]", "run.stop.gap=1e-7"});
  keys.insert(keys.end(), more.begin(), more.end());
  return parse_config("{}", "test", keys);
}

/// Solves, and compares with the optimum of this name.
void check(const test::GoldenCase& golden, const std::string& name, double rho,
           const std::vector<std::string>& more) {
  SCOPED_TRACE(name);
  const double optimum = golden.expected.read<double>(name)[0];
  const Config config = configuration(golden, rho, more);
  Problem<double> problem(config, test::world());
  const auto trainer = make_network_trainer<double>(Network::dual, config, problem);
  Batches batches(problem.train().data.shape, problem.train().data.images, 0, 1);
  while (trainer->ended == TerminationReason::running && trainer->epoch < trainer->options().epochs)
    trainer->step(batches);
  Evaluator<double> evaluator(problem, config.certify.smoothing_widths);
  Evaluation evaluation;
  const double objective = trainer->evaluate(evaluator, evaluation);
  EXPECT_NEAR(objective, optimum, tolerance * optimum);
  EXPECT_LE(evaluation.dual->best_lower_bound.value(), optimum * (1.0 + tolerance));
  EXPECT_LE(evaluation.dual->gap(), tolerance) << trainer->steps << " steps";
}

/// Growing hinge weights until the inequalities hold, as the training loop takes them: the optimum lies
/// between the repaired point's value and the best bound, and no bound on the way exceeds it.
void check_hard(const test::GoldenCase& golden) {
  const double optimum = golden.expected.read<double>("optimum/hard")[0];
  const Config config = configuration(golden, golden.number("rho"),
                                      {"optimizer.dual.name=newton", "network.constraints=hard",
                                       "run.stop.gap=5e-7", "optimizer.dual.epochs=5000"});
  Problem<double> problem(config, test::world());
  const auto trainer = make_network_trainer<double>(Network::dual, config, problem);
  Batches batches(problem.train().data.shape, problem.train().data.images, 0, 1);
  Evaluator<double> evaluator(problem, config.certify.smoothing_widths);
  const auto programs = make_schedule(config);
  Evaluation evaluation;
  while (!programs->done() && trainer->epoch < trainer->options().epochs) {
    trainer->step(batches);
    ASSERT_LE(trainer->best_lower_bound.value(), optimum * (1.0 + tolerance)) << programs->title();
    if (trainer->ended == TerminationReason::running) continue;
    trainer->evaluate(evaluator, evaluation);
    const auto& dual = *evaluation.dual;
    const ProgramParameters before = programs->parameters();
    const auto change = programs->next(
        {.end = trainer->ended, .gap = dual.gap(), .relative_violation = dual.relative_violation});
    if (!change) break;
    problem.replace(with_parameters(problem.instance(), problem.program(), change->parameters));
    trainer->start_program({bound_holds(before, change->parameters), true, true});
  }
  ASSERT_TRUE(programs->done()) << trainer->steps << " steps, " << programs->title();
  const auto& dual = *evaluation.dual;
  EXPECT_EQ(programs->constraint_status(), ConstraintStatus::met);
  EXPECT_NEAR(dual.feasible_objective, optimum, tolerance * optimum);
  EXPECT_NEAR(dual.best_lower_bound.value(), optimum, tolerance * optimum);
  EXPECT_LE(dual.gap(), tolerance) << trainer->steps << " steps";
}

class Optimum : public testing::TestWithParam<std::string> {
 protected:
  test::GoldenCase golden_{GetParam()};
};

TEST_P(Optimum, IsFoundByNewton) {
  const std::vector<std::string> newton = {"optimizer.dual.name=newton", "optimizer.dual.epochs=400"};
  check(golden_, "optimum/rho_zero", 0.0, newton);
  check(golden_, "optimum/hinge", golden_.number("rho"), newton);
}

TEST_P(Optimum, IsFoundFromAnotherStart) {
  check(golden_, "optimum/hinge", golden_.number("rho"),
        {"optimizer.dual.name=newton", "optimizer.dual.epochs=400", "init.dual_kind=normal", "init.std=0.1"});
}

TEST_P(Optimum, IsFoundByFista) {
  check(golden_, "optimum/rho_zero", 0.0, {"optimizer.dual.name=fista", "optimizer.dual.epochs=100000"});
}

TEST_P(Optimum, WithHardConstraintsIsFoundByGrowingWeights) { check_hard(golden_); }

INSTANTIATE_TEST_SUITE_P(Cases, Optimum, testing::ValuesIn(test::cases_with_optimum()));

}  // namespace
}  // namespace zerogap

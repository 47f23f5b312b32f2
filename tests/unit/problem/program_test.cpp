// SPDX-License-Identifier: Apache-2.0
// A program on an instance: its blocks, its parameters, and what follows from the gates.

#include "problem/program.hpp"

#include <gtest/gtest.h>

#include "problem/problem.hpp"
#include "unit/problem/small_program.hpp"

namespace zerogap {
namespace {

using testing::small_program;

TEST(Programs, WithOtherParametersAreThoseOfAProblemMadeWithThem) {
  const auto world = make_serial();
  Problem<double> problem(small_program({"network.lambda=0.2"}), *world),
      other(small_program({"network.lambda=0.5"}), *world);
  DualPass<double> pass(problem.context()), wanted(other.context());
  ASSERT_EQ(problem.blocks().total, other.blocks().total);
  const std::vector<double> w(problem.blocks().g.size(), 0.1), none(w.size(), 0.0);
  const auto objective = [&](DualPass<double>& of, const Problem<double>& at) {
    const auto& blocks = at.blocks();
    of.forward({blocks.g.data(), w.data(), none.data(), blocks.total, blocks.total, blocks.length},
               at.train(), at.train().all_images, true);
    return of.values().objective(at.context().rho);
  };
  const double before = objective(pass, problem);
  problem.replace(with_parameters(problem.instance(), problem.program(), {0.5, 2.0, 0.01}));
  EXPECT_EQ(objective(pass, problem), objective(wanted, other));
  EXPECT_NE(objective(pass, problem), before);
  problem.replace(with_parameters(problem.instance(), problem.program(), {0.2, 2.0, 0.01}));
  EXPECT_EQ(objective(pass, problem), before);
}

TEST(Programs, UnitsOfBetaFollowTheGates) {
  const auto world = make_serial();
  Problem<double> problem(small_program({"network.beta_units=beta_max", "network.beta=0.5"}), *world),
      other(small_program({"network.beta_units=beta_max", "network.beta=0.25", "network.lambda=0.5"}),
            *world);
  EXPECT_LT(2.0 * other.context().beta, problem.context().beta / 0.5) << "gates open less";
  problem.replace(with_parameters(problem.instance(), problem.program(), {0.5, 0.25, 0.01}));
  EXPECT_EQ(problem.context().beta, other.context().beta);
}

TEST(Programs, BlocksAreDroppedThatNoLambdaOfThePathOpens) {
  const auto world = make_serial();
  const std::vector<std::string> few = {"arrangements.std=0.1"};
  auto at = [&](std::vector<std::string> more) {
    more.insert(more.end(), few.begin(), few.end());
    return Problem<double>(small_program(more), *world).blocks();
  };
  const auto wide = at({"network.lambda=0.2"}), narrow = at({"network.lambda=0.6"}),
             path = at({"continuation.parameter=lambda", "continuation.values=[0.6,0.2]"});
  ASSERT_GT(narrow.dead, wide.dead);
  EXPECT_EQ(path.total, wide.total);
  EXPECT_EQ(path.g, wide.g);
  EXPECT_EQ(path.dead, narrow.dead) << "at the first lambda, with those that were dropped";
}

TEST(Programs, ShareTheirInstance) {
  const auto world = make_serial();
  const Problem<double> first(small_program({"network.lambda=0.2"}), *world);
  const std::vector<double> g = {1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
  const Problem<double> second(first.shared_instance(), with_blocks(first.instance(), first.program(), g));
  EXPECT_EQ(&first.train(), &second.train()) << "the data are read once";
  EXPECT_EQ(second.blocks().g, g);
  EXPECT_EQ(second.program().parameters, first.program().parameters);
  EXPECT_EQ(first.blocks().total, 40) << "the first is as it was";
}

}  // namespace
}  // namespace zerogap

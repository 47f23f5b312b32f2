// SPDX-License-Identifier: Apache-2.0
#include "certify/subprograms.hpp"

#include <algorithm>
#include <chrono>

#include "core/log.hpp"
#include "methods/dual_solver.hpp"

namespace zerogap {
namespace {

Config solver_config(Config config, double gap) {
  config.run.stop.gap = gap;
  config.dual_optimizer = OptimizerOptions{};
  config.dual_optimizer.name = OptimizerName::newton;
  return config;
}

void take_step(NetworkTrainer<double>& trainer, Batches& batches,
               std::chrono::steady_clock::time_point begun) {
  trainer.step(batches);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  for (const auto& line : describe_solver_step(trainer, batches.patches(), seconds.count()))
    log::info("{}", line);
}

}  // namespace

SolvedProgram evaluate_program(const Config& config, const Problem<double>& problem,
                               const DualWeights& weights, double smoothing_width) {
  const auto& blocks = problem.blocks();
  const auto& train = problem.train();
  const auto w = local_rows(weights.w, blocks.share, weights.length),
             w_prime = local_rows(weights.w_prime, blocks.share, weights.length);
  DualPass<double> pass(problem.context());
  pass.forward(
      {blocks.g.data(), w.data(), w_prime.data(), blocks.share.count(), blocks.total, weights.length}, train,
      train.all_images, true);
  SolvedProgram point;
  point.weights = weights;
  point.objective = pass.values().objective(problem.context().rho);
  point.predictions = pass.residual().predictions();
  auto widths = config.certify.smoothing_widths;
  widths.insert(widths.end(), {smoothing_width, 0.0});
  if (problem.context().rho == 0.0) widths = {0.0};
  for (const double width : widths) {
    const auto bound = pass.bound(pass.backward(width));
    if (!(bound.lower_bound > point.lower_bound)) continue;
    point.lower_bound = bound.lower_bound;
    point.scale = bound.scale;
    point.smoothing_width = width;
  }
  point.best_lower_bound = point.lower_bound;
  require_bound(point.objective, point.lower_bound, problem.value_rounding(point.objective));
  return point;
}

SolvedProgram solve_program(const Config& given, const Problem<double>& of, const DualWeights& start,
                            double gap) {
  const Config config = solver_config(given, gap);
  const Problem<double> problem(of.shared_instance(), with_blocks(of.instance(), of.program(), start.g));
  const auto& blocks = problem.blocks();
  auto trainer = make_dual_solver<double>(config, problem, local_rows(start.w, blocks.share, start.length),
                                          local_rows(start.w_prime, blocks.share, start.length));
  Batches batches(problem.train().data.shape, problem.train().data.images, 0, config.data.seed);
  const auto begun = std::chrono::steady_clock::now();
  while (trainer->ended == TerminationReason::running && trainer->steps < config.certify.solver_steps)
    take_step(*trainer, batches, begun);
  auto& axis = problem.grid().arrangement_axis();
  const auto all = [&](std::size_t p) { return axis.all_gather(trainer->weights().result(p)); };
  auto point = evaluate_program(config, problem, {start.count, start.length, start.g, all(0), all(1)},
                                trainer->smoothing_width);
  point.best_lower_bound = std::max(point.best_lower_bound, trainer->best_lower_bound);
  return point;
}

}  // namespace zerogap

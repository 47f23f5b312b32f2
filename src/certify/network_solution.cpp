// SPDX-License-Identifier: Apache-2.0
#include "certify/network_solution.hpp"

#include <algorithm>
#include <chrono>

#include "core/log.hpp"
#include "methods/program_solver.hpp"

namespace zerogap {
namespace {

/// A price below this share of the atoms' masses is rounding.
constexpr double least_price = 1e-9;

}  // namespace

NetworkSolution solve_network(const Config& config, const Problem<double>& problem, const Atoms& start) {
  const auto& context = problem.context();
  const auto form = form_of_program(context.form);
  const auto& search = config.primal_optimizer;
  ProgramSolver<double> solver(
      problem,
      {config.certify.tolerance, config.certify.rounds, {search.search_starts, search.search_steps}});
  ProgramState state{.atoms = start};
  NetworkSolution out;
  const auto begun = std::chrono::steady_clock::now();
  for (bool finished = false; !finished && out.rounds < config.certify.rounds;) {
    finished = solver.step(state, out.rounds++).finished;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
    log::info("{}", solver.describe(state, out.rounds, seconds.count()));
  }
  out.program = solver.record(state);

  PrimalObjective<double> objective(problem);
  const bool decay = context.form == NetworkForm::decay;
  if (decay && context.lambda > 0.0) {
    const double longest = problem.train().bounds.patch_norm;
    const auto price = price_of_split(state.atoms, context.lambda, problem.filters(), near_zero * longest);
    if (price.at_zero > least_price * out.program.mass)
      out.share_at_zero = price.at_zero / (price.at_zero + std::max(price.rest, 0.0));
  }
  out.objective = std::min(state.objective, program_objective(problem, form, objective, state.atoms));
  const bool built = out.program.split.has_value();
  out.network_objective = built ? state.best.value : out.objective;
  out.wanted = built ? state.wanted : state.atoms.count();
  out.predictions = objective.pass().residual().predictions();
  out.filters = state.atoms.u;
  if (built) out.filters.insert(out.filters.end(), state.best.network.u.begin(), state.best.network.u.end());
  return out;
}

}  // namespace zerogap

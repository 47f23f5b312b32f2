// SPDX-License-Identifier: Apache-2.0
#include "certify/network_solution.hpp"

#include <algorithm>
#include <numeric>

#include "methods/mass_fit.hpp"
#include "methods/program_solver.hpp"

namespace zerogap {
namespace {

/// Masses of the heaviest atoms alone are fitted to this share of 2 beta, in at most so many gradients.
constexpr double fitted_to = 1e-6;
constexpr std::int64_t most_gradients = 200;

/// The objective of a network's program at these atoms; leaves the predictions in `objective`.
double value_at(const Problem<double>& problem, NetworkForm form, PrimalObjective<double>& objective,
                const Atoms& atoms) {
  objective.value(network_of(form, atoms));
  const double mass = std::accumulate(atoms.mass.begin(), atoms.mass.end(), 0.0);
  return objective.pass().values().fit + 2.0 * problem.context().beta * mass;
}

/// product, ball, relative: the objective with no more atoms than the run has filters.
double value_of_heaviest(const Problem<double>& problem, NetworkForm form, PrimalObjective<double>& objective,
                         const Atoms& all) {
  Atoms atoms = all.heaviest(problem.filters());
  if (atoms.count() < all.count()) {
    const auto sample = sample_patches(problem, hessian_patches);
    MassFit<double>(problem, form, sample, objective).fit(atoms, fitted_to, most_gradients);
  }
  return value_at(problem, form, objective, atoms);
}

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
  while (out.rounds < config.certify.rounds)
    if (solver.step(state, out.rounds++).finished) break;
  out.program = solver.record(state);

  PrimalObjective<double> objective(problem);
  if (context.form == NetworkForm::decay) {
    const double longest = problem.train().bounds.patch_norm;
    const auto price = price_of_split(state.atoms, context.lambda, problem.filters(), near_zero * longest);
    out.wanted = state.wanted;
    out.network_objective = state.network.count() > 0 ? state.value : state.objective;
    if (price.at_zero > 0.0) out.share_at_zero = price.at_zero / (price.at_zero + std::max(price.rest, 0.0));
  } else {
    out.wanted = state.atoms.count();
    out.network_objective = value_of_heaviest(problem, form, objective, state.atoms);
  }
  out.objective = std::min(state.objective, value_at(problem, form, objective, state.atoms));
  out.predictions = objective.pass().residual().predictions();
  out.filters = state.atoms.u;
  return out;
}

}  // namespace zerogap

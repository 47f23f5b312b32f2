// SPDX-License-Identifier: Apache-2.0
#include "methods/program_solver.hpp"

#include <algorithm>

#include "core/norm.hpp"
#include "methods/narrow_network.hpp"

namespace zerogap {
namespace {

/// While the greatest value found is more than this times 2 beta, the atoms are far from optimal, and a round
/// searches with a fraction of the effort.
constexpr double far_off = 3.0;
constexpr SearchEffort at_first{32, 6};

/// On a network: limited-memory BFGS steps of a round, and rounds in a row that may gain less than
/// `small_gain`.
constexpr std::int64_t polish_steps = 60, most_idle = 2;
constexpr double small_gain = 1e-4;
/// Of the rounds, the share that is left for a network once the atoms are done.
constexpr std::int64_t network_share = 4;
/// decay: a network is made narrower from at most so many times its filters; splits into that many are made
/// at once, because copies are taken away at little cost.
constexpr std::int64_t wider = 4;
/// decay: the atoms are solved to this share of run.stop.gap; the rest is left for what splitting them costs.
constexpr double atoms_share = 0.25;

}  // namespace

template <class T>
ProgramSolver<T>::ProgramSolver(const Problem<T>& problem, const ProgramOptions& options)
    : options_(options),
      decay_(problem.context().form == NetworkForm::decay),
      problem_(&problem),
      objective_(problem),
      program_(problem, form_of_program(problem.context().form)) {}

template <class T>
ProgramStep ProgramSolver<T>::step(ProgramState& state, std::int64_t number) {
  return state.network.count() > 0 ? train_network(state) : solve(state, number);
}

/// A round on the atoms.
template <class T>
ProgramStep ProgramSolver<T>::solve(ProgramState& state, std::int64_t number) {
  const double wanted =
      decay_ ? std::max(atoms_share * options_.wanted_gap, small_gain) : options_.wanted_gap;
  round_ = program_.round(state.atoms, number, state.ratio > far_off ? at_first : options_.effort, wanted);
  state.ratio = round_.ratio;
  state.objective = round_.objective;
  state.lower_bound = round_.lower_bound.value();
  state.trust = round_.trust;
  const bool network_follows = decay_ || state.atoms.count() > problem_->filters();
  const std::int64_t last = options_.rounds - (network_follows ? options_.rounds / network_share : 0);
  if (round_.closed)
    state.end = ProgramEnd::gap;
  else if (round_.thorough && round_.added == 0)
    state.end = ProgramEnd::nothing;
  else if (number + 1 >= last)
    state.end = ProgramEnd::rounds;
  if (state.end == ProgramEnd::running) return {round_.pairs, false};
  if (network_follows) start_network(state);
  return {round_.pairs, state.network.count() == 0};
}

/// The atoms as a network with all their filters, at once and step by step made as narrow as it has to be;
/// the better is taken.
template <class T>
void ProgramSolver<T>::start_network(ProgramState& state) {
  const double lambda = problem_->context().lambda;
  const auto most = problem_->filters();
  const auto form = problem_->context().form;
  state.wanted = decay_ ? filters_wanted(state.atoms, lambda) : state.atoms.count();
  state.network = decay_ ? split(state.atoms, lambda, most)
                         : without_copies(network_of(form, state.atoms.heaviest(most)));
  state.value = value_of(*problem_, objective_, state.network);
  state.price = state.value - state.objective;
  auto wide =
      decay_ ? split(state.atoms, lambda, wider * most) : without_copies(network_of(form, state.atoms));
  if (wide.filters() <= most) return;
  if (state.network.count() > 0) state.value = polish(*problem_, objective_, state.network, polish_steps);
  const auto narrow = narrowed(*problem_, objective_, std::move(wide), most);
  const double value = value_of(*problem_, objective_, narrow);
  if (!(value < state.value)) return;
  state.network = narrow;
  state.value = value;
}

/// A round on the network: the same filters, then (decay) simpler ones, improved together; the better are
/// kept.
template <class T>
ProgramStep ProgramSolver<T>::train_network(ProgramState& state) {
  ProgramStep out;
  const auto improved = [&](SplitNetwork network) {
    const double value = polish(*problem_, objective_, network, polish_steps);
    out.pairs += static_cast<double>(problem_->train().patches()) * static_cast<double>(network.count()) *
                 static_cast<double>(polish_steps);
    if (!(value < state.value)) return;
    state.value = value;
    state.network = std::move(network);
  };
  const double before = state.value;
  improved(state.network);
  if (decay_ && problem_->context().lambda > 0.0) {
    const auto joins = std::max<std::int64_t>(1, static_cast<std::int64_t>(state.network.count()) / 12);
    improved(simplified(state.network, joins, problem_->filters()));
  }
  if (decay_ && state.wanted > problem_->filters()) improved(untied(state.network, 1));
  state.idle = state.value < before * (1.0 - small_gain) ? 0 : state.idle + 1;
  const bool reached = options_.wanted_gap > 0.0 &&
                       estimated_gap(state.value, Estimate(state.lower_bound)) <= options_.wanted_gap;
  state.end = reached ? ProgramEnd::gap : state.idle >= most_idle ? ProgramEnd::rest : ProgramEnd::rounds;
  out.finished = state.end != ProgramEnd::rounds;
  return out;
}

template <class T>
NetworkProgramRecord ProgramSolver<T>::record(const ProgramState& state) const {
  NetworkProgramRecord record{.end = state.end,
                              .objective = state.objective,
                              .lower_bound = Estimate(state.lower_bound),
                              .trust = state.trust,
                              .atoms = state.atoms.count()};
  const double lambda = problem_->context().lambda, longest = problem_->train().bounds.patch_norm;
  for (std::size_t k = 0; k < state.atoms.mass.size(); ++k) {
    record.mass += state.atoms.mass[k];
    const double size = row_norm(state.atoms.u.data(), static_cast<std::int64_t>(k), state.atoms.length);
    if (lambda < near_zero * longest * size) record.mass_at_zero += state.atoms.mass[k];
  }
  const auto& network = state.network;
  if (network.count() > 0 || (decay_ && state.end != ProgramEnd::running))
    record.split = SplitRecord{state.price, state.wanted, network.filters(),
                               static_cast<std::int64_t>(network.count()), state.value};
  return record;
}

template class ProgramSolver<float>;
template class ProgramSolver<double>;

}  // namespace zerogap

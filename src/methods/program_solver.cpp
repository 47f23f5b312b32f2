// SPDX-License-Identifier: Apache-2.0
#include "methods/program_solver.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

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
/// decay, with fewer filters than the atoms ask for: random networks that are trained, and steps for each.
constexpr std::uint64_t random_networks = 2;
constexpr std::int64_t steps_from_random = 300;
/// Of the rounds, the share that is left for a network once the atoms are done.
constexpr std::int64_t network_share = 4;
/// decay: a network is made narrower from at most so many times its filters; splits into that many are made
/// at once, because copies are taken away at little cost.
constexpr std::int64_t wider = 4;
/// decay: the atoms are solved to this share of run.stop.gap; the rest is left for what splitting them costs.
constexpr double atoms_share = 0.25;
/// Before the atoms are done, a network is made of them whenever rounds have taken so many times what
/// improving one takes; twice as many after each time that gained next to nothing.
constexpr double network_every = 4.0;

}  // namespace

template <class T>
ProgramSolver<T>::ProgramSolver(const Problem<T>& problem, const ProgramOptions& options)
    : options_(options),
      decay_(problem.context().form == NetworkForm::decay),
      problem_(&problem),
      objective_(problem),
      program_(problem, form_of_program(problem.context().form)) {}

template <class T>
bool ProgramSolver<T>::network_follows(const ProgramState& state) const {
  return decay_ || state.atoms.count() > problem_->filters();
}

template <class T>
std::int64_t ProgramSolver<T>::last_on_atoms(const ProgramState& state) const {
  return options_.rounds - (network_follows(state) ? options_.rounds / network_share : 0);
}

template <class T>
bool ProgramSolver<T>::close_enough(const ProgramState& state, double objective, Estimate lower_bound) const {
  const double wanted = options_.wanted_gap;
  const bool made = state.network.count() > 0;
  if (wanted > 0.0 && made && estimated_gap(state.value, lower_bound) <= wanted) return true;
  const double of_atoms = decay_ ? std::max(atoms_share * wanted, small_gain) : wanted;
  return of_atoms > 0.0 && estimated_gap(objective, lower_bound) <= of_atoms;
}

/// A run that ended may go on with more rounds, or to a smaller gap.
template <class T>
bool ProgramSolver<T>::on_atoms(const ProgramState& state, std::int64_t number) const {
  if (state.atoms_end == ProgramEnd::rounds) return number < last_on_atoms(state);
  if (state.atoms_end == ProgramEnd::gap)
    return !close_enough(state, state.objective, Estimate(state.lower_bound));
  return state.atoms_end == ProgramEnd::running;
}

template <class T>
ProgramStep ProgramSolver<T>::step(ProgramState& state, std::int64_t number) {
  if (on_atoms(state, number)) return solve(state, number);
  if (state.network.count() > 0) return train_network(state);
  return {0.0, true};
}

/// A round on the atoms.
template <class T>
ProgramStep ProgramSolver<T>::solve(ProgramState& state, std::int64_t number) {
  state.end = state.atoms_end = ProgramEnd::running;
  round_ = program_.round(
      state.atoms, number, state.ratio > far_off ? at_first : options_.effort,
      [&](double objective, Estimate lower_bound) { return close_enough(state, objective, lower_bound); });
  state.ratio = round_.ratio;
  state.objective = round_.objective;
  state.lower_bound = round_.lower_bound.value();
  state.trust = round_.trust;
  if (round_.closed)
    state.atoms_end = ProgramEnd::gap;
  else if (round_.thorough && round_.added == 0)
    state.atoms_end = ProgramEnd::nothing;
  else if (number + 1 >= last_on_atoms(state))
    state.atoms_end = ProgramEnd::rounds;
  state.pairs += round_.pairs;
  const bool done = state.atoms_end != ProgramEnd::running;
  if (!network_follows(state)) {
    state.network = {.length = problem_->length()};
    state.end = state.atoms_end;
    return {round_.pairs, done};
  }
  if (!done) return {round_.pairs + try_network(state), false};
  const double pairs = make_network(state, reached(state) ? 0 : polish_steps);
  if (!reached(state)) make_narrower(state);
  state.idle = 0;
  state.end = reached(state) ? ProgramEnd::gap : ProgramEnd::rounds;
  return {round_.pairs + pairs, reached(state) || state.network.count() == 0};
}

/// Where one is due: a network of the present atoms if it is better than the last; otherwise the last is
/// improved. Returns the pairs of a patch and a filter that this took.
template <class T>
double ProgramSolver<T>::try_network(ProgramState& state) {
  const auto filters = std::max(state.atoms.count(), static_cast<std::int64_t>(state.network.count()));
  if (!(state.pairs > network_every * std::exp2(static_cast<double>(state.idle)) * polish_pairs(filters)))
    return 0.0;
  const double before = state.network.count() > 0 ? state.value : std::numeric_limits<double>::infinity();
  double pairs = make_network(state, polish_steps);
  if (!(state.value < before)) pairs += improve_network(state);
  state.idle = state.value < before * (1.0 - small_gain) ? 0 : state.idle + 1;
  return pairs;
}

/// Of improving a network of so many distinct filters once.
template <class T>
double ProgramSolver<T>::polish_pairs(std::int64_t filters) const {
  return static_cast<double>(problem_->train().patches() * filters * polish_steps);
}

template <class T>
bool ProgramSolver<T>::reached(const ProgramState& state) const {
  return options_.wanted_gap > 0.0 && state.network.count() > 0 &&
         estimated_gap(state.value, Estimate(state.lower_bound)) <= options_.wanted_gap;
}

/// Makes a network of the atoms at once and improves it by so many steps; the better of this one and the last
/// is kept. Returns the pairs of a patch and a filter that this took.
template <class T>
double ProgramSolver<T>::make_network(ProgramState& state, std::int64_t steps) {
  const double lambda = problem_->context().lambda;
  const auto most = problem_->filters();
  state.pairs = 0.0;
  state.wanted = decay_ ? filters_wanted(state.atoms, lambda) : state.atoms.count();
  auto network = decay_ ? split(state.atoms, lambda, most)
                        : without_copies(network_of(problem_->context().form, state.atoms.heaviest(most)));
  double value = value_of(*problem_, objective_, network);
  state.at_once = value;
  const double pairs = steps > 0 ? polish_pairs(static_cast<std::int64_t>(network.count())) : 0.0;
  if (network.count() > 0 && steps > 0) value = polish(*problem_, objective_, network, steps);
  if (state.network.count() == 0 || value < state.value) {
    state.network = std::move(network);
    state.value = value;
  }
  return pairs;
}

/// Makes a network with all the filters that the atoms ask for and, step by step, as narrow as it has to be.
/// decay: from random filters too, because what is left of copies may be far from a good minimum. The best is
/// kept.
template <class T>
void ProgramSolver<T>::make_narrower(ProgramState& state) {
  const auto most = problem_->filters();
  const auto& context = problem_->context();
  auto wide = decay_ ? split(state.atoms, context.lambda, wider * most)
                     : without_copies(network_of(context.form, state.atoms));
  if (wide.filters() <= most) return;
  const auto compare = [&](SplitNetwork network) {
    const double value = value_of(*problem_, objective_, network);
    if (!(value < state.value)) return;
    state.network = std::move(network);
    state.value = value;
  };
  compare(narrowed(*problem_, objective_, std::move(wide), most));
  for (std::uint64_t seed = 1; decay_ && seed <= random_networks; ++seed) {
    auto network = random_network(problem_->length(), most, seed);
    polish(*problem_, objective_, network, steps_from_random);
    compare(std::move(network));
  }
}

/// The same filters, then (decay) simpler ones, improved together; the better are kept. Returns the pairs of
/// a patch and a filter that this took.
template <class T>
double ProgramSolver<T>::improve_network(ProgramState& state) {
  double pairs = 0.0;
  const auto improved = [&](SplitNetwork network) {
    const double value = polish(*problem_, objective_, network, polish_steps);
    pairs += polish_pairs(static_cast<std::int64_t>(network.count()));
    if (!(value < state.value)) return;
    state.value = value;
    state.network = std::move(network);
  };
  improved(state.network);
  if (decay_ && problem_->context().lambda > 0.0) {
    const auto joins = std::max<std::int64_t>(1, static_cast<std::int64_t>(state.network.count()) / 12);
    improved(simplified(state.network, joins, problem_->filters()));
  }
  if (decay_ && state.wanted > problem_->filters()) improved(untied(state.network, 1));
  return pairs;
}

/// A round on the network.
template <class T>
ProgramStep ProgramSolver<T>::train_network(ProgramState& state) {
  const double before = state.value;
  const double pairs = improve_network(state);
  state.idle = state.value < before * (1.0 - small_gain) ? 0 : state.idle + 1;
  state.end = reached(state)            ? ProgramEnd::gap
              : state.idle >= most_idle ? ProgramEnd::rest
                                        : ProgramEnd::rounds;
  return {pairs, state.end != ProgramEnd::rounds};
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
    record.split = SplitRecord{state.at_once - state.objective, state.wanted, network.filters(),
                               static_cast<std::int64_t>(network.count()), state.value};
  return record;
}

template class ProgramSolver<float>;
template class ProgramSolver<double>;

}  // namespace zerogap

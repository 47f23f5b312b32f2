// SPDX-License-Identifier: Apache-2.0
#include "methods/program_solver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/format.hpp"
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
  if (wanted > 0.0 && state.made && estimated_gap(state.best.value, lower_bound) <= wanted) return true;
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
  if (network_follows(state)) return train_network(state);
  return {0.0, true};
}

/// A round on the atoms.
template <class T>
ProgramStep ProgramSolver<T>::solve(ProgramState& state, std::int64_t number) {
  if (!state.made) start(state);
  state.end = state.atoms_end = ProgramEnd::running;
  round_ = program_.round(
      state.atoms, number, state.ratio > far_off ? at_first : options_.effort,
      [&](double objective, Estimate lower_bound) { return close_enough(state, objective, lower_bound); });
  state.ratio = round_.ratio;
  state.objective = round_.objective;
  state.lower_bound = round_.lower_bound.value();
  state.trust = round_.trust;
  state.pairs += round_.pairs;
  if (round_.closed)
    state.atoms_end = ProgramEnd::gap;
  else if (round_.thorough && round_.added == 0)
    state.atoms_end = ProgramEnd::nothing;
  else if (number + 1 >= last_on_atoms(state))
    state.atoms_end = ProgramEnd::rounds;
  const auto out = take_network(state);
  return {round_.pairs + out.pairs, out.finished};
}

/// After a round on the atoms: a network of them, where it is time for one.
template <class T>
ProgramStep ProgramSolver<T>::take_network(ProgramState& state) {
  const bool done = state.atoms_end != ProgramEnd::running, follows = network_follows(state);
  const bool now = done || due(state);
  // What is made of the atoms at once is hardly ever better than a network that was improved.
  if (follows && state.improved && !now) return {};
  const double before = state.best.value;
  auto made = network_at_once(state);
  state.best.keep_better(made.network, made.value);
  if (!follows) {
    state.end = state.atoms_end;
    return {0.0, done};
  }
  double pairs = 0.0;
  if (now && !(done && reached(state))) {
    state.pairs = 0.0;
    state.improved = true;
    pairs += improve(made, made.network);
    state.best.keep_better(made.network, made.value);
    if (!done && !(state.best.value < before)) pairs += improve_network(state, state.best);
    state.idle = state.best.value < before * (1.0 - small_gain) ? 0 : state.idle + 1;
  }
  if (!done) return {pairs, false};
  if (!reached(state)) make_narrower(state);
  // The best one may be at rest in a worse minimum than this one would reach.
  const bool another = !reached(state) && made.value > state.best.value;
  state.candidate = another ? std::move(made) : ValuedNetwork{{.length = problem_->length()}};
  state.idle = 0;
  state.end = reached(state) ? ProgramEnd::gap : ProgramEnd::rounds;
  return {pairs, reached(state)};
}

/// Before the first round the best is the zero network, the one given, or that of the first atoms.
template <class T>
void ProgramSolver<T>::start(ProgramState& state) {
  auto given = std::move(state.best.network);
  state.made = true;
  state.best.network = {.length = problem_->length()};
  state.best.value = value_of(*problem_, objective_, state.best.network);
  if (given.count() > 0) {
    const double value = value_of(*problem_, objective_, given);
    state.best.keep_better(std::move(given), value);
  }
  auto made = network_at_once(state);
  state.best.keep_better(std::move(made.network), made.value);
}

/// A network of the present atoms, before it is improved.
template <class T>
ValuedNetwork ProgramSolver<T>::network_at_once(ProgramState& state) {
  const auto& context = problem_->context();
  const auto most = problem_->filters();
  auto network = decay_ ? split(state.atoms, context.lambda, most)
                        : without_copies(network_of(context.form, state.atoms.heaviest(most)));
  state.wanted = decay_ ? filters_wanted(state.atoms, context.lambda) : state.atoms.count();
  const double value = value_of(*problem_, objective_, network);
  if (network_follows(state))
    state.price =
        value - program_objective(*problem_, form_of_program(context.form), objective_, state.atoms);
  return {std::move(network), value};
}

/// Whether rounds have taken long enough since a network was last improved.
template <class T>
bool ProgramSolver<T>::due(const ProgramState& state) const {
  const auto filters = std::max(state.atoms.count(), static_cast<std::int64_t>(state.best.network.count()));
  return state.pairs > network_every * std::exp2(static_cast<double>(state.idle)) * polish_pairs(filters);
}

/// Of improving a network of so many distinct filters once.
template <class T>
double ProgramSolver<T>::polish_pairs(std::int64_t filters) const {
  return static_cast<double>(problem_->train().patches() * filters * polish_steps);
}

template <class T>
bool ProgramSolver<T>::reached(const ProgramState& state) const {
  return options_.wanted_gap > 0.0 && state.made &&
         estimated_gap(state.best.value, Estimate(state.lower_bound)) <= options_.wanted_gap;
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
  auto narrow = narrowed(*problem_, objective_, std::move(wide), most);
  const double value = value_of(*problem_, objective_, narrow);
  state.best.keep_better(std::move(narrow), value);
  for (std::uint64_t seed = 1; decay_ && seed <= random_networks; ++seed) {
    auto network = random_network(problem_->length(), most, seed);
    const double trained = polish(*problem_, objective_, network, steps_from_random);
    state.best.keep_better(std::move(network), trained);
  }
}

/// Improves a start and takes it in place of `best` if it becomes better. Returns the pairs of a patch and a
/// filter that this took.
template <class T>
double ProgramSolver<T>::improve(ValuedNetwork& best, SplitNetwork start) {
  if (start.count() == 0) return 0.0;
  const double pairs = polish_pairs(static_cast<std::int64_t>(start.count()));
  const double value = polish(*problem_, objective_, start, polish_steps);
  best.keep_better(std::move(start), value);
  return pairs;
}

/// Improves a network: the same filters, then (decay) simpler ones. Returns the pairs that this took.
template <class T>
double ProgramSolver<T>::improve_network(const ProgramState& state, ValuedNetwork& best) {
  const auto most = problem_->filters();
  double pairs = improve(best, best.network);
  if (decay_ && problem_->context().lambda > 0.0) {
    const auto joins = std::max<std::int64_t>(1, static_cast<std::int64_t>(best.network.count()) / 12);
    pairs += improve(best, simplified(best.network, joins, most));
  }
  if (decay_ && state.wanted > most) pairs += improve(best, untied(best.network, 1));
  return pairs;
}

/// A round on the candidate, while there is one, and then on the best network.
template <class T>
ProgramStep ProgramSolver<T>::train_network(ProgramState& state) {
  auto& candidate = state.candidate;
  const bool other = candidate.network.count() > 0;
  auto& network = other ? candidate : state.best;
  const double before = network.value;
  const double pairs = improve_network(state, network);
  state.idle = network.value < before * (1.0 - small_gain) ? 0 : state.idle + 1;
  if (other) {
    state.best.keep_better(candidate.network, candidate.value);
    if (state.idle >= most_idle) {
      if (candidate.value > state.best.value) state.idle = 0;
      candidate.network = {.length = problem_->length()};
    }
  }
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
  const auto& network = state.best.network;
  if (state.made && network_follows(state))
    record.split = SplitRecord{state.price, state.wanted, network.filters(),
                               static_cast<std::int64_t>(network.count()), state.best.value};
  return record;
}

template <class T>
std::string ProgramSolver<T>::describe(const ProgramState& state, std::int64_t steps, double seconds) const {
  const auto gap = [&](double value) {
    return format_percent(estimated_gap(value, Estimate(state.lower_bound)));
  };
  const auto& network = state.best.network;
  const bool made = network_follows(state);
  if (state.atoms_end != ProgramEnd::running && made)
    return fmt::format(
        "frank_wolfe network {:3}  {:4} filters ({} distinct)  objective {:.8g}  estimated gap {}  {:.1f} s",
        steps, network.filters(), network.count(), state.best.value, gap(state.best.value), seconds);
  return fmt::format(
      "frank_wolfe round {:3}  {:4} atoms  objective {:.8g}  estimated bound {:.8g}  gap {}  found {:.4f}  "
      "added {}  {} gradients{}  {:.1f} s",
      steps, round_.atoms, round_.objective, state.lower_bound, gap(state.objective), round_.ratio,
      round_.added, round_.gradients, made ? fmt::format("  network {:.8g}", state.best.value) : "", seconds);
}

template class ProgramSolver<float>;
template class ProgramSolver<double>;

}  // namespace zerogap

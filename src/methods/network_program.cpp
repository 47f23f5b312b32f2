// SPDX-License-Identifier: Apache-2.0
#include "methods/network_program.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/random.hpp"
#include "search/ascent.hpp"

namespace zerogap {
namespace {

/// How exact a round is, as a share of how far the greatest |z'tau| found is above 2 beta: masses are fitted
/// until no gradient is off by more than that times 2 beta.
constexpr double exactness = 0.1, coarsest = 1e-2;
/// A filter is added where |z'tau| exceeds 2 beta by more than the same, or than this if it is less,
/// relative.
constexpr double worth_adding = 1e-3;
/// ... and at least this, for rounding: in units of the type's epsilon.
constexpr double finest = 64.0;
/// At most so many a round.
constexpr std::int64_t most_added = 80;
constexpr std::int64_t most_gradients = 12;
/// Random starts of a search with a threshold of so little times the longest patch.
constexpr std::int64_t linear_starts = 2;
constexpr double near_linear = 1e-6;
/// The best filters found are improved by BFGS, for so many steps, once |z'tau| is at most this times 2 beta:
/// maxima lie on kinks, where the ascent is slow. With many patches the kinks are as good as smooth, and few
/// are improved: so many over the number of patches, within these limits.
constexpr double refined_patches = 2e5;
constexpr std::int64_t least_refined = 4, most_refined = 64;
constexpr std::int64_t refining_steps = 40;
constexpr double near_the_end = 1.3;
/// A thorough search has so many times the random starts, and at least so many steps.
constexpr std::int64_t thorough_starts = 4, thorough_steps = 40;

double norm(std::span<const double> u) { return row_norm(u.data(), 0, static_cast<int>(u.size())); }

}  // namespace

template <class T>
double program_objective(const Problem<T>& problem, NetworkForm form, PrimalObjective<T>& objective,
                         const Atoms& atoms) {
  objective.value(network_of(form, atoms));
  const double mass = std::accumulate(atoms.mass.begin(), atoms.mass.end(), 0.0);
  return objective.pass().values().fit + 2.0 * problem.context().beta * mass;
}

template <class T>
NetworkProgram<T>::NetworkProgram(const Problem<T>& problem, NetworkForm form)
    : problem_(&problem),
      form_(form),
      sample_(sample_patches(problem, hessian_patches)),
      objective_(problem) {}

/// Directions are uniform; the threshold t = lambda/|u| is a uniform share of |y.e| of a random patch, so
/// that it has the size of what it cuts. A few have next to none: for them the search finds the best linear
/// filter.
template <class T>
std::vector<double> NetworkProgram<T>::random_starts(std::int64_t number, std::int64_t count) const {
  const int d = problem_->length();
  std::vector<double> u(static_cast<std::size_t>(count * d));
  const Random random(static_cast<std::uint64_t>(number) + 1, RandomUse::search);
  const double lambda = problem_->context().lambda;
  for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k) {
    const auto e = row_of(u, k, d);
    random.normals(k, e);
    scale(e, 1.0 / norm(e));
    const auto s = static_cast<std::size_t>(random.uniform(k, 1u << 30) * static_cast<double>(sample_.count));
    double t = 0.0;
    for (std::size_t i = 0; i < e.size(); ++i) t += sample_.rows[s * e.size() + i] * e[i];
    t = std::abs(t) * random.uniform(k, (1u << 30) + 1);
    const double least = near_linear * problem_->train().bounds.patch_norm;
    if (static_cast<std::int64_t>(k) < linear_starts) t = least;
    // Without a patch above 0 there is no threshold to choose.
    if (form_ != NetworkForm::relative && lambda > 0.0 && least > 0.0) scale(e, lambda / std::max(t, least));
  }
  return u;
}

template <class T>
typename NetworkProgram<T>::Search NetworkProgram<T>::look_for_filters(const Atoms& atoms,
                                                                       std::int64_t number,
                                                                       const SearchEffort& effort,
                                                                       double& pairs) {
  const auto& pass = objective_.pass();
  FilterSearch<T> ascents(*problem_, pass.residual().values(), pass.residual_bound());
  auto candidates = atoms.u;
  const auto random = random_starts(number, effort.starts);
  candidates.insert(candidates.end(), random.begin(), random.end());
  pairs += 0.5 * static_cast<double>(problem_->train().patches()) *
           static_cast<double>((atoms.count() + effort.starts) * (effort.steps + 1));
  auto found = ascents.search(form_, {0, effort.steps, 1}, candidates, candidates.size(), atoms.count());
  const double linear = form_ == NetworkForm::product ? ascents.at_zero_threshold() : 0.0;
  const auto done = [&] {
    const double best = found.empty() ? 0.0 : found.front().value;
    return Search{std::move(found), FoundMaximum(std::max(best, linear))};
  };
  if (found.empty() || found.front().value > near_the_end * 2.0 * problem_->context().beta) return done();
  const auto patches = problem_->train().patches();
  const auto refine = std::clamp(static_cast<std::int64_t>(refined_patches / static_cast<double>(patches)),
                                 least_refined, most_refined);
  for (auto& each : std::span(found).first(std::min(static_cast<std::size_t>(refine), found.size())))
    each = ascents.refined(form_, each, refining_steps);
  std::ranges::stable_sort(found, std::ranges::greater{}, &FoundFilter::value);
  return done();
}

template <class T>
ProgramRound NetworkProgram<T>::round(Atoms& atoms, std::int64_t number, const SearchEffort& effort,
                                      const CloseEnough& close_enough) {
  const double beta = problem_->context().beta;
  ProgramRound out;
  out.atoms = atoms.count();
  out.objective = program_objective(*problem_, form_, objective_, atoms);
  const auto& pass = objective_.pass();
  const auto look = [&](std::int64_t at, const SearchEffort& with) {
    auto search = look_for_filters(atoms, at, with, out.pairs);
    out.ratio = search.greatest.value() / (2.0 * beta);
    out.lower_bound =
        lagrangian_bound(pass.residual().dual_sums(), search.greatest, beta, multiplier_scale_limit(0.0))
            .lower_bound;
    out.trust = trust_of(search.found);
    return std::move(search.found);
  };
  auto found = look(2 * number, effort);
  if (close_enough(out.objective, out.lower_bound)) {
    found = look(2 * number + 1, {thorough_starts * effort.starts, std::max(thorough_steps, effort.steps)});
    out.thorough = true;
    out.closed = close_enough(out.objective, out.lower_bound);
    if (out.closed) return out;
  }
  const double tolerance =
      std::clamp(exactness * (out.ratio - 1.0),
                 finest * static_cast<double>(std::numeric_limits<T>::epsilon()), coarsest);
  for (const auto& each : found) {
    if (!(each.value > 2.0 * beta * (1.0 + std::min(tolerance, worth_adding))) || out.added == most_added)
      break;
    atoms.add(each.u, each.sign, 0.0);
    ++out.added;
  }
  out.gradients = MassFit<T>(*problem_, form_, sample_, objective_).fit(atoms, tolerance, most_gradients);
  out.pairs += static_cast<double>(problem_->train().patches() * atoms.count() * out.gradients);
  std::vector<char> keep;
  for (const double mass : atoms.mass) keep.push_back(mass > 0.0 ? 1 : 0);
  atoms = atoms.only(keep);
  out.atoms = atoms.count();
  return out;
}

template double program_objective(const Problem<float>&, NetworkForm, PrimalObjective<float>&, const Atoms&);
template double program_objective(const Problem<double>&, NetworkForm, PrimalObjective<double>&,
                                  const Atoms&);
template class NetworkProgram<float>;
template class NetworkProgram<double>;

}  // namespace zerogap

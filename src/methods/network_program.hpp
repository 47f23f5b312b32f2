// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "bounds/lagrangian_bound.hpp"
#include "core/claim.hpp"
#include "methods/atoms.hpp"
#include "methods/mass_fit.hpp"
#include "problem/patch_sample.hpp"
#include "search/filter_search.hpp"
#include "search/primal_objective.hpp"
#include "search/search_trust.hpp"

namespace zerogap {

/// How much a round searches.
struct SearchEffort {
  std::int64_t starts = 0;  ///< random ones, besides the atoms
  std::int64_t steps = 0;   ///< of the ascent from each start
};

/// What a round found before it moved.
struct ProgramRound {
  double objective = 0.0;     ///< of the atoms with which the round began
  double ratio = 0.0;         ///< the greatest |z'tau| found, over 2 beta
  Estimate lower_bound = {};  ///< D for this z and the greatest value found
  std::int64_t added = 0;     ///< new atoms
  std::int64_t atoms = 0;     ///< after the round
  std::int64_t gradients = 0;
  SearchTrust trust = {};  ///< of the search
  bool thorough = false;   ///< whether the search was
  bool closed = false;     ///< close enough, also by a thorough search; nothing was changed
  double pairs = 0.0;      ///< of a patch and a filter, forward and backward
};

/// Whether atoms of this objective, or what is made of them, are close enough to this bound.
using CloseEnough = std::function<bool(double objective, Estimate lower_bound)>;

/// The objective |pred - x|^2 + 2 beta sum_k m_k of a network's program at these atoms; leaves predictions
/// and residual in `objective`. `form`: product, ball or relative. Collective; the same on any grid.
template <class T>
double program_objective(const Problem<T>& problem, NetworkForm form, PrimalObjective<T>& objective,
                         const Atoms& atoms);

/// The convex program of a network over filters of any number (theory.md, section 12), by column generation
/// (the fully corrective Frank-Wolfe method): each round searches for maxima of |z'tau_lambda(Y u)| from
/// random filters and from the present atoms, adds those above 2 beta as atoms, and fits all masses. Atoms
/// move because the maxima that the search finds from them replace them. A round is a pure function of the
/// atoms and its number. Collective; the same on any grid.
template <class T>
class NetworkProgram {
 public:
  /// `form`: product, ball or relative.
  NetworkProgram(const Problem<T>& problem, NetworkForm form);

  /// Where a search finds a bound that is close enough, a thorough one decides.
  ProgramRound round(Atoms& atoms, std::int64_t number, const SearchEffort& effort,
                     const CloseEnough& close_enough);

 private:
  /// The best filters found from the atoms and from random filters, which are those of search `number`, and
  /// the greatest value, which may be at t = 0, where no filter is; counts its pairs.
  struct Search {
    std::vector<FoundFilter> found;
    FoundMaximum greatest;
  };
  Search look_for_filters(const Atoms& atoms, std::int64_t number, const SearchEffort& effort, double& pairs);
  /// `count` random filters for a round, row-major.
  std::vector<double> random_starts(std::int64_t number, std::int64_t count) const;

  const Problem<T>* problem_;
  NetworkForm form_;
  PatchSample sample_;
  PrimalObjective<T> objective_;
};

}  // namespace zerogap

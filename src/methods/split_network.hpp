// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "methods/atoms.hpp"
#include "search/primal_objective.hpp"

namespace zerogap {

/// A network with equal filters kept as one: filter g, of weight v_g, occurs copies_g times. Only decay makes
/// use of copies.
struct SplitNetwork {
  int length = 0;                   ///< d
  std::vector<double> u = {};       ///< (count, d), row-major
  std::vector<double> v = {};       ///< (count)
  std::vector<double> copies = {};  ///< (count), whole numbers >= 1

  std::size_t count() const { return v.size(); }
  std::int64_t filters() const;  ///< K: the sum of the copies
  /// All K filters.
  Filters complete() const;
};

/// Each filter once.
SplitNetwork without_copies(const Filters& filters);

/// A decay network close to atoms of the product form (theory.md, section 7.1). Atoms lighter than
/// lambda^2/t^2 are expensive, so the lightest are joined with their nearest neighbours; each of what remains
/// becomes N = round(m t^2/lambda^2) equal filters, but at least one. Where these are more than `most`, the
/// split with the least regularisation among those with `most` filters is taken, atoms being joined where
/// they are more. lambda = 0: one filter for each atom.
SplitNetwork split(const Atoms& atoms, double lambda, std::int64_t most);

/// How many filters split() makes of these atoms without a limit.
std::int64_t filters_wanted(const Atoms& atoms, double lambda);

/// What the filters of a split cost in excess of their atoms' 2 beta m, before they are trained, over 2 beta.
struct SplitPrice {
  double at_zero = 0.0;  ///< of atoms with t < `near_zero`, which would need filters of unlimited length
  double rest = 0.0;     ///< of the others: whole numbers of copies, and too few of them
};
/// Of split() with the same atoms and limit.
SplitPrice price_of_split(const Atoms& atoms, double lambda, std::int64_t most, double near_zero);

/// The same filters, the lightest joined with their nearest neighbours, as at most `most` filters.
SplitNetwork joined_to(const SplitNetwork& network, std::int64_t most);

/// The same filters, each copy one of its own and moved by a random tenth of its length (the same for each
/// `seed`), so that what improves them may move them apart.
SplitNetwork untied(const SplitNetwork& network, std::uint64_t seed);

/// Another division of the same filters: near-equal ones joined, at most `joins` pairs, and the copies of
/// each as its mass requires; those without output are left out.
SplitNetwork simplified(const SplitNetwork& network, std::int64_t joins, std::int64_t most);

}  // namespace zerogap

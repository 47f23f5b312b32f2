// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "bounds/lagrangian_bound.hpp"
#include "model/options.hpp"

namespace zerogap {

/// The function f(u) = z' tau_lambda(Y u) whose greatest absolute value bounds a primal network from below
/// (theory.md, section 7). All numbers are finite doubles and count as exact.
struct FilterProblem {
  int length = 0;             ///< d
  std::int64_t patches = 0;   ///< I
  std::span<const double> y;  ///< (I, d), row-major
  std::span<const double> z;  ///< (I)
  double lambda = 0.0;        ///< >= 0
};

/// The effort of a search. Enumeration (d <= 2) is used if it fits into `seconds`, branch and bound
/// otherwise.
struct MaximumOptions {
  double tolerance = 1e-3;  ///< branch and bound stops at (upper - attained)/upper <= tolerance
  double seconds = 10.0;    ///< for the entire call, checked between rounds
  std::int64_t nodes = std::numeric_limits<std::int64_t>::max();  ///< branch and bound: most, roughly
  std::int64_t starts = 32;                                       ///< local searches for a maximiser
  std::int64_t steps = 60;                                        ///< of each
  std::uint64_t seed = 1;                                         ///< of their starting points
  /// (k, d): more starting points, any length, which sets t where that is free (decay, product).
  std::span<const double> filters;
  bool enumerate = true;  ///< false: branch and bound even for d <= 2
};

/// Bounds on M, the greatest |z' tau_t(Y u)| over a network's domain:
/// ball: |u| <= 1, t = lambda;
/// relative: |u| = 1, t = lambda;
/// decay, product: |u| = 1 and any t >= 0 (t = 0 if lambda = 0).
///
/// attained <= M <= upper always, both with an allowance for every rounding.
struct ProvedMaximum {
  FoundMaximum attained;   ///< |z' tau_threshold(Y at)| minus what rounding may have added
  std::vector<double> at;  ///< u (d)
  double threshold = 0.0;  ///< t
  UpperBound upper;
  bool exact = false;       ///< every candidate was enumerated: upper - attained is rounding
  bool closed = false;      ///< exact, or within the tolerance
  std::int64_t nodes = 0;   ///< of branch and bound
  double root_bound = 0.0;  ///< the upper bound by closed forms alone
  double seconds = 0.0;     ///< time taken
};

/// M for one network. Uses OpenMP's threads; with a budget of nodes the result is the same for any number of
/// them. Throws Error (exit 2) for shapes that do not fit and for numbers that are not finite.
ProvedMaximum prove_maximum(const FilterProblem& problem, NetworkForm form, const MaximumOptions& options);

}  // namespace zerogap

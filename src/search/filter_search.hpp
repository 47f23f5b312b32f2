// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "model/options.hpp"
#include "problem/problem.hpp"
#include "search/search_trust.hpp"

namespace zerogap {

/// An ascent that ends closer than this to a filter, relative to its length, counts as having found it:
/// ascents end near a maximum.
constexpr double one_maximum = 5e-2;

/// A filter that a search found.
struct FoundFilter {
  double value = 0.0;  ///< |z' tau_lambda(Y u)|; decay, product: divided by |u|
  double sign = 1.0;   ///< sign of z' tau_lambda(Y u), and so of an output weight that lowers the objective
  std::vector<double> u;    ///< (d), in the network's domain
  std::int64_t starts = 0;  ///< random starts whose ascent ended here, or nearly
};

/// What these, best first, say of the maxima that were missed.
SearchTrust trust_of(std::span<const FoundFilter> found);

/// Local ascent on |z' tau_lambda(Y u)| from many filters at once, over the domain of a primal network
/// (theory.md, section 7): the unit ball; the unit sphere (relative); every u, the value divided by |u|
/// (decay, product). All filters go through the primal's backward kernel together. The value found is
/// attained, so it is a lower bound of the maximum, and a bound built on it is an estimate. Collective over
/// the grid, the same on any grid.
template <class T>
class FilterSearch {
 public:
  /// `residual`: r = pred - x of every training patch of this rank, resident; |r_i| <= residual_bound. The
  /// dual point is z = -2 r.
  FilterSearch(const Problem<T>& problem, std::span<const T> residual, double residual_bound)
      : problem_(&problem),
        residual_(residual),
        residual_bound_(residual_bound),
        sums_(problem.grid().patch_axis(), problem.kernels().memory(), problem.context().overlap) {}

  /// The `keep` best distinct filters, best first, found from options.starts random filters and the
  /// candidates (n, d), which are projected onto the domain first. Every rank gets all of them. The first
  /// `chosen` candidates (all of them if that is negative) are not counted as random starts.
  std::vector<FoundFilter> search(NetworkForm form, const FilterSearchOptions& options,
                                  std::span<const double> candidates, std::size_t keep,
                                  std::int64_t chosen = -1);
  /// A filter improved by BFGS, which follows ridges: the function has kinks, and its maximum may lie on
  /// several at once. Its value is at least that of the given one.
  FoundFilter refined(NetworkForm form, const FoundFilter& found, std::int64_t steps);
  /// |Y'z|, which decay's and product's values approach for ever longer filters: the maximum at t = 0.
  double at_zero_threshold();

 private:
  /// This rank's filters of the ascent: u and gradient (count, d), the rest (count).
  struct AscentState {
    std::vector<double> u, gradient, value, sign;
    /// Replaces filter k by that of `other`.
    void take(const AscentState& other, std::size_t k);
  };

  /// The greatest length of a filter: 1; decay and product: that of the least threshold that differs from 0.
  double longest(NetworkForm form) const;
  /// Scales u to the nearest point of the form's domain; whether that changed it. relative, and lambda = 0,
  /// where a filter's length has no effect: to length 1.
  bool put_into_domain(NetworkForm form, std::span<double> u) const;
  std::vector<double> starts(NetworkForm form, const FilterSearchOptions& options,
                             std::span<const double> candidates) const;
  /// Value and gradient of the form's function at this rank's rows of u, of `total` on all ranks.
  AscentState evaluate(NetworkForm form, std::vector<double> u, std::int64_t total) {
    return evaluate(form, std::move(u), total, problem_->context().lambda);
  }
  AscentState evaluate(NetworkForm form, std::vector<double> u, std::int64_t total, double lambda);
  void ascend(NetworkForm form, AscentState& at, std::int64_t steps, std::int64_t total);
  /// All ranks' filters, best first, without those that are nearly another one.
  std::vector<FoundFilter> best(const AscentState& mine, std::size_t keep, std::size_t chosen) const;

  const Problem<T>* problem_;
  std::span<const T> residual_;
  double residual_bound_;
  GradientSums sums_;
};

}  // namespace zerogap

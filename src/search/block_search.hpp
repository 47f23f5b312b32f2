// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/arrangement_options.hpp"
#include "problem/problem.hpp"

namespace zerogap {

/// A block that a search found.
struct FoundBlock {
  double price = 0.0;     ///< attained, so the block's own is at least that
  std::vector<double> g;  ///< (d), entries rounded to T
};

/// Search for blocks that would lower the optimum of the sampled program (theory.md, section 11). At a
/// solution with z = 2(x - pred) a block with vector g is worth adding if and only if its price
///   max over |w| <= 1 of  z'Q_g Y w - rho sum_i max(0, -c_i y_i.w),
/// or that of -g, which is the same block with w and w' exchanged, is above 2 beta. For rho = 0 that is
/// |Y'Q_g z|; otherwise it lies between |z'tau_lambda(Y g)|/|g| (w parallel to g) and that norm.
///
/// Many g, each with its w, go through the kernels together. They ascend in direction and length of g by
/// finite differences, and in w by the gradient. A price that is found is attained; finding none proves
/// nothing. Collective over the grid, the same on any grid.
template <class T>
class BlockSearch {
 public:
  /// `residual`: r = pred - x = -z/2 of every training patch of this rank, resident, |r_i| <= residual_bound.
  BlockSearch(const Problem<T>& problem, std::span<const T> residual, double residual_bound)
      : problem_(&problem),
        residual_(residual),
        residual_bound_(residual_bound),
        sums_(problem.grid().patch_axis(), problem.kernels().memory(), problem.context().overlap) {}

  /// The `keep` best distinct blocks, best first, found from pricing.starts random vectors (another set for
  /// every `round`) and from the candidates (n, d). Every rank gets all of them.
  std::vector<FoundBlock> search(const ArrangementOptions& options, std::int64_t round,
                                 std::span<const double> candidates, std::size_t keep);

 private:
  /// This rank's points of the ascent: g and unit w with their gradients, that of g times |g| and that of w
  /// along the sphere, each (count, d); values (count).
  struct AscentState {
    std::vector<double> g, w, uphill_g, uphill_w, value;
    /// Replaces point k by that of `other`.
    void take(const AscentState& other, std::size_t k);
  };

  int length() const { return problem_->length(); }
  /// The least |g| for which a gate can open, lambda / max |y_i|.
  double opening_length() const { return problem_->context().lambda / problem_->train().bounds.patch_norm; }
  bool signs() const { return problem_->context().rho > 0.0; }
  std::vector<double> random_starts(const ArrangementOptions& options, std::int64_t round) const;
  /// Gradients of fit + rho hinge (without hinge: of fit) in w and w' of blocks g: -Y'(Q_g z + rho c
  /// 1{hinge}) in w', the same for -z in w; each (rows, d). g is rounded to T on the way.
  DualGradient gradients(std::span<double> g, std::span<const double> w, std::span<const double> w_prime,
                         bool with_hinge);
  /// Start points of this rank's rows of g: the best choice of g or -g, and of w along Y'Q_g z or along g.
  AscentState start(std::vector<double> g);
  /// Values and gradients at g and w.
  AscentState evaluate(std::vector<double> g, std::vector<double> w);
  void ascend(AscentState& at, std::int64_t steps);
  /// rho > 0: switches to the w of start() if that is better.
  void choose_weights(AscentState& at);
  /// All ranks' best points that differ by more than `apart` relative to their length, best first.
  std::vector<FoundBlock> best(const AscentState& mine, std::size_t keep, double apart) const;
  /// The most promising of these rows; the same on every rank.
  std::vector<double> promising(const std::vector<double>& rows, std::size_t keep);

  const Problem<T>* problem_;
  std::span<const T> residual_;
  double residual_bound_;
  GradientSums sums_;
};

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bounds/lagrangian_bound.hpp"

namespace zerogap {

/// max over all g of |Y'Q_g z|, Q_g = diag(max(0, 1 - lambda/|y_i.g|)) (theory.md, sections 3 and 11). With
/// the z of a solution of the sampled program: if it is at most 2 beta, no block at all lowers the optimum;
/// for rho = 0 the converse holds too.
struct GateMaximum {
  FoundMaximum attained;   ///< by some g, or in the limit |g| -> infinity
  UpperBound bound;        ///< no g exceeds it, with an allowance for rounding
  std::int64_t boxes = 0;  ///< examined; 0 if the maximum is found directly (d = 1)
  std::vector<double> g;   ///< (d), attains it, or nearly so if it is a limit; empty if all norms are 0
};

/// The effort of the search.
struct GateMaximumOptions {
  double tolerance = 1e-5;  ///< the bound may exceed the attained value by this, relative
  double work = 2e8;        ///< most boxes times (lines of patches + 64); the bound is what is proved by then
};

/// For d = 1 and 2; y is (I, d), z (I). The gate depends on g through its direction and t = lambda/|g| alone,
/// 0 <= t <= max |y_i|, t = 0 being the limit of long g. d = 1: |Y'Q z| is |piecewise linear| in t, so that
/// its greatest value is at one of the breakpoints t = |y_i|, or at 0. d = 2: branch and bound over the angle
/// and t. In a box, the patches on one line through 0 contribute to Y'Q z a vector in a segment of that line.
/// So Y'Q z lies in the sum of the segments, a polygon whose farthest corner bounds it.
GateMaximum largest_block_norm(std::span<const double> y, std::span<const double> z, int d, double lambda,
                               const GateMaximumOptions& options = {});

}  // namespace zerogap

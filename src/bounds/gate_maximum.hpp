// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bounds/lagrangian_bound.hpp"

namespace zerogap {

/// max over all g of |Y'Q_g z|, Q_g = diag(max(0, 1 - lambda/|y_i.g|)) (theory.md, sections 3 and 11): with
/// it below 2 beta no block at all lowers the optimum, of the sampled program with rho = 0 exactly then.
struct GateMaximum {
  FoundMaximum attained;   ///< by some g, or in the limit of longer and longer ones
  UpperBound bound;        ///< no g exceeds it, roundings allowed for
  std::int64_t boxes = 0;  ///< looked at; 0 where the maximum is found directly (d = 1)
  std::vector<double> g;   ///< (d), attains it, nearly where that is a limit; empty where all norms are 0
};

/// How hard to look.
struct GateMaximumOptions {
  double tolerance = 1e-5;  ///< of bound over attained, relative: ends the search
  double work = 2e8;        ///< boxes times patches and 64, at most; what is proved by then is the bound
};

/// For d = 1 and 2; y is (I, d), z (I). The gate depends on g through its direction and t = lambda/|g| alone,
/// 0 <= t <= max |y_i|, t = 0 being the limit of long g. d = 1: |Y'Q z| is |piecewise linear| in t, so that
/// its greatest value is at one of the breakpoints t = |y_i|, or at 0. d = 2: branch and bound over the angle
/// and t. In a box the part of Y'Q z that the patches on one line through 0 have lies in a segment of that
/// line, and Y'Q z in the sum of the segments, a polygon whose farthest corner bounds it.
GateMaximum largest_block_norm(std::span<const double> y, std::span<const double> z, int d, double lambda,
                               const GateMaximumOptions& options = {});

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bounds/ascent.hpp"
#include "bounds/branch_node.hpp"

namespace zerogap {

/// The result of branch and bound.
struct BranchResult {
  Peak peak;           ///< the best point found
  double upper = 0.0;  ///< upper bound of f over the domain, allowance for rounding included
  bool closed = false;
  std::int64_t nodes = 0;
};

/// Best-first branch and bound for max f over the domain; f is odd in u, so this is max |f|. A round takes
/// the 64 nodes with the greatest bounds, splits each in two and bounds all halves, eight at a time on each
/// thread. The result does not depend on the number of threads. Time is checked between rounds.
BranchResult branch_and_bound(const Rows& rows, NetworkForm form, double lambda, Peak start,
                              std::span<const double> axes, double seconds, const MaximumOptions& options);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bounds/ascent.hpp"
#include "bounds/branch_node.hpp"

namespace zerogap {

/// What branch and bound found, and what it proved.
struct BranchResult {
  Peak peak;           ///< the best point found
  double upper = 0.0;  ///< of f over the domain, allowance for rounding included
  bool closed = false;
  std::int64_t nodes = 0;
};

/// Best-first branch and bound for max f over the whole domain; f is odd in u, so that is max |f|. A round
/// takes the 64 nodes of the greatest bounds, cuts each in two and bounds all halves, eight of them at a time
/// to a thread; the number of threads changes nothing. Time is looked at between rounds.
BranchResult branch_and_bound(const Rows& rows, NetworkForm form, double lambda, Peak start,
                              std::span<const double> axes, double seconds, const MaximumOptions& options);

}  // namespace zerogap

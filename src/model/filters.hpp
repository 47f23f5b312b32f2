// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/options.hpp"

namespace zerogap {

/// Primal filters in double: u (count, d) row-major, v (count).
struct Filters {
  std::int64_t count = 0;
  int length = 0;  ///< d
  std::vector<double> u, v;
};

/// Eq. 46, or the map that keeps the gate's length (section 6).
enum class MapKind { eq46, gate_length };

/// Maps dual weights (count, d) of blocks g (count, d) to filters, one for each block (section 6); a zero
/// block gives a zero filter. Always u v = sign * w with |u| |v| = |w|; `sign` is that of v: +1 for w', -1
/// for w (the minus that the paper drops in Eq. 46). The length |u|, by form and kind:
/// decay, product: eq46: sqrt|w|; gate_length: |g_j|, which keeps the gate the block was trained with;
/// ball: eq46: 1, the longest and so the cheapest; gate_length: |g_j|, or 1 if that is longer;
/// relative: sqrt|w| for both, the cheapest, since the length does not change what the network does (a gate
/// other than that of a unit g_j cannot be kept).
Filters map_to_primal(std::span<const double> g, std::span<const double> weights, int length, double sign,
                      MapKind kind, NetworkForm form = NetworkForm::decay);

/// Filters without those that are zero, in order.
Filters without_zeros(const Filters& filters);

}  // namespace zerogap

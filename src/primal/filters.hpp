#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace zerogap {

/// Primal filters in double: u (count, d) row-major, v (count).
struct Filters {
  std::int64_t count = 0;
  int length = 0;  ///< d
  std::vector<double> u, v;
};

enum class MapKind { eq46, gate_length };

/// Filters that a map makes of dual weights (count, d) of blocks g (count, d), one a block (section 6); a
/// zero block gives a zero filter. eq46: |u| = sqrt|w|; gate_length: |u| = |g_j|, which keeps the gate the
/// block was trained with. Always |u| |v| = |w|. `sign` is that of v: +1 for w', -1 for w (the minus that the
/// paper drops in Eq. 46).
Filters map_to_primal(std::span<const double> g, std::span<const double> weights, int length, double sign,
                      MapKind kind);

/// Filters without those that are zero, in order.
Filters without_zeros(const Filters& filters);

}  // namespace zerogap

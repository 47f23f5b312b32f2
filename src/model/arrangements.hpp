// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "model/arrangement_options.hpp"

namespace zerogap {

/// The vector g_j (length d) of random block j: a pure function of (options, j), so the first P blocks of a
/// larger P are the same P. normal: N(0, std^2) entries; sphere: uniform on radius * S^(d-1); log_uniform:
/// uniform direction, length log-uniform in [radius_min, radius_max].
void sample_arrangement(const ArrangementOptions& options, std::int64_t j, std::span<double> g);
/// The same, from the numbers of `random` at `index`.
void sample_arrangement(const ArrangementOptions& options, const Random& random, std::uint64_t index,
                        std::span<double> g);

/// Pairs of rows of g (count, d) that give nearly the same gate: their distance is at most tolerance times
/// the longer one. At most `most` pairs are returned. The cost is that of sorting by the first coordinate,
/// not of comparing all pairs, unless many are close.
std::vector<std::pair<std::int64_t, std::int64_t>> nearly_equal(std::span<const double> g, int length,
                                                                double tolerance, std::size_t most);

/// log10 of two counts of sign patterns on I patches of rank r (section 8).
struct PatternCount {
  double paper;  ///< 3 sum_{j<r} C(I-1, j), Eq. 74; too small, since each patch has two thresholds
  double bound;  ///< sum_{j<=r} 2^j C(I, j): two parallel hyperplanes a patch
};
/// For `patches` = I and `rank` = r, both at least 1.
PatternCount count_patterns(std::int64_t patches, int rank);

}  // namespace zerogap

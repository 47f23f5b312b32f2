// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace zerogap {

/// What a search from random starts tells about the maxima that it did not find: the Bayesian estimates of
/// Boender and Rinnooy Kan for a function with an unknown number of maxima, whose regions of attraction have
/// unknown sizes.
struct SearchTrust {
  std::int64_t starts = 0;    ///< N, random, that ended at a maximum
  std::int64_t at_best = 0;   ///< of these, how many ended at the best maximum
  std::int64_t distinct = 0;  ///< w: different maxima at which they ended

  /// The expected number of maxima that no start found, w(w + 1)/(N - w - 2); infinite for N <= w + 2.
  double expected_unseen() const;
  /// The probability that there are none, prod_{i=1}^w (N - 1 - i)/(N - 1 + i); 0 for N <= w + 1.
  double all_found() const;
  /// Their stopping rule: fewer than half a maximum is expected to be missing. A search whose random starts
  /// all missed the best maximum, which something else found, has evidently missed one.
  bool content() const { return at_best > 0 && expected_unseen() < 0.5; }
};

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace zerogap {

/// The four primal networks of theory.md, section 7:
/// decay:    |sum_k tau_lambda(Y u_k) v_k - x|^2 + beta sum_k (|u_k|^2 + v_k^2) (Eq. 20);
/// product:  the same fit + 2 beta sum_k |u_k| |v_k| (Eq. 50);
/// ball:     the same fit + 2 beta sum_k |v_k|, |u_k| <= 1 (Eq. 26);
/// relative: |sum_k tau_{lambda |u_k|}(Y u_k) v_k - x|^2 + beta sum_k (|u_k|^2 + v_k^2).
enum class NetworkForm { decay, product, ball, relative };

/// Searching for the filter u with the greatest |z' tau_lambda(Y u)| over a network's domain.
struct FilterSearchOptions {
  std::int64_t starts = 256;  ///< random ones
  std::int64_t steps = 50;    ///< of the local ascent from each start
  std::uint64_t seed = 1;
};

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

#include "core/norm.hpp"

namespace zerogap {

/// The factor of w_j in the gradient of the smoothed group norm 2 beta sum_j sqrt(|w_j|^2 + epsilon^2)
/// (theory.md, sections 4 and 10), for row j of w (count, length): 2 beta/sqrt(|w_j|^2 + epsilon^2), and 0
/// for w_j = 0 and epsilon = 0, which is the subgradient of least length.
template <class T>
double group_norm_factor(const T* w, std::int64_t j, int length, double beta, double epsilon = 0.0) {
  const double norm = row_norm(w, j, length), size = epsilon > 0.0 ? std::hypot(norm, epsilon) : norm;
  return size > 0.0 ? 2.0 * beta / size : 0.0;
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

namespace zerogap {

/// Euclidean norm of row j of a (count, length) row-major matrix, summed in double.
template <class T>
double row_norm(const T* rows, std::int64_t j, int length) {
  double sum = 0.0;
  for (int k = 0; k < length; ++k) {
    const double entry = rows[j * length + k];
    sum += entry * entry;
  }
  return std::sqrt(sum);
}

}  // namespace zerogap

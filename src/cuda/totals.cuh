// SPDX-License-Identifier: Apache-2.0
#pragma once

// Totals of a thread block: integer sums and a maximum, so the order does not matter.

#include "cuda/arithmetic.cuh"
#include "cuda/passes.hpp"

namespace zerogap::cuda {

/// The thread block's total, in its first thread. All `threads` call it, once in a kernel.
template <int threads>
__device__ inline Total total_of_block(const Total& mine) {
  __shared__ Total all[threads];
  const int t = static_cast<int>(threadIdx.x);
  all[t] = mine;
  for (int half = threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (t < half) {
      all[t].first += all[t + half].first;
      all[t].second += all[t + half].second;
      all[t].largest = larger_or_nan(all[t].largest, all[t + half].largest);
    }
  }
  return all[0];
}

}  // namespace zerogap::cuda

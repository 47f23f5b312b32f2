// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime.h>

namespace zerogap::cuda {

/// Every CUDA call goes through this. Throws Error (exit 4): "`doing` failed (CUDA's message); what to do".
void check(cudaError_t status, const char* doing);

/// For destructors, whose failures were reported by an earlier call or cannot be reported.
inline void check_no_throw(cudaError_t status) noexcept {
  if (status != cudaSuccess) (void)cudaGetLastError();
}

}  // namespace zerogap::cuda

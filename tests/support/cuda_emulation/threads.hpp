// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "cuda_runtime.h"

namespace zerogap::emulation {

/// Runs `thread` once for every thread of every thread block.
void run_grid(const dim3& grid, const dim3& block, const std::function<void()>& thread);

}  // namespace zerogap::emulation

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "sweep/plan.hpp"

namespace zerogap {

/// Bytes of a GPU that a rank takes beside its cell's arrays, assumed: CUDA's own half a GiB, and the
/// kernels' slices, which stay below a quarter.
inline constexpr double taken_by_cuda = 0.75 * 0x1p30;

/// The GiB of a GPU that are assumed where none is at hand and none are given.
inline constexpr std::int64_t assumed_gpu_memory = 80;

/// Bytes that the largest cell of a sweep takes on a GPU that all its ranks share, as an estimate; 0 where
/// cells do not run on GPUs (run.backend).
double bytes_on_gpu(const SweepPlan& plan);

/// "about 5 cells at once fit into ..., an estimate: ...": how many cells of so many bytes there is room for
/// in a GPU's memory. `whence` says where that number comes from.
std::string fit_text(double cell_bytes, double memory, const std::string& whence);

/// The same for a sweep in `given` GiB; 0: those of this host's GPU with the least, or assumed_gpu_memory.
/// Empty where cells do not run on GPUs.
std::string fit_text(const SweepPlan& plan, std::int64_t given);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "sweep/plan.hpp"

namespace zerogap {

/// Assumed bytes of a GPU that a rank takes in addition to its cell's arrays: half a GiB for CUDA, and the
/// kernels' slices, less than a quarter.
inline constexpr double taken_by_cuda = 0.75 * 0x1p30;

/// GiB of a GPU assumed if there is no GPU and no size is given.
inline constexpr std::int64_t assumed_gpu_memory = 80;

/// Estimated bytes of a sweep's largest cell on a GPU that all its ranks share; 0 if cells do not run on GPUs
/// (run.backend).
double bytes_on_gpu(const SweepPlan& plan);

/// "about 5 cells at once fit into ..., an estimate: ...": how many cells of this size fit into a GPU's
/// memory. `whence` is the source of that number.
std::string fit_text(double cell_bytes, double memory, const std::string& whence);

/// The same for a sweep in `given` GiB; 0: the smallest memory of this host's GPUs, or assumed_gpu_memory.
/// Empty if cells do not run on GPUs.
std::string fit_text(const SweepPlan& plan, std::int64_t given);

}  // namespace zerogap

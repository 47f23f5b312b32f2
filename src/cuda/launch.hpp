// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "cuda/check.hpp"
#include "cuda/passes.hpp"
#include "cuda/scratch.hpp"
#include "kernels/row_step.hpp"

namespace zerogap::cuda {

/// The stream and scratch memory for a pass.
struct Site {
  DeviceMemory& memory;
  Scratch& scratch;
  cudaStream_t stream;
};

template <class V>
constexpr V parts_of(V total, V size) {
  return (total + size - 1) / size;
}

/// Starts a kernel; every launch goes through it. `doing` completes "... failed".
template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, int threads, cudaStream_t stream, const char* doing,
            Arguments... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.stream = stream;
  check(cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...), doing);
}

/// The number of slices for `units` of work, in a grid of `columns` thread blocks for each slice. It makes
/// the last wave of thread blocks as full as possible, with one unit's time for the overhead of a slice. It
/// is at most 64, or for few columns as many as two waves hold: 64 would leave most of a large GPU idle.
template <class Kernel>
int slices_for(const DeviceMemory& memory, Kernel kernel, int threads, std::int64_t columns,
               std::int64_t units, std::int64_t most) {
  int resident = 0;
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, threads, 0),
        "asking how many thread blocks fit");
  const std::int64_t at_once = std::int64_t{std::max(1, resident)} * memory.multiprocessors();
  const std::int64_t limit = std::min({most, units, std::max<std::int64_t>(64, 2 * at_once / columns)});
  std::int64_t best = 1, least = -1;
  for (std::int64_t slices = 1; slices <= limit; ++slices) {
    const std::int64_t time = parts_of(columns * slices, at_once) * (parts_of(units, slices) + 1);
    if (least < 0 || time < least) best = slices, least = time;
  }
  // Slices of complete units, without an empty one at the end.
  return static_cast<int>(parts_of(units, parts_of(units, best)));
}

/// Most bytes of the GPU's memory for slices.
constexpr std::int64_t slices_memory = std::int64_t{256} << 20;

enum class ForwardKind { dual, dual_hinge, dual_smooth_hinge, primal };
/// Adds to pass.pred. Fills in pass.slice, parts, totals. With the hinge or for the primal, the total of the
/// pass is left in Slot::results. pass.blocks and pass.patches.count are > 0.
template <class T>
void launch_forward(const Site& site, ForwardKind kind, ForwardPass<T> pass);

enum class BackwardKind { dual_free, dual_sharp, dual_smooth, dual_curved, primal, gates, repair };
/// The arrays to which the sums of a backward pass are added (for repair, in which the maximum is taken):
/// (blocks, d) and (blocks). With `mirrored`, the negative of the first vector's sums is added to the second
/// one's.
struct BackwardResults {
  std::int64_t* vectors[2] = {};
  std::int64_t* scalars[2] = {};
  bool mirrored = false;
};
template <class T>
void launch_backward(const Site& site, BackwardKind kind, BackwardPass<T> pass,
                     const BackwardResults& results);

/// Adds to packed triangles (blocks, d(d+1)/2) of w and of w'; pass.residual is not read.
template <class T>
void launch_curvature(const Site& site, BackwardPass<T> pass, std::int64_t* of_w, std::int64_t* of_w_prime);

/// r_i = pred_i - x_i (kernels/residual.hpp), listed images.
template <class T>
struct ResidualPass {
  const std::int32_t* images = nullptr;
  std::int64_t pixels_per_image = 1;
  std::int64_t count = 0;
  const std::int64_t* pred = nullptr;
  const T* target = nullptr;
  const Scalars* scalars = nullptr;  ///< pred_unit; fit_scale, target_scale
};
/// residual (count) in T.
template <class T>
void launch_residual(const Site& site, const ResidualPass<T>& pass, T* residual);
/// sum r^2, sum r x, max |r|, left in Slot::results.
template <class T>
void launch_residual_total(const Site& site, const ResidualPass<T>& pass);

/// kernels/row_step.hpp; pass.rows is > 0.
template <class T>
void launch_row_step(const Site& site, const RowStep<T>& pass);

/// The total of `count` totals, left in Slot::results.
void launch_total(const Site& site, const Total* totals, std::int64_t count);

}  // namespace zerogap::cuda

// SPDX-License-Identifier: Apache-2.0
// The smoothed hinge's curvature (kernels/dual.hpp, DualCurvature). Row a of every block's matrix is a
// backward pass whose coefficient is c^2 1{-width < c y.w < 0} y_a: with column a of the patches as the
// residual, the gradient kernels can be used. A row costs 5d products for each pair, while all rows together
// need only 2d + d(d+1), so that for d = 9 the cost is four times as high. Newton's method needs one
// curvature in each step.

#include <utility>

#include "cuda/launch.hpp"
#include "cuda/patches.cuh"

namespace zerogap::cuda {
namespace {

constexpr int threads = 256;

/// to (patches.count) = entry a of every patch.
template <class T>
__global__ void column(Patches<T> patches, int a, T* to) {
  const std::int64_t i = std::int64_t{blockIdx.x} * threads + static_cast<int>(threadIdx.x);
  if (i < patches.count) to[i] = patch_at(patches, i)[EntryWalk<0>(patches, a).offset()];
}

/// Adds entries b >= a of row a (blocks, d) to the packed triangles (blocks, d(d+1)/2).
__global__ void add_row(const std::int64_t* row, std::int64_t blocks, int d, int a, std::int64_t* packed) {
  const std::int64_t at = std::int64_t{blockIdx.x} * threads + static_cast<int>(threadIdx.x);
  if (at >= blocks * d) return;
  const std::int64_t j = at / d;
  const int b = static_cast<int>(at - j * d);
  if (b >= a) packed[j * (d * (d + 1) / 2) + a * d - a * (a - 1) / 2 + b - a] += row[at];
}

unsigned blocks_for(std::int64_t count) {
  return static_cast<unsigned>(parts_of<std::int64_t>(count, threads));
}

}  // namespace

template <class T>
void launch_curvature(const Site& site, BackwardPass<T> pass, std::int64_t* of_w, std::int64_t* of_w_prime) {
  const int d = pass.patches.length;
  const std::int64_t entries = pass.blocks * d;
  T* const entry = site.scratch.reserve<T>(Slot::residual, static_cast<std::size_t>(pass.patches.count));
  auto* const rows = site.scratch.reserve<std::int64_t>(Slot::results, static_cast<std::size_t>(2 * entries));
  pass.residual = entry;
  BackwardResults results;
  results.vectors[0] = rows;
  results.vectors[1] = rows + entries;
  for (int a = 0; a < d; ++a) {
    launch(column<T>, dim3(blocks_for(pass.patches.count)), threads, site.stream,
           "reading a column of the patches", pass.patches, a, entry);
    check(cudaMemsetAsync(rows, 0, static_cast<std::size_t>(2 * entries) * sizeof(std::int64_t), site.stream),
          "clearing a row of curvatures");
    launch_backward(site, BackwardKind::dual_curved, pass, results);
    for (const auto& [from, to] : {std::pair(rows, of_w), std::pair(rows + entries, of_w_prime)})
      launch(add_row, dim3(blocks_for(entries)), threads, site.stream, "adding a row of curvatures", from,
             pass.blocks, d, a, to);
  }
}

template void launch_curvature(const Site&, BackwardPass<float>, std::int64_t*, std::int64_t*);
template void launch_curvature(const Site&, BackwardPass<double>, std::int64_t*, std::int64_t*);

}  // namespace zerogap::cuda

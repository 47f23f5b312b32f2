// SPDX-License-Identifier: Apache-2.0
#pragma once

// Backward halves: for every block j, sums over the patches (cuda/backward_rules.cuh).
//
// Shapes: y (patches.count, d) is read from the pixels, residual (patches.count) and weights (blocks, d) in
// T; results are `entries` = vectors * d + scalars integers for each block. Nothing of size patches x blocks
// is stored: a thread has one block, and the patches of a tile are staged in shared memory, where all threads
// read the same one at a time. Gates are recomputed, which costs d products, because keeping them from the
// forward half would take memory of that size.
// Accumulation: products and sums over one tile of patches (kernels/tiling.hpp) in T and in the tile's order,
// tiles in 64-bit fixed point. Each slice of tiles (blockIdx.y) writes its own part.

#include "cuda/backward_rules.cuh"
#include "cuda/patches.cuh"

namespace zerogap::cuda {

template <int count>
constexpr int at_least_one = count > 0 ? count : 1;

__device__ inline double scale_of(const Scalars& scalars, bool vector) {
  return vector ? scalars.vector_scale : scalars.scalar_scale;
}

template <class T>
struct NarrowShape {
  static constexpr int threads = 128;
  static constexpr int staged = 256;                       ///< patches in shared memory
  static constexpr int resident = sizeof(T) == 8 ? 3 : 5;  ///< thread blocks on a multiprocessor, at least
};

/// d = 1 or 9: the block's vectors and its sums are in registers; a row of shared memory is a patch and its
/// residual.
template <class T, int D, class Rule>
__global__ void __launch_bounds__(NarrowShape<T>::threads, NarrowShape<T>::resident)
    backward_narrow(BackwardPass<T> pass) {
  using Shape = NarrowShape<T>;
  constexpr int wide = padded<T, D + 1>, entries = Rule::vectors * D + Rule::scalars;
  __shared__ Lanes<T> staged[Shape::staged * wide / Lanes<T>::count];
  __shared__ std::int64_t fixed_sums[entries][Shape::threads];
  T* const rows = reinterpret_cast<T*>(staged);
  const int t = static_cast<int>(threadIdx.x);
  const std::int64_t j = std::int64_t{blockIdx.x} * Shape::threads + t;
  const std::int64_t block =
      j < pass.blocks ? j : pass.blocks - 1;  // surplus threads compute and are ignored

  T weight[Rule::products][D];
#pragma unroll
  for (int p = 0; p < Rule::products; ++p)
#pragma unroll
    for (int k = 0; k < D; ++k) weight[p][k] = pass.weights[p][block * D + k];
  for (int e = 0; e < entries; ++e) fixed_sums[e][t] = 0;

  const Rule rule(*pass.scalars);
  const std::int64_t from = std::int64_t{blockIdx.y} * pass.slice;
  const std::int64_t to = from + pass.slice < pass.patches.tiles ? from + pass.slice : pass.patches.tiles;
  for (std::int64_t at = from; at < to; ++at) {
    const TileOfPatches tile = tile_at(pass.patches, at);
    T sum[at_least_one<Rule::vectors>][D] = {};
    T scalar[at_least_one<Rule::scalars>] = {};
    for (int begin = 0; begin < tile.count; begin += Shape::staged) {
      const int here = tile.count - begin < Shape::staged ? tile.count - begin : Shape::staged;
      __syncthreads();
      for (int i = t; i < here; i += Shape::threads) {
        const int pixel = tile.first + begin + i;
        const T* const patch = patch_at(pass.patches, tile.listed, pixel);
#pragma unroll
        for (int k = 0; k < D; ++k) rows[i * wide + k] = patch[entry_offset<D>(pass.patches, k)];
        rows[i * wide + D] = pass.residual == nullptr
                                 ? T{0}
                                 : pass.residual[tile.listed * pass.patches.pixels_per_image + pixel];
      }
      __syncthreads();
      for (int i = 0; i < here; ++i) {
        T row[wide];
        read_row(staged + i * (wide / Lanes<T>::count), row);
        T dot[Rule::products];
#pragma unroll
        for (int p = 0; p < Rule::products; ++p) {
          dot[p] = weight[p][0] * row[0];
#pragma unroll
          for (int k = 1; k < D; ++k) dot[p] = multiply_add(weight[p][k], row[k], dot[p]);
        }
        T coefficient[at_least_one<Rule::vectors>];
        rule.pair(dot, row[D], coefficient, scalar);
#pragma unroll
        for (int v = 0; v < Rule::vectors; ++v)
#pragma unroll
          for (int k = 0; k < D; ++k) sum[v][k] = multiply_add(coefficient[v], row[k], sum[v][k]);
      }
    }
#pragma unroll
    for (int e = 0; e < entries; ++e) {
      const bool vector = e < Rule::vectors * D;
      const T value = vector ? sum[vector ? e / D : 0][e % D] : scalar[vector ? 0 : e - Rule::vectors * D];
      fixed_sums[e][t] = Rule::merge(
          fixed_sums[e][t], Rule::synchronize(static_cast<double>(value), scale_of(*pass.scalars, vector)));
    }
  }
  for (int e = 0; e < entries; ++e)
    pass.parts[(std::int64_t{blockIdx.y} * entries + e) * pass.stride + j] = fixed_sums[e][t];
}

}  // namespace zerogap::cuda

// SPDX-License-Identifier: Apache-2.0
#pragma once

// Backward halves for long patches, whose vectors and sums do not fit into registers (cuda/backward.cuh
// describes shapes and accumulation).
//
// A few patches are processed at a time: first their products with the thread's block, entry by entry, then
// their coefficients, then the sums, entry by entry. In shared memory the entries of these patches are
// interleaved, so that one load serves several patches. Sums over a tile are in shared memory if d is known
// at compile time, otherwise in global memory.

#include "cuda/backward.cuh"

namespace zerogap::cuda {

template <class T, int D>
struct WideShape {
  static constexpr int threads = sizeof(T) == 8 && D > 25 ? 32 : 64;  ///< so that sums fit into 48 KiB
  static constexpr int together = sizeof(T) == 8 ? 8 : 16;  ///< patches at a time, a multiple of Lanes
  static constexpr int slab = D > 0 ? D : 64;               ///< entries of them in shared memory
};

/// Calls body(k) for k = 0, ..., entries - 1, in this order. If the number is known it is a square: a loop
/// over its rows, which the compiler must not unroll, around an unrolled one. Otherwise the compiler unrolls
/// a loop of 25 or 49 by four with an exit in the middle, and ptxas (13.0 and 13.5, sm_90) unrolls that again
/// with a wrong address for the last entry.
template <int D, class Body>
__device__ inline void for_entries(int entries, Body body) {
  if constexpr (D > 0) {
    constexpr int side = unrolled_sides<D>;
    static_assert(side * side == D);
#pragma unroll 1
    for (int row = 0; row < side; ++row)
#pragma unroll
      for (int column = 0; column < side; ++column) body(row * side + column);
  } else {
    for (int k = 0; k < entries; ++k) body(k);
  }
}

/// Entries [from, from + deep) of the patches [begin, begin + together) of a tile; zeros after its end. A
/// thread copies entries of one patch, which it locates once.
template <class T, int D>
__device__ inline void stage_patches(const Patches<T>& patches, const TileOfPatches& tile, int begin,
                                     int from, int deep, T* to) {
  using Shape = WideShape<T, D>;
  constexpr int at_once = Shape::threads / Shape::together;  // entries
  static_assert(Shape::threads % Shape::together == 0);
  const int t = static_cast<int>(threadIdx.x), i = begin + t % Shape::together;
  const bool there = i < tile.count;
  const T* const patch = patch_at(patches, tile.listed, tile.first + (there ? i : 0));
  EntryWalk<D> entry(patches, from + t / Shape::together);
  __syncthreads();
  for (int e = t; e < deep * Shape::together; e += Shape::threads) {
    to[e] = there ? patch[entry.offset()] : T{0};
    entry.advance(at_once);
  }
  __syncthreads();
}

/// weights are transposed here, (d, stride), so that neighbouring threads read neighbouring numbers.
template <class T, int D, class Rule>
__global__ void __launch_bounds__(WideShape<T, D>::threads) backward_wide(BackwardPass<T> pass) {
  using Shape = WideShape<T, D>;
  constexpr int together = Shape::together, lanes = together / Lanes<T>::count;
  __shared__ Lanes<T> staged[Shape::slab * lanes];
  __shared__ T residual[together];
  __shared__ T near[at_least_one<D * Rule::vectors>][Shape::threads];
  T* const entries = reinterpret_cast<T*>(staged);
  const int t = static_cast<int>(threadIdx.x), d = D > 0 ? D : pass.patches.length;
  const int count = Rule::vectors * d + Rule::scalars;
  const std::int64_t j = std::int64_t{blockIdx.x} * Shape::threads + t, stride = pass.stride;
  std::int64_t* const fixed_sums = pass.parts + std::int64_t{blockIdx.y} * count * stride + j;
  T* const running = D > 0 ? &near[0][t] : pass.running + std::int64_t{blockIdx.y} * count * stride + j;
  const std::int64_t step = D > 0 ? Shape::threads : stride;
  for (int e = 0; e < count; ++e) fixed_sums[e * stride] = 0;

  const Rule rule(*pass.scalars);
  const std::int64_t from = std::int64_t{blockIdx.y} * pass.slice;
  const std::int64_t to = from + pass.slice < pass.patches.tiles ? from + pass.slice : pass.patches.tiles;
  for (std::int64_t at = from; at < to; ++at) {
    const TileOfPatches tile = tile_at(pass.patches, at);
    for (int v = 0; v < Rule::vectors; ++v)
      for_entries<D>(d, [&](int k) { running[(v * d + k) * step] = T{0}; });
    T scalar[at_least_one<Rule::scalars>] = {};
    for (int begin = 0; begin < tile.count; begin += together) {
      T dots[Rule::products][together] = {};
      for (int slab = 0; slab < d; slab += Shape::slab) {
        const int deep = d - slab < Shape::slab ? d - slab : Shape::slab;
        stage_patches<T, D>(pass.patches, tile, begin, slab, deep, entries);
        for_entries<D>(deep, [&](int k) {
          T y[together];
          read_row(staged + k * lanes, y);
#pragma unroll
          for (int p = 0; p < Rule::products; ++p) {
            const T weight = pass.weights[p][(slab + k) * stride + j];
#pragma unroll
            for (int i = 0; i < together; ++i) dots[p][i] = multiply_add(weight, y[i], dots[p][i]);
          }
        });
      }
      if (t < together)  // read after the barrier below
        residual[t] =
            pass.residual != nullptr && begin + t < tile.count
                ? pass.residual[tile.listed * pass.patches.pixels_per_image + tile.first + begin + t]
                : T{0};
      __syncthreads();
      T coefficients[at_least_one<Rule::vectors>][together];
#pragma unroll
      for (int i = 0; i < together; ++i) {
        T dot[Rule::products], coefficient[at_least_one<Rule::vectors>];
#pragma unroll
        for (int p = 0; p < Rule::products; ++p) dot[p] = dots[p][i];
        rule.pair(dot, residual[i], coefficient, scalar);
#pragma unroll
        for (int v = 0; v < Rule::vectors; ++v) coefficients[v][i] = coefficient[v];
      }
      for (int slab = 0; Rule::vectors > 0 && slab < d; slab += Shape::slab) {
        const int deep = d - slab < Shape::slab ? d - slab : Shape::slab;
        if (d > Shape::slab) stage_patches<T, D>(pass.patches, tile, begin, slab, deep, entries);
        for_entries<D>(deep, [&](int k) {
          T y[together];
          read_row(staged + k * lanes, y);
#pragma unroll
          for (int v = 0; v < Rule::vectors; ++v) {
            T sum = coefficients[v][0] * y[0];
#pragma unroll
            for (int i = 1; i < together; ++i) sum = multiply_add(coefficients[v][i], y[i], sum);
            running[(v * d + slab + k) * step] += sum;
          }
        });
      }
    }
    for (int v = 0; v < Rule::vectors; ++v)
      for_entries<D>(d, [&](int k) {
        const int e = v * d + k;
        fixed_sums[e * stride] = Rule::merge(
            fixed_sums[e * stride],
            Rule::synchronize(static_cast<double>(running[e * step]), pass.scalars->vector_scale));
      });
    for (int s = 0; s < Rule::scalars; ++s) {
      std::int64_t& of = fixed_sums[(Rule::vectors * d + s) * stride];
      of = Rule::merge(of, Rule::synchronize(static_cast<double>(scalar[s]), pass.scalars->scalar_scale));
    }
  }
}

}  // namespace zerogap::cuda

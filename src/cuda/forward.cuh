// SPDX-License-Identifier: Apache-2.0
#pragma once

// Forward halves: pred_i += sum_j value(y_i, block j), and for the dual the hinge, for the primal the largest
// activation.
//
// Shapes: y (patches.count, d) is read from the pixels; weights (blocks, d) in T, pred (patches.count) in
// fixed point. Nothing of size patches x blocks is stored: a thread keeps the patches of `Shape::patches`
// pixels in registers, and the blocks are staged in shared memory, where all threads read the same one at a
// time. Accumulation: products and a patch's sum over one tile of blocks in T, tiles in 64-bit fixed point.
// Slices of blocks (blockIdx.y) do not cut tiles.

#include "cuda/arithmetic.cuh"
#include "cuda/passes.hpp"
#include "cuda/patches.cuh"
#include "cuda/totals.cuh"

namespace zerogap::cuda {

/// The sums of one patch over a tile of blocks.
template <class T>
struct TileSums {
  T pred, side;
};

enum class Hinge { none, sharp, smooth };

/// q_ij (y.(w' - w)); side: the hinge, smoothed if there is a width; largest: the largest violation. w' - w
/// is formed once for each block, and y.w' is y.w + y.(w' - w), so that predictions have the same bits with
/// and without the hinge.
template <class T, Hinge hinge>
class DualForwardRule {
  static constexpr bool with_hinge = hinge != Hinge::none;

 public:
  static constexpr int products = with_hinge ? 3 : 2, extras = 0;
  static constexpr bool side = with_hinge, largest = with_hinge;

  __device__ explicit DualForwardRule(const Scalars& scalars)
      : gate_(scalars.lambda),
        width_(static_cast<T>(scalars.width)),
        per_width_(static_cast<T>(scalars.width > 0.0 ? 1.0 / scalars.width : 0.0)) {}
  /// Entry `at` of the vectors that a patch is multiplied with.
  __device__ static T weight(const ForwardPass<T>& pass, int product, std::int64_t at) {
    if (product == 0) return pass.weights[0][at];
    if (product == 1) return pass.weights[2][at] - pass.weights[1][at];
    return pass.weights[1][at];
  }
  __device__ void pair(const T (&dot)[products], T, TileSums<T>& sums, T& most) const {
    const T q = gate_(dot[0]);
    sums.pred = multiply_add(q, dot[1], sums.pred);
    if constexpr (with_hinge) {
      const T c = with_sign(q, dot[0]);
      const T of_w = maximum(T{0}, -(c * dot[2])), of_w_prime = maximum(T{0}, -(c * (dot[2] + dot[1])));
      sums.side += penalty(of_w);
      sums.side += penalty(of_w_prime);
      most = maximum(most, maximum(of_w, of_w_prime));
    }
  }

 private:
  /// The hinge of a violation v: v itself, or with a width m/width (v - m/2), m = min(v, width).
  __device__ T penalty(T violation) const {
    if constexpr (hinge != Hinge::smooth) return violation;
    const T m = violation < width_ ? violation : width_;
    return m * per_width_ * multiply_add(T{-0.5}, m, violation);
  }

  Gate<T> gate_;
  T width_, per_width_;
};

/// tau_lambda(y.u) v; largest: the largest |y.u|.
template <class T>
class PrimalForwardRule {
 public:
  static constexpr int products = 1, extras = 1;
  static constexpr bool side = false, largest = true;

  __device__ explicit PrimalForwardRule(const Scalars& scalars) : lambda_(static_cast<T>(scalars.lambda)) {}
  __device__ static T weight(const ForwardPass<T>& pass, int, std::int64_t at) { return pass.weights[0][at]; }
  __device__ void pair(const T (&dot)[products], T v, TileSums<T>& sums, T& most) const {
    sums.pred = multiply_add(shrink(dot[0], lambda_), v, sums.pred);
    most = maximum(most, magnitude(dot[0]));
  }

 private:
  T lambda_;
};

template <class T, int D>
struct ForwardShape {
  static constexpr int threads = 128;
  static constexpr int patches = D == 0 ? 1
                                        : (D <= 9    ? 4
                                           : D <= 25 ? 3
                                                     : 2) /
                                              (sizeof(T) == 8 && D > 1 ? 2 : 1);
  static constexpr int staged = D <= 9 ? 64 : D <= 25 ? 32 : 16;  ///< blocks in shared memory
  /// Thread blocks on a multiprocessor, at least.
  static constexpr int resident = D == 0 || D > 9 ? 3 : sizeof(T) == 8 ? 4 : 5;
  static constexpr int group = 8, slab = 32;  ///< D = 0: blocks at a time, and entries of them
};

/// One thread's patches and their sums.
template <class T, int patches>
struct ForwardSums {
  TileSums<T> tile[patches];
  std::int64_t pred[patches];
  std::int64_t side;
  T most;

  __device__ void begin() {
    side = 0;
    most = T{0};
#pragma unroll
    for (int r = 0; r < patches; ++r) {
      tile[r] = {T{0}, T{0}};
      pred[r] = 0;
    }
  }
  /// Ends a tile of blocks. `mine`: number of this thread's patches that exist.
  template <class Rule>
  __device__ void end_tile(const Scalars& scalars, int mine) {
#pragma unroll
    for (int r = 0; r < patches; ++r) {
      pred[r] += fixed(static_cast<double>(tile[r].pred), scalars.pred_scale);
      if (Rule::side && r < mine) side += fixed(static_cast<double>(tile[r].side), scalars.side_scale);
      tile[r] = {T{0}, T{0}};
    }
  }
  template <class Rule, int threads>
  __device__ void write(const ForwardPass<T>& pass, std::int64_t first, int mine) {
    for (int r = 0; r < patches; ++r)
      if (r < mine) {
        const std::int64_t i = first + r * threads;
        if (gridDim.y == 1)
          pass.pred[i] += pred[r];
        else
          pass.parts[blockIdx.y * pass.patches.count + i] = pred[r];
      }
    if constexpr (Rule::side || Rule::largest) {
      const Total total = total_of_block<threads>({side, 0, static_cast<double>(most)});
      if (threadIdx.x == 0) pass.totals[blockIdx.y * gridDim.x + blockIdx.x] = total;
    }
  }
};

/// How many of a thread's patches first, first + threads, ... lie below `count`.
template <int threads>
__device__ inline int patches_below(std::int64_t count, std::int64_t first, int patches) {
  if (first >= count) return 0;
  const std::int64_t left = (count - first + threads - 1) / threads;
  return left < patches ? static_cast<int>(left) : patches;
}

/// d known: patches in registers. Grid: patches / (threads * Shape::patches), slices of blocks.
template <class T, int D, class Rule>
__global__ void __launch_bounds__(ForwardShape<T, D>::threads, ForwardShape<T, D>::resident)
    forward(ForwardPass<T> pass) {
  using Shape = ForwardShape<T, D>;
  constexpr int wide = padded<T, Rule::products * D + Rule::extras>;
  __shared__ Lanes<T> staged[Shape::staged * wide / Lanes<T>::count];
  T* const entries = reinterpret_cast<T*>(staged);
  const std::int64_t first =
      std::int64_t{blockIdx.x} * (Shape::threads * Shape::patches) + static_cast<int>(threadIdx.x);
  const int mine = patches_below<Shape::threads>(pass.patches.count, first, Shape::patches);

  T y[Shape::patches][D];
#pragma unroll
  for (int r = 0; r < Shape::patches; ++r) {
    const T* const patch = patch_at(pass.patches, r < mine ? first + r * Shape::threads : 0);
#pragma unroll
    for (int k = 0; k < D; ++k) y[r][k] = r < mine ? patch[entry_offset<D>(pass.patches, k)] : T{0};
  }

  const Rule rule(*pass.scalars);
  ForwardSums<T, Shape::patches> sums;
  sums.begin();
  const std::int64_t from = std::int64_t{blockIdx.y} * pass.slice;
  const std::int64_t to = from + pass.slice < pass.blocks ? from + pass.slice : pass.blocks;
  int left = pass.tile;
  for (std::int64_t j = from; j < to; j += Shape::staged) {
    const int here = to - j < Shape::staged ? static_cast<int>(to - j) : Shape::staged;
    __syncthreads();
    for (int e = static_cast<int>(threadIdx.x); e < here * D; e += Shape::threads) {
      const int block = e / D, k = e - block * D;
#pragma unroll
      for (int p = 0; p < Rule::products; ++p)
        entries[block * wide + p * D + k] = Rule::weight(pass, p, j * D + e);
      if (Rule::extras > 0 && k == 0) entries[block * wide + Rule::products * D] = pass.weights[1][j + block];
    }
    __syncthreads();
    for (int block = 0; block < here; ++block) {
      T row[wide];
      read_row(staged + block * (wide / Lanes<T>::count), row);
#pragma unroll
      for (int r = 0; r < Shape::patches; ++r) {
        T dot[Rule::products];
#pragma unroll
        for (int p = 0; p < Rule::products; ++p) {
          dot[p] = row[p * D] * y[r][0];
#pragma unroll
          for (int k = 1; k < D; ++k) dot[p] = multiply_add(row[p * D + k], y[r][k], dot[p]);
        }
        rule.pair(dot, Rule::extras > 0 ? row[wide > Rule::products * D ? Rule::products * D : 0] : T{0},
                  sums.tile[r], sums.most);
      }
      if (--left == 0) {
        sums.template end_tile<Rule>(*pass.scalars, mine);
        left = pass.tile;
      }
    }
  }
  sums.template end_tile<Rule>(*pass.scalars, mine);
  sums.template write<Rule, Shape::threads>(pass, first, mine);
}

/// Any d: a thread has one patch and reads its pixels for every group of blocks; a slab of the blocks'
/// entries is in shared memory.
template <class T, class Rule>
__global__ void __launch_bounds__(ForwardShape<T, 0>::threads, ForwardShape<T, 0>::resident)
    forward_any(ForwardPass<T> pass) {
  using Shape = ForwardShape<T, 0>;
  constexpr int wide = Rule::products * Shape::group;  // a multiple of Lanes
  __shared__ Lanes<T> staged[Shape::slab * wide / Lanes<T>::count];
  T* const entries = reinterpret_cast<T*>(staged);
  const int d = pass.patches.length;
  const std::int64_t first = std::int64_t{blockIdx.x} * Shape::threads + static_cast<int>(threadIdx.x);
  const int mine = first < pass.patches.count ? 1 : 0;
  const T* const patch = patch_at(pass.patches, mine == 1 ? first : 0);

  const Rule rule(*pass.scalars);
  ForwardSums<T, 1> sums;
  sums.begin();
  const std::int64_t from = std::int64_t{blockIdx.y} * pass.slice;
  const std::int64_t to = from + pass.slice < pass.blocks ? from + pass.slice : pass.blocks;
  int left = pass.tile;
  for (std::int64_t j = from; j < to; j += Shape::group) {
    const int here = to - j < Shape::group ? static_cast<int>(to - j) : Shape::group;
    T dots[wide];
#pragma unroll
    for (int e = 0; e < wide; ++e) dots[e] = T{0};
    for (int slab = 0; slab < d; slab += Shape::slab) {
      const int deep = d - slab < Shape::slab ? d - slab : Shape::slab;
      __syncthreads();
      for (int e = static_cast<int>(threadIdx.x); e < deep * wide; e += Shape::threads) {
        const int k = e / wide, block = e % Shape::group, p = e % wide / Shape::group;
        entries[e] = block < here ? Rule::weight(pass, p, (j + block) * d + slab + k) : T{0};
      }
      __syncthreads();
      EntryWalk<0> entry(pass.patches, slab);
      for (int k = 0; k < deep; ++k, entry.advance(1)) {
        const T y = mine == 1 ? patch[entry.offset()] : T{0};
        T row[wide];
        read_row(staged + k * (wide / Lanes<T>::count), row);
#pragma unroll
        for (int e = 0; e < wide; ++e) dots[e] = multiply_add(row[e], y, dots[e]);
      }
    }
#pragma unroll
    for (int block = 0; block < Shape::group; ++block) {
      if (block >= here) continue;
      T dot[Rule::products];
#pragma unroll
      for (int p = 0; p < Rule::products; ++p) dot[p] = dots[p * Shape::group + block];
      rule.pair(dot, Rule::extras > 0 ? pass.weights[1][j + block] : T{0}, sums.tile[0], sums.most);
      if (--left == 0) {
        sums.template end_tile<Rule>(*pass.scalars, mine);
        left = pass.tile;
      }
    }
  }
  sums.template end_tile<Rule>(*pass.scalars, mine);
  sums.template write<Rule, Shape::threads>(pass, first, mine);
}

}  // namespace zerogap::cuda

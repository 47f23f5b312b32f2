// SPDX-License-Identifier: Apache-2.0
#pragma once

// The arguments of kernels: plain structs that are passed by value. Pointers are device pointers.

#include <cstdint>

#include "kernels/patches.hpp"
#include "kernels/tiling.hpp"

namespace zerogap::cuda {

/// Numbers of a pass in the GPU's memory, so that a captured step can be replayed with other values.
struct Scalars {
  double lambda = 0.0;
  double rho = 0.0;
  double width = 0.0;
  double pred_scale = 1.0, pred_unit = 1.0;  ///< multiplier, and its inverse
  double side_scale = 1.0;                   ///< of the hinge
  double vector_scale = 1.0;                 ///< of gradients
  double scalar_scale = 1.0;                 ///< of sum_v, q_sum, c_sum
  double fit_scale = 1.0, target_scale = 1.0;
};

/// The patches of the listed images (kernels/patches.hpp): patch `pixel` of listed image n starts at
/// pixels + images[n] * stride + row * row_step + column * column_step, and its entry k lies
/// (k / columns) * pitch + k % columns further on.
template <class T>
struct Patches {
  const T* pixels = nullptr;
  const std::int32_t* images = nullptr;
  std::int64_t stride = 0;
  std::int64_t count = 0;  ///< listed images * pixels_per_image
  int pixels_per_image = 0, width = 1;
  int row_step = 0, column_step = 0;
  int length = 0, columns = 1, pitch = 1;
  int tile_pixels = 1, tiles_per_image = 1;  ///< kernels/tiling.hpp
  std::int64_t tiles = 0;                    ///< over all listed images
};

/// The side that a patch of d entries is unrolled for, 0 for none.
constexpr int unrolled_side(int d) { return d == 1 ? 1 : d == 9 ? 3 : d == 25 ? 5 : d == 49 ? 7 : 0; }
template <int d>
constexpr int unrolled_sides = unrolled_side(d);

template <class T>
Patches<T> patches_of(const PatchSource<T>& source, const std::int32_t* images, std::int64_t listed) {
  const Tiling tiling(source);
  const bool list = source.side == 0;
  Patches<T> to;
  to.pixels = source.pixels;
  to.images = images;
  to.stride = source.stride();
  to.pixels_per_image = source.pixels_per_image();
  to.count = listed * to.pixels_per_image;
  to.width = source.width;
  to.length = source.length;
  to.row_step = list ? 0 : source.width + source.side - 1;
  to.column_step = list ? source.length : 1;
  // A list's patch is contiguous, so it can be split into any number of rows.
  const int cut = unrolled_side(source.length) > 0 ? unrolled_side(source.length) : source.length;
  to.columns = list ? cut : source.side;
  to.pitch = list ? cut : to.row_step;
  to.tile_pixels = tiling.rows * tiling.width;
  to.tiles_per_image = tiling.count;
  to.tiles = listed * tiling.count;
  return to;
}

/// Sums of one thread block, or of all. Members have no defaults, as required in shared memory.
struct Total {
  std::int64_t first, second;
  double largest;
};

/// pred_i += sum over the blocks (cuda/forward.cuh). Blocks are rows of `weights`, each (blocks, length).
template <class T>
struct ForwardPass {
  Patches<T> patches;
  const T* weights[3] = {};  ///< dual: g, w, w'; primal: u, and v (blocks)
  std::int64_t blocks = 0;
  int tile = 1;            ///< blocks that are added in floating point
  std::int64_t slice = 0;  ///< blocks in a slice (blockIdx.y), a multiple of `tile`
  const Scalars* scalars = nullptr;
  std::int64_t* pred = nullptr;   ///< (patches.count), added to, if there is one slice
  std::int64_t* parts = nullptr;  ///< (slices, patches.count), if there are several
  Total* totals = nullptr;        ///< one for each thread block: side sum and largest
};

/// Sums over patches for every block (cuda/backward.cuh). An entry is one number of a block's result:
/// first the vectors' entries, then the scalars.
template <class T>
struct BackwardPass {
  Patches<T> patches;
  const T* weights[3] = {};
  std::int64_t blocks = 0;
  const T* residual = nullptr;  ///< (patches.count); null: 0
  std::int64_t slice = 0;       ///< tiles of patches in a slice (blockIdx.y)
  const Scalars* scalars = nullptr;
  std::int64_t stride = 0;        ///< blocks, rounded up to a multiple of a thread block's
  std::int64_t* parts = nullptr;  ///< (slices, entries, stride)
  T* running = nullptr;  ///< (slices, entries, stride): sums over a tile if they do not fit into registers or
                         ///< shared memory
};

}  // namespace zerogap::cuda

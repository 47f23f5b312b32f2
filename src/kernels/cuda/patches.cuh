#pragma once

// Patches on the device: cut from the pixels where they are needed, never stored.

#include <cstdint>

#include "kernels/cuda/passes.hpp"

namespace zerogap::cuda {

/// The first entry of a patch.
template <class T>
__device__ inline const T* patch_at(const Patches<T>& patches, std::int64_t listed, int pixel) {
  const int row = pixel / patches.width, column = pixel - row * patches.width;
  return patches.pixels + patches.images[listed] * patches.stride + row * patches.row_step +
         std::int64_t{column} * patches.column_step;
}
template <class T>
__device__ inline const T* patch_at(const Patches<T>& patches, std::int64_t i) {
  const std::int64_t listed = i / patches.pixels_per_image;
  return patch_at(patches, listed, static_cast<int>(i - listed * patches.pixels_per_image));
}

/// How far entry k lies behind the first; D = d, or 0 where it is not known to the compiler.
template <int D, class T>
__device__ inline int entry_offset(const Patches<T>& patches, int k) {
  constexpr int side = unrolled_sides<D>;
  if constexpr (D > 0)
    return k / side * patches.pitch + k % side;
  else
    return k / patches.columns * patches.pitch + k % patches.columns;
}

/// A tile of patches (kernels/tiling.hpp): whole rows of one listed image.
struct TileOfPatches {
  std::int64_t listed;
  int first, count;  ///< pixels
};
template <class T>
__device__ inline TileOfPatches tile_at(const Patches<T>& patches, std::int64_t tile) {
  const std::int64_t listed = tile / patches.tiles_per_image;
  const int first = static_cast<int>(tile - listed * patches.tiles_per_image) * patches.tile_pixels;
  const int left = patches.pixels_per_image - first;
  return {listed, first, left < patches.tile_pixels ? left : patches.tile_pixels};
}

}  // namespace zerogap::cuda

// SPDX-License-Identifier: Apache-2.0
#pragma once

// Patches on the device: read from the pixels on demand, never stored.

#include <cstdint>

#include "cuda/passes.hpp"

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

/// Offset of entry k from the first, if the compiler knows d.
template <int D, class T>
__device__ inline int entry_offset(const Patches<T>& patches, int k) {
  constexpr int side = unrolled_sides<D>;
  return k / side * patches.pitch + k % side;
}

/// A walk through a patch's entries; D = d, or 0 if it is not known to the compiler. A step then avoids a
/// division, which would cost more than the entry's multiply-adds.
template <int D>
class EntryWalk {
 public:
  template <class T>
  __device__ EntryWalk(const Patches<T>& patches, int k)
      : columns_(patches.columns), pitch_(patches.pitch), k_(k), row_(0) {
    if constexpr (D == 0) {
      row_ = k / columns_;
      k_ = k - row_ * columns_;
    }
  }
  /// Offset of the entry from the patch's first.
  __device__ int offset() const {
    if constexpr (D > 0) {
      constexpr int side = unrolled_sides<D>;
      return k_ / side * pitch_ + k_ % side;
    } else {
      return row_ * pitch_ + k_;
    }
  }
  __device__ void advance(int entries) {
    k_ += entries;
    if constexpr (D == 0)
      for (; k_ >= columns_; k_ -= columns_) ++row_;
  }

 private:
  int columns_, pitch_;
  int k_, row_;  ///< D = 0: column and row, else the entry
};

/// A tile of patches (kernels/tiling.hpp): complete rows of one listed image.
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

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/patches.hpp"

namespace zerogap {

/// Images are worked on in tiles of whole rows, as equal as they can be and of at most 512 patches where a
/// row is no longer. Within a tile a sum is taken in floating point, between tiles in fixed point; the tiling
/// depends on the image's shape only, so sums are the same on every rank.
struct Tiling {
  static constexpr int most = 512;

  int rows = 1;   ///< image rows in a tile; the last tile may have fewer
  int count = 1;  ///< tiles in an image
  int width = 0;
  int height = 0;

  template <class T>
  explicit Tiling(const PatchSource<T>& source) : width(source.width), height(source.height) {
    const int fitting = std::clamp(most / std::max(1, width), 1, std::max(1, height));
    const int tiles = std::max(1, (height + fitting - 1) / fitting);
    rows = std::max(1, (height + tiles - 1) / tiles);
    count = (height + rows - 1) / rows;
  }

  int rows_of(int tile) const { return std::min(rows, height - tile * rows); }
  int largest() const { return rows * width; }
};

}  // namespace zerogap

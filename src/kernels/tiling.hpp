// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/patches.hpp"

namespace zerogap {

/// Images are processed in tiles of complete rows. Tiles are as equal as possible and have at most 512
/// patches, or one row if a row is longer. Sums are in floating point within a tile and in fixed point
/// between tiles. The tiling depends on the image's shape only, so sums are the same on every rank.
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

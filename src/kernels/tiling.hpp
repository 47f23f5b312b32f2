#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/patches.hpp"

namespace zerogap {

/// Images are worked on in tiles of whole rows, about 1,024 patches: small enough that d values a patch stay
/// in L2. The tiling depends on the image's shape only, so sums over tiles are the same on every rank and
/// backend.
struct Tiling {
  int rows = 1;   ///< image rows in a tile
  int count = 1;  ///< tiles in an image
  int width = 0;
  int height = 0;

  template <class T>
  explicit Tiling(const PatchSource<T>& source)
      : rows(std::clamp(1024 / std::max(1, source.width), 1, std::max(1, source.height))),
        count((source.height + rows - 1) / rows),
        width(source.width),
        height(source.height) {}

  int rows_of(int tile) const { return std::min(rows, height - tile * rows); }
  int largest() const { return rows * width; }
};

}  // namespace zerogap

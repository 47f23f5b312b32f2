#pragma once

#include <algorithm>
#include <cstdint>

namespace zerogap {

/// A half-open range of indices.
struct Range {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t count() const { return last - first; }
  bool operator==(const Range&) const = default;
};

/// Part `part` of `parts` nearly equal, contiguous parts of [0, total): sizes differ by at most one, parts
/// beyond the total are empty.
inline Range share_of(std::int64_t total, int parts, int part) {
  const std::int64_t base = total / parts, extra = total % parts;
  const std::int64_t first = part * base + std::min<std::int64_t>(part, extra);
  return {first, first + base + (part < extra ? 1 : 0)};
}

/// How many consecutive blocks (or filters) of `total` form one logical tile. A kernel adds the terms of a
/// tile in floating point and the tiles' sums in fixed point, so the tile must depend on the problem only,
/// never on the number of ranks. At most 16, and small enough that up to 64 ranks find equal work.
inline std::int64_t block_tile(std::int64_t total) { return std::clamp<std::int64_t>(total / 64, 1, 16); }

/// This part's blocks when whole tiles are dealt out.
inline Range block_share(std::int64_t total, int parts, int part) {
  const std::int64_t tile = block_tile(total);
  const Range tiles = share_of((total + tile - 1) / tile, parts, part);
  return {std::min(total, tiles.first * tile), std::min(total, tiles.last * tile)};
}

}  // namespace zerogap

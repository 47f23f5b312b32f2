// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace zerogap {

/// A half-open range of indices.
struct Range {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t count() const { return last - first; }
  bool operator==(const Range&) const = default;
};

/// The rows of this range of a matrix (total, columns), row-major, rounded to T.
template <class T = double>
std::vector<T> local_rows(std::span<const double> all, Range rows, std::int64_t columns) {
  return {all.begin() + rows.first * columns, all.begin() + rows.last * columns};
}

/// Part `part` of `parts` nearly equal, contiguous parts of [0, total): sizes differ by at most one, parts
/// beyond the total are empty.
inline Range share_of(std::int64_t total, int parts, int part) {
  const std::int64_t base = total / parts, extra = total % parts;
  const std::int64_t first = part * base + std::min<std::int64_t>(part, extra);
  return {first, first + base + (part < extra ? 1 : 0)};
}

/// How many consecutive blocks (or filters) of `total` form one logical tile. A kernel adds the terms of a
/// tile in floating point and the tiles' sums in fixed point, so the tile must depend on the problem only,
/// never on the number of ranks. From 64 blocks on it is a multiple of 16, so that it consists of full
/// vectors on every SIMD target, at most 128, and small enough that two ranks of the arrangement axis have
/// work.
inline std::int64_t block_tile(std::int64_t total) {
  if (total < 64) return std::max<std::int64_t>(1, total / 16);
  return std::clamp<std::int64_t>(total / 32 * 16, 32, 128);
}

/// How many ranks of the arrangement axis can have work.
inline std::int64_t block_tiles(std::int64_t total) {
  return (total + block_tile(total) - 1) / block_tile(total);
}

/// The blocks of this part if blocks are distributed by tiles.
inline Range block_share(std::int64_t total, int parts, int part) {
  const std::int64_t tile = block_tile(total);
  const Range tiles = share_of(block_tiles(total), parts, part);
  return {std::min(total, tiles.first * tile), std::min(total, tiles.last * tile)};
}

}  // namespace zerogap

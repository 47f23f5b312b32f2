// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/memory.hpp"
#include "kernels/cpu/tile_ops.hpp"
#include "kernels/patches.hpp"
#include "kernels/tiling.hpp"

namespace zerogap::cpu {

/// The tiles of the listed images, numbered image by image.
template <class T>
class Tiles {
 public:
  Tiles(const PatchSource<T>& source, ImageList images) : source_(source), images_(images), tiling_(source) {}

  std::int64_t count() const { return static_cast<std::int64_t>(images_.size()) * tiling_.count; }
  int patches(std::int64_t tile) const {
    return tiling_.rows_of(static_cast<int>(tile % tiling_.count)) * source_.width;
  }
  /// Index of the tile's first patch among those of its image.
  std::int64_t first_pixel(std::int64_t tile) const {
    return tile % tiling_.count * tiling_.rows * source_.width;
  }
  std::int64_t image(std::int64_t tile) const {
    return images_[static_cast<std::size_t>(tile / tiling_.count)];
  }
  /// Index of the tile's first patch among those of all listed images.
  std::int64_t offset(std::int64_t tile) const {
    return tile / tiling_.count * source_.pixels_per_image() + first_pixel(tile);
  }
  int largest() const { return tiling_.largest(); }

  /// Addresses of patches [first, first + count) of a tile.
  void address(std::int64_t tile, int first, int count, const T** patches) const {
    const T* base = source_.pixels + image(tile) * source_.stride();
    std::int64_t pixel = first_pixel(tile) + first;
    if (source_.side == 0) {
      for (int i = 0; i < count; ++i) patches[i] = base + (pixel + i) * source_.length;
      return;
    }
    const std::int64_t wide = source_.width + source_.side - 1;
    std::int64_t row = pixel / source_.width, column = pixel % source_.width;
    for (int i = 0; i < count; ++i) {
      patches[i] = base + row * wide + column;
      if (++column == source_.width) column = 0, ++row;
    }
  }

  /// Offset of entry k of a patch from its address.
  std::vector<std::int32_t> offsets() const {
    std::vector<std::int32_t> at(static_cast<std::size_t>(source_.length));
    const int side = source_.side, wide = source_.width + side - 1;
    for (int k = 0; k < source_.length; ++k)
      at[static_cast<std::size_t>(k)] = side == 0 ? k : k / side * wide + k % side;
    return at;
  }

 private:
  PatchSource<T> source_;
  ImageList images_;
  Tiling tiling_;
};

/// Rows of weights in the order in which vectors of blocks read them (tile_ops.hpp); `sets` of them, each
/// (count, columns) row-major.
template <class T>
class Packed {
 public:
  void pack(std::span<const T* const> sets, std::int64_t count, int columns, int lanes) {
    row_ = sets.size() * static_cast<std::size_t>(columns * lanes);
    vectors_ = (count + lanes - 1) / lanes;
    const std::size_t size = row_ * static_cast<std::size_t>(vectors_);
    if (values_.size() < size) values_ = Buffer<T>(host_memory(), size);
    T* to = values_.data();
    for (std::int64_t vector = 0; vector < vectors_; ++vector)
      for (const T* set : sets)
        for (int k = 0; k < columns; ++k)
          for (int lane = 0; lane < lanes; ++lane, ++to) {
            const std::int64_t j = vector * lanes + lane;
            *to = j < count ? set[j * columns + k] : T{0};
          }
  }
  std::int64_t vectors() const { return vectors_; }
  const T* vector(std::int64_t index) const {
    return values_.data() + static_cast<std::size_t>(index) * row_;
  }

 private:
  Buffer<T> values_;
  std::size_t row_ = 0;
  std::int64_t vectors_ = 0;
};

/// One thread's scratch. It only grows and is kept between calls.
template <class T>
struct Scratch {
  Buffer<T> c, pull, pull_prime, partial, residual, sums;
  Buffer<std::uint8_t> bits;
  Buffer<std::int64_t> pred, totals;
  std::vector<const T*> patches;

  /// Makes room for chunks of `patches_at_once` patches, with the gates of `vectors` vectors kept at once (0:
  /// none) and, on request, smooth slopes.
  void for_gates(int lanes, std::size_t patches_at_once, std::size_t vectors, bool smooth) {
    const std::size_t lane_count = static_cast<std::size_t>(lanes), entries = patches_at_once * lane_count;
    grow(partial, entries);
    grow(pred, entries);
    grow(residual, patches_at_once);
    grow(c, entries * vectors);
    grow(bits, 4 * patches_at_once * vectors + 8);  // a vector's mask is read in eight bytes
    if (smooth) {
      grow(pull, entries * vectors);
      grow(pull_prime, entries * vectors);
    }
    if (patches.size() < patches_at_once) patches.resize(patches_at_once);
  }
  /// Zeroed sums over a tile and totals over tiles, `size` of each.
  void for_sums(std::size_t size) {
    grow(sums, size);
    grow(totals, size);
    std::fill_n(sums.data(), size, T{0});
    std::fill_n(totals.data(), size, 0);
  }
  std::size_t bytes() const {
    return (c.size() + pull.size() + pull_prime.size() + partial.size() + residual.size() + sums.size()) *
               sizeof(T) +
           bits.size() + (pred.size() + totals.size()) * sizeof(std::int64_t) + patches.size() * sizeof(T*);
  }

 private:
  /// Entries start at zero: a partial sum is empty before and after its use.
  template <class V>
  static void grow(Buffer<V>& buffer, std::size_t size) {
    if (buffer.size() >= size) return;
    buffer = Buffer<V>(host_memory(), size);
    buffer.clear();
  }
};

}  // namespace zerogap::cpu

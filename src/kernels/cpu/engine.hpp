// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <span>
#include <vector>

#include "kernels/cpu/workspace.hpp"

namespace zerogap::cpu {

/// If the gates of all blocks are kept, those of a chunk's patches fit into `kept_bytes`, except that a chunk
/// has at least `shortest_chunk` patches.
constexpr int shortest_chunk = 32;
constexpr std::size_t kept_bytes = std::size_t{640} << 10;

/// Blocks whose sums one thread holds at a time. This bounds its scratch for any P.
constexpr std::int64_t blocks_at_once = 8192;

/// Divides images among threads, and tiles into chunks. Each implementation object has one, because it holds
/// the threads' scratch.
template <class T>
class Engine {
 public:
  explicit Engine(int threads)
      : threads_(std::max(1, threads)), scratch_(static_cast<std::size_t>(threads_)) {}

  const TileOps<T>& ops() const { return ops_; }
  std::size_t lanes() const { return static_cast<std::size_t>(ops_.lanes); }
  int threads() const { return threads_; }

  /// Whether block tiles consist of full vectors.
  bool whole_vectors(std::int64_t tile) const { return tile % ops_.lanes == 0; }
  /// Vectors of blocks whose terms may be added in floating point: those of one block tile, by lane.
  std::int64_t depth(std::int64_t tile) const { return whole_vectors(tile) ? tile / ops_.lanes : 1; }

  /// Patches in a chunk when the gates of so many vectors are kept.
  int chunk_patches(std::int64_t vectors) const {
    const std::size_t bytes = static_cast<std::size_t>(vectors) * lanes() * sizeof(T);
    return std::clamp(static_cast<int>(kept_bytes / std::max<std::size_t>(1, bytes)), shortest_chunk,
                      longest_chunk);
  }

  /// body(scratch, tile, offset in all patches, first patch of the tile, chunk) for every chunk of at most
  /// `longest` patches; after_tile(scratch) after a tile's last one; after_all(scratch), one thread at a
  /// time, when a thread has no more tiles. before(scratch) comes first.
  template <class Before, class Body, class AfterTile, class AfterAll>
  void chunks(const PatchSource<T>& source, ImageList images, int longest, Before before, Body body,
              AfterTile after_tile, AfterAll after_all) {
    const Tiles<T> tiles(source, images);
    const auto offsets = tiles.offsets();
    std::exception_ptr failure;  // no exception may leave a parallel region
#pragma omp parallel num_threads(threads_)
    {
      Scratch<T>& scratch = scratch_[static_cast<std::size_t>(omp_get_thread_num())];
      try {
        before(scratch);
      } catch (...) {
#pragma omp critical(zerogap_after_all)
        failure = std::current_exception();
      }
#pragma omp barrier
#pragma omp for schedule(dynamic)
      for (std::int64_t tile = 0; tile < (failure ? 0 : tiles.count()); ++tile) {
        const int patches = tiles.patches(tile), parts = (patches + longest - 1) / longest;
        for (int part = 0; part < parts; ++part) {
          const int first = patches * part / parts, count = patches * (part + 1) / parts - first;
          tiles.address(tile, first, count, scratch.patches.data());
          const Chunk<T> chunk{scratch.patches.data(), offsets.data(), count, source.length};
          body(scratch, Place{tiles.image(tile), tiles.first_pixel(tile) + first, tiles.offset(tile) + first},
               chunk);
        }
        after_tile(scratch);
      }
      if (!failure) {
#pragma omp critical(zerogap_after_all)
        after_all(scratch);
      }
    }
    if (failure) std::rethrow_exception(failure);
  }

  /// Where a chunk's first patch lies.
  struct Place {
    std::int64_t image, pixel;  ///< in the source
    std::int64_t offset;        ///< among the patches of all listed images
  };

  /// Adds a chunk's partial predictions to its fixed-point ones, by lane, and zeroes them. `folded`: all
  /// lanes belong to one block tile.
  void flush_partial(Scratch<T>& scratch, int count, const FixedPoint& scale, bool folded) const {
    (folded ? ops_.fold : ops_.flush)(scratch.partial.data(), scratch.pred.data(),
                                      static_cast<std::size_t>(count) * lanes(), scale.scale());
  }
  /// Returns prediction i of a chunk, the sum of its lanes, and zeroes them.
  std::int64_t take_prediction(Scratch<T>& scratch, int i) const {
    std::int64_t* lane = scratch.pred.data() + static_cast<std::size_t>(i) * lanes();
    std::int64_t sum = 0;
    for (std::size_t l = 0; l < lanes(); ++l) sum += lane[l];
    std::fill_n(lane, lanes(), 0);
    return sum;
  }

  std::size_t scratch_bytes() const {
    std::size_t bytes = 0;
    for (const auto& scratch : scratch_) bytes += scratch.bytes();
    return bytes;
  }

 private:
  int threads_;
  std::vector<Scratch<T>> scratch_;
  const TileOps<T>& ops_ = tile_ops<T>();
};

/// Adds lane sums (vectors, rows, lanes) of `count` blocks, times `sign`, to (count, rows) row-major sums.
inline void scatter(const std::int64_t* lanes_of, std::size_t stride, int rows, int lanes, std::int64_t count,
                    std::int64_t* to, std::int64_t sign = 1) {
  for (std::int64_t j = 0; j < count; ++j)
    for (int k = 0; k < rows; ++k)
      to[j * rows + k] +=
          sign * lanes_of[static_cast<std::size_t>(j / lanes) * stride + static_cast<std::size_t>(k * lanes) +
                          static_cast<std::size_t>(j % lanes)];
}

}  // namespace zerogap::cpu

#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <vector>

#include "kernels/backend.hpp"
#include "kernels/cpu/tile_ops.hpp"
#include "kernels/tiling.hpp"

namespace zerogap {
namespace {

/// Blocks whose gradients one task holds in its own sums: few enough to stay in cache, enough to make cutting
/// a tile cheap.
constexpr std::int64_t blocks_per_task = 128;

/// One thread's scratch for one tile.
template <class T>
struct Scratch {
  std::size_t stride;
  hwy::AlignedFreeUniquePtr<T[]> y, residual, coefficients;
  hwy::AlignedFreeUniquePtr<std::int64_t[]> pred;

  explicit Scratch(const PatchSource<T>& source)
      : stride((static_cast<std::size_t>(Tiling(source).largest()) + cpu::tile_padding - 1) /
               cpu::tile_padding * cpu::tile_padding),
        y(hwy::AllocateAligned<T>(stride * static_cast<std::size_t>(source.length))),
        residual(hwy::AllocateAligned<T>(stride)),
        coefficients(hwy::AllocateAligned<T>(2 * stride)),
        pred(hwy::AllocateAligned<std::int64_t>(stride)) {}
};

/// The tiles of the listed images, numbered image by image.
template <class T>
struct Tiles {
  PatchSource<T> source;
  ImageList images;
  Tiling tiling;

  Tiles(const PatchSource<T>& patches, ImageList list) : source(patches), images(list), tiling(patches) {}
  std::int64_t count() const { return static_cast<std::int64_t>(images.size()) * tiling.count; }
  std::int64_t image_of(std::int64_t tile) const {
    return images[static_cast<std::size_t>(tile / tiling.count)];
  }
  int first_row(std::int64_t tile) const { return static_cast<int>(tile % tiling.count) * tiling.rows; }
  int rows(std::int64_t tile) const { return tiling.rows_of(static_cast<int>(tile % tiling.count)); }
  std::int64_t patches(std::int64_t tile) const { return std::int64_t{rows(tile)} * source.width; }
  /// Where the tile's patches lie in pred and residual.
  std::int64_t offset(std::int64_t tile) const {
    return tile / tiling.count * source.pixels_per_image() + std::int64_t{first_row(tile)} * source.width;
  }
};

template <class T>
class CpuKernels final : public Kernels<T> {
 public:
  explicit CpuKernels(int threads) : threads_(std::max(1, threads)) {}

  std::string target() const override { return std::string("cpu ") + ops_.target; }

  HingeSums run(const DualForward<T>& pass) override {
    HingeSums total;
    std::vector<T> difference;
    if (!pass.with_hinge)
      std::transform(pass.blocks.w_prime, pass.blocks.w_prime + pass.blocks.count * pass.patches.length,
                     pass.blocks.w, std::back_inserter(difference), std::minus<T>());
    forward_tiles(pass, [&](const cpu::TileView<T>& tile, std::int64_t* pred) {
      HingeSums sums;
      ops_.dual_forward(tile, pass, difference.data(), pred, sums);
#pragma omp critical(zerogap_hinge)
      {
        total.hinge += sums.hinge;
        total.max_violation = std::max(total.max_violation, sums.max_violation);
      }
    });
    return total;
  }

  double run(const PrimalForward<T>& pass) override {
    double largest = 0.0;
    forward_tiles(pass, [&](const cpu::TileView<T>& tile, std::int64_t* pred) {
      const double here = ops_.primal_forward(tile, pass, pred);
#pragma omp critical(zerogap_largest)
      largest = std::max(largest, here);
    });
    return largest;
  }

  void run(const DualBackward<T>& pass) override {
    const int d = pass.patches.length;
    const bool free = pass.rho <= 0.0;
    reduce_blocks(
        pass.patches, pass.images, pass.blocks.count, 2 * d, pass.residual,
        [&](const cpu::TileView<T>& tile, std::int64_t j, Scratch<T>& scratch, double* sums) {
          ops_.dual_backward(tile, pass, j, scratch.residual.get(), scratch.coefficients.get(), sums);
          if (free)
            for (int k = 0; k < d; ++k) sums[k] = -sums[d + k];
        },
        [&](int) { return pass.scale; },
        [&](std::int64_t j, int k) -> std::int64_t& {
          return k < d ? pass.grad_w[static_cast<std::size_t>(j * d + k)]
                       : pass.grad_w_prime[static_cast<std::size_t>(j * d + k - d)];
        });
  }

  void run(const PrimalBackward<T>& pass) override {
    const int d = pass.patches.length;
    reduce_blocks(
        pass.patches, pass.images, pass.filters.count, d + 1, pass.residual,
        [&](const cpu::TileView<T>& tile, std::int64_t j, Scratch<T>& scratch, double* sums) {
          ops_.primal_backward(tile, pass, j, scratch.residual.get(), scratch.coefficients.get(), sums);
        },
        [&](int k) { return k < d ? pass.scale_u : pass.scale_v; },
        [&](std::int64_t j, int k) -> std::int64_t& {
          return k < d ? pass.sum_u[static_cast<std::size_t>(j * d + k)]
                       : pass.sum_v[static_cast<std::size_t>(j)];
        });
  }

  void run(const GateSums<T>& pass) override {
    reduce_blocks(
        pass.patches, pass.images, pass.blocks.count, 2, {},
        [&](const cpu::TileView<T>& tile, std::int64_t j, Scratch<T>&, double* sums) {
          ops_.gate_sums(tile, pass, j, sums);
        },
        [&](int) { return pass.scale; },
        [&](std::int64_t j, int k) -> std::int64_t& {
          return (k == 0 ? pass.q_sum : pass.c_sum)[static_cast<std::size_t>(j)];
        });
  }

  void run(const Repair<T>& pass) override {
    const Tiles<T> tiles(pass.patches, pass.images);
#pragma omp parallel num_threads(threads_)
    {
      Scratch<T> scratch(pass.patches);
      std::vector<double> alpha(static_cast<std::size_t>(2 * pass.blocks.count), 0.0);
#pragma omp for schedule(dynamic)
      for (std::int64_t t = 0; t < tiles.count(); ++t) {
        const auto view = cut(tiles, t, scratch);
        for (std::int64_t j = 0; j < pass.blocks.count; ++j) {
          double here[2];
          ops_.repair(view, pass, j, here);
          for (int k = 0; k < 2; ++k) alpha[2 * j + k] = std::max(alpha[2 * j + k], here[k]);
        }
      }
#pragma omp critical(zerogap_repair)
      for (std::int64_t j = 0; j < pass.blocks.count; ++j) {
        pass.alpha_w[j] = std::max(pass.alpha_w[j], alpha[2 * j]);
        pass.alpha_w_prime[j] = std::max(pass.alpha_w_prime[j], alpha[2 * j + 1]);
      }
    }
  }

 private:
  cpu::TileView<T> cut(const Tiles<T>& tiles, std::int64_t tile, Scratch<T>& scratch) const {
    ops_.cut(tiles.source, tiles.image_of(tile), tiles.first_row(tile), tiles.rows(tile), scratch.y.get(),
             scratch.stride);
    return {scratch.y.get(), scratch.stride, tiles.source.length};
  }

  /// Runs body(tile, pred) for every tile; a tile's predictions belong to one thread.
  template <class Pass, class Body>
  void forward_tiles(const Pass& pass, Body body) {
    const Tiles<T> tiles(pass.patches, pass.images);
#pragma omp parallel num_threads(threads_)
    {
      Scratch<T> scratch(pass.patches);
#pragma omp for schedule(dynamic)
      for (std::int64_t t = 0; t < tiles.count(); ++t) {
        const auto view = cut(tiles, t, scratch);
        std::fill_n(scratch.pred.get(), scratch.stride, 0);
        body(view, scratch.pred.get());
        std::int64_t* out = pass.pred.data() + tiles.offset(t);
        for (std::int64_t i = 0; i < tiles.patches(t); ++i)
          out[i] += scratch.pred[static_cast<std::size_t>(i)];
      }
    }
  }

  /// For every block j and k < n: target(j, k) += sum over tiles of scale(k).fixed(sums[k]), body(tile, j,
  /// scratch, sums) giving a tile's sums. A task is a run of tiles times a group of blocks; tasks meet in the
  /// targets by atomic integer additions.
  template <class Body, class Scale, class Target>
  void reduce_blocks(const PatchSource<T>& source, ImageList images, std::int64_t blocks, int n,
                     std::span<const T> residual, Body body, Scale scale, Target target) {
    const Tiles<T> tiles(source, images);
    const std::int64_t groups = (blocks + blocks_per_task - 1) / blocks_per_task;
    const std::int64_t runs =
        std::min(tiles.count(), std::max<std::int64_t>(1, 16 * threads_ / std::max<std::int64_t>(1, groups)));
#pragma omp parallel num_threads(threads_)
    {
      Scratch<T> scratch(source);
      std::vector<double> sums(static_cast<std::size_t>(n));
      std::vector<std::int64_t> totals(static_cast<std::size_t>(blocks_per_task * n));
#pragma omp for schedule(dynamic)
      for (std::int64_t task = 0; task < groups * runs; ++task) {
        const std::int64_t first = task % groups * blocks_per_task,
                           last = std::min(blocks, first + blocks_per_task);
        const std::int64_t run = task / groups;
        std::fill(totals.begin(), totals.end(), 0);
        for (std::int64_t t = tiles.count() * run / runs; t < tiles.count() * (run + 1) / runs; ++t) {
          const auto view = cut(tiles, t, scratch);
          load_residual(tiles, t, residual, scratch);
          for (std::int64_t j = first; j < last; ++j) {
            body(view, j, scratch, sums.data());
            for (int k = 0; k < n; ++k)
              totals[static_cast<std::size_t>((j - first) * n + k)] += scale(k).fixed(sums[k]);
          }
        }
        for (std::int64_t j = first; j < last; ++j)
          for (int k = 0; k < n; ++k) {
            std::int64_t& sum = target(j, k);
#pragma omp atomic
            sum += totals[static_cast<std::size_t>((j - first) * n + k)];
          }
      }
    }
  }

  void load_residual(const Tiles<T>& tiles, std::int64_t tile, std::span<const T> residual,
                     Scratch<T>& scratch) const {
    if (residual.empty()) return;
    const T* from = residual.data() + tiles.offset(tile);
    std::fill(std::copy_n(from, tiles.patches(tile), scratch.residual.get()),
              scratch.residual.get() + scratch.stride, T{0});
  }

  int threads_;
  const cpu::TileOps<T>& ops_ = cpu::tile_ops<T>();
};

}  // namespace

template <class T>
std::unique_ptr<Kernels<T>> make_cpu_kernels(int threads) {
  return std::make_unique<CpuKernels<T>>(threads);
}

template std::unique_ptr<Kernels<float>> make_cpu_kernels(int);
template std::unique_ptr<Kernels<double>> make_cpu_kernels(int);

std::string cpu_target() { return cpu::tile_ops<float>().target; }

}  // namespace zerogap

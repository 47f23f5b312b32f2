// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

#include "comm/share.hpp"
#include "core/fixed_point.hpp"
#include "core/random.hpp"
#include "kernels/backend.hpp"

namespace zerogap::bench {

constexpr int image_size = 28;
constexpr std::int64_t pixels_per_image = std::int64_t{image_size} * image_size;
constexpr double lambda = 0.2, rho_on = 0.01, beta = 1.0;

/// One shape to time: images of 28 x 28 pixels, blocks (or filters) and the filters' side.
struct Shape {
  std::int64_t images = 60;
  std::int64_t blocks = 512;
  int side = 3;

  std::int64_t patches() const { return images * pixels_per_image; }
  int length() const { return side * side; }
  double pairs() const { return static_cast<double>(patches()) * static_cast<double>(blocks); }
};

/// Random inputs of that shape. What is timed is dense: a pair costs the same whether its gate is open or
/// not, so that noise serves as well as pictures do.
template <class T>
struct Inputs {
  Shape shape;
  std::vector<T> pixels;         ///< (images, 28 + side - 1, 28 + side - 1), zero border
  std::vector<T> g, w, w_prime;  ///< (blocks, side * side); u is w
  std::vector<T> v;              ///< (blocks)
  std::vector<T> target;         ///< (images, 28 * 28)
  std::vector<std::int32_t> list;

  explicit Inputs(const Shape& of) : shape(of) {
    const Random random(1, RandomUse::noise);
    const std::int64_t wide = image_size + of.side - 1, border = (of.side - 1) / 2;
    pixels.assign(static_cast<std::size_t>(of.images * wide * wide), T{0});
    std::vector<double> image(static_cast<std::size_t>(pixels_per_image));
    for (std::int64_t n = 0; n < of.images; ++n) {
      random.normals(static_cast<std::uint64_t>(n), image);
      for (std::int64_t row = 0; row < image_size; ++row)
        for (std::int64_t column = 0; column < image_size; ++column)
          pixels[static_cast<std::size_t>((n * wide + row + border) * wide + column + border)] =
              static_cast<T>(0.4 * image[static_cast<std::size_t>(row * image_size + column)]);
    }
    const std::int64_t entries = of.blocks * of.length();
    g = normals(1, entries, 1.0);
    w = normals(2, entries, 0.1);
    w_prime = normals(3, entries, 0.1);
    v = normals(4, of.blocks, 0.1);
    target = normals(5, of.patches(), 1.0);
    list.resize(static_cast<std::size_t>(of.images));
    std::iota(list.begin(), list.end(), 0);
  }

  PatchSource<T> source() const {
    return {pixels.data(), shape.images, image_size, image_size, shape.side, shape.length()};
  }
  /// With the tile that training uses, or all blocks in one (`whole`), which no grid could share.
  DualBlocks<T> blocks(bool whole = false) const {
    return {g.data(), w.data(), w_prime.data(), shape.blocks, tile(whole)};
  }
  PrimalFilters<T> filters() const { return {w.data(), v.data(), shape.blocks, tile(false)}; }

 private:
  std::int64_t tile(bool whole) const { return whole ? shape.blocks : block_tile(shape.blocks); }
  static std::vector<T> normals(std::uint64_t use, std::int64_t count, double scale) {
    const Random random(1, RandomUse::initial);
    std::vector<double> drawn(static_cast<std::size_t>(count));
    random.normals(use, drawn);
    std::vector<T> values(drawn.size());
    for (std::size_t i = 0; i < drawn.size(); ++i) values[i] = static_cast<T>(scale * drawn[i]);
    return values;
  }
};

/// Bounds far above any sum of such inputs; the bits lost to that are too few to matter here.
inline FixedPoint prediction_scale() { return FixedPoint(1e7); }
inline FixedPoint gradient_scale() { return FixedPoint(1e10); }

}  // namespace zerogap::bench

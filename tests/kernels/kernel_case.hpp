// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ostream>
#include <random>
#include <vector>

#include "core/fixed_point.hpp"
#include "kernels/patches.hpp"

namespace zerogap::test {

/// What a test case looks like; its numbers follow from `seed`.
struct CaseShape {
  int side = 3;    ///< 0: a list of patches
  int length = 9;  ///< d of a list; ignored for images
  int height = 5;  ///< 1 for a list
  int width = 4;
  std::int64_t images = 2;   ///< in the source
  std::int64_t listed = -1;  ///< the last so many, the last one first; -1: all
  std::int64_t blocks = 6;   ///< blocks, and filters
  std::int64_t tile = 1;
  double lambda = 0.2;
  double rho = 0.05;
  double width_mu = 0.0;  ///< of the slopes
  /// Pixels and weights are multiples of 1/32 in [-1, 1]. Inner products are then exact even in single
  /// precision and in any order, so that no pair lies on different sides of a threshold or a kink in two
  /// implementations.
  bool exact = true;
  std::uint64_t seed = 1;

  int d() const { return side == 0 ? length : side * side; }
};

inline std::ostream& operator<<(std::ostream& out, const CaseShape& s) {
  out << "seed " << s.seed << ": " << s.images << " images of " << s.height << " x " << s.width;
  if (s.listed >= 0) out << " (" << s.listed << " listed)";
  if (s.side > 0)
    out << ", side " << s.side;
  else
    out << ", patches of " << s.length;
  return out << ", " << s.blocks << " blocks in tiles of " << s.tile << ", lambda " << s.lambda << ", rho "
             << s.rho << ", width " << s.width_mu << (s.exact ? ", exact" : "");
}

/// Inputs of every operation, made from a shape.
template <class T>
struct KernelCase {
  CaseShape shape;
  std::vector<T> pixels, g, w, w_prime, u, v, residual, target;
  std::vector<std::int64_t> pred;  ///< of the listed images, in pred_scale, between -1 and 1
  std::vector<std::int32_t> images;

  explicit KernelCase(const CaseShape& given) : shape(given), random_(given.seed) {
    const auto rows = static_cast<std::size_t>(shape.blocks), d = static_cast<std::size_t>(shape.d());
    fill_pixels();
    for (auto* weights : {&g, &w, &w_prime, &u}) fill(*weights, rows * d);
    fill(v, rows);
    list_images();
    fill(residual, patches());
    fill(target,
         static_cast<std::size_t>(shape.images * shape.height) * static_cast<std::size_t>(shape.width));
    for (std::size_t i = 0; i < patches(); ++i) pred.push_back(pred_scale.fixed(double{draw()}));
  }
  KernelCase(const KernelCase&) = delete;

  static inline const FixedPoint pred_scale{1.0};

  PatchSource<T> source() const {
    return {pixels.data(), shape.images, shape.height, shape.width, shape.side, shape.d()};
  }
  /// Patches of the listed images.
  std::size_t patches() const {
    return images.size() * static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width);
  }

 private:
  /// In [-1, 1]. Written out, because the standard's distributions differ between libraries.
  T draw() {
    if (shape.exact) return static_cast<T>(static_cast<double>(random_() % 65) - 32.0) / T{32};
    return static_cast<T>(static_cast<double>(random_() >> 11) * 0x1p-52 - 1.0);
  }
  void fill(std::vector<T>& values, std::size_t count) {
    values.resize(count);
    for (T& value : values) value = draw();
  }
  void fill_pixels() {
    const int border = shape.side == 0 ? 0 : (shape.side - 1) / 2;
    if (shape.side == 0) {
      fill(pixels, static_cast<std::size_t>(shape.images * shape.width * shape.length));
      // The last group is short: zero patches fill it up.
      const auto filling = static_cast<std::size_t>(shape.width / 3 * shape.length);
      if (shape.images > 1) std::fill_n(pixels.rbegin(), filling, T{0});
      return;
    }
    const int high = shape.height + 2 * border, wide = shape.width + 2 * border;
    pixels.assign(static_cast<std::size_t>(shape.images * high * wide), T{0});
    for (std::int64_t n = 0; n < shape.images; ++n)
      for (int row = border; row < shape.height + border; ++row)
        for (int column = border; column < shape.width + border; ++column)
          pixels[static_cast<std::size_t>((n * high + row) * wide + column)] = draw();
  }
  void list_images() {
    const std::int64_t count = shape.listed < 0 ? shape.images : shape.listed;
    for (std::int64_t n = 0; n < count; ++n)
      images.push_back(static_cast<std::int32_t>(shape.images - 1 - n));
    if (shape.listed < 0) std::reverse(images.begin(), images.end());
    if (shape.listed > 2) std::rotate(images.begin(), images.begin() + 1, images.end() - 1);
  }

  std::mt19937_64 random_;
};

}  // namespace zerogap::test

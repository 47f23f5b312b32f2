// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "core/fixed_point.hpp"
#include "kernels/patches.hpp"

namespace zerogap {

/// Predictions of the listed images and their targets. r_i = pred_i - x_i, in double.
template <class T>
struct Predictions {
  ImageList images;
  std::int64_t pixels_per_image = 0;
  FixedPoint scale;
  std::span<const std::int64_t> pred;  ///< (images.size() * pixels_per_image), in `scale`, resident
  const T* target = nullptr;           ///< x of every image of the source, (images, pixels), resident
};

/// Sums over the patches of Predictions, each term rounded to its own fixed-point scale.
struct ResidualSums {
  std::int64_t fit = 0;          ///< sum r_i^2
  std::int64_t with_target = 0;  ///< sum r_i x_i
};

/// Calls body(i, r_i, x_i) for patches [first, last). For implementations that run in host memory.
template <class T, class Body>
void for_each_residual(const Predictions<T>& of, std::size_t first, std::size_t last, Body body) {
  const auto pixels = static_cast<std::size_t>(of.pixels_per_image);
  for (std::size_t i = first; i < last; ++i) {
    const double x = of.target[static_cast<std::size_t>(of.images[i / pixels]) * pixels + i % pixels];
    body(i, of.scale.real(of.pred[i]) - x, x);
  }
}

/// The larger one, and NaN if one is.
inline double larger(double a, double b) { return a < b || b != b ? b : a; }

}  // namespace zerogap

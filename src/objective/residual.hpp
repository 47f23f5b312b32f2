// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bounds/lagrangian_bound.hpp"
#include "comm/grid.hpp"
#include "core/error.hpp"
#include "core/fixed_point.hpp"
#include "kernels/backend.hpp"
#include "objective/patch_set.hpp"

namespace zerogap {

/// Weights beyond this count as divergence: products of them would overflow single precision.
constexpr double largest_weight_bound = 1e30;

/// Throws Diverged unless a bound on predictions is finite and not too large.
void require_finite(double bound);

/// The data between the halves of a pass: predictions summed over the arrangement axis, and r = pred - x,
/// both in the kernels' memory.
template <class T>
class Residual {
 public:
  Residual(ProcessGrid& grid, Kernels<T>& kernels) : grid_(&grid), kernels_(&kernels) {}

  /// Zeroes the predictions of the listed images; `bound` bounds every |pred_i|. Throws Diverged if it is not
  /// finite.
  void start(const PatchSet<T>& set, ImageList images, double bound);
  /// The array to which kernels add predictions, in scale().
  std::span<std::int64_t> pred() { return pred_.span(); }
  const FixedPoint& scale() const { return scale_; }
  /// Sums predictions over the arrangement axis and forms r. Collective over the grid.
  void finish();

  /// Frees the memory, 12 or 16 bytes for each patch, until the next start().
  void release();

  std::span<const T> values() const { return values_.span(); }
  /// |r|^2 and r'x over all ranks. Collective over the patch axis.
  struct Sums {
    double fit = 0.0;
    double with_target = 0.0;
    double fit_error = 0.0, with_target_error = 0.0;  ///< bounds on their rounding error in fixed point
  };
  Sums sums() const;
  /// z'x and |z|^2 of the dual point z = -2r, with bounds on the rounding by fixed point and by double
  /// precision after it; the products themselves count as exact. Collective over the patch axis.
  DualSums dual_sums() const;
  /// The predictions, in double.
  std::vector<double> predictions() const;

 private:
  Predictions<T> view() const;

  ProcessGrid* grid_;
  Kernels<T>* kernels_;
  const PatchSet<T>* set_ = nullptr;
  ImageList images_;
  FixedPoint scale_;
  Buffer<std::int64_t> pred_;
  Buffer<T> values_;
};

}  // namespace zerogap

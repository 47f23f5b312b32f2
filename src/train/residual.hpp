#pragma once

#include <cstdint>
#include <vector>

#include "comm/grid.hpp"
#include "core/error.hpp"
#include "core/fixed_point.hpp"
#include "train/patch_set.hpp"

namespace zerogap {

/// Numbers left the range in which they mean anything. Thrown by all ranks alike.
class Diverged : public Error {
 public:
  explicit Diverged(const std::string& what) : Error(ExitCode::runtime, what, "", "") {}
};

/// Weights beyond this are taken for divergence: products of them would leave single precision.
constexpr double largest_weight_bound = 1e30;

/// What stands between the halves of a pass: predictions summed over the arrangement axis, and r = pred - x.
template <class T>
class Residual {
 public:
  explicit Residual(ProcessGrid& grid) : grid_(&grid) {}

  /// Zeroes the predictions of the listed images; `bound` bounds every |pred_i|. Throws Diverged when it is
  /// not finite.
  void start(const PatchSet<T>& set, ImageList images, double bound);
  /// Where kernels add predictions, in scale().
  std::span<std::int64_t> pred() { return pred_; }
  const FixedPoint& scale() const { return scale_; }
  /// Sums predictions over the arrangement axis and forms r. Collective over the grid.
  void finish();

  /// Gives the memory back, 12 or 16 bytes a patch, until the next start().
  void release();

  std::span<const T> values() const { return values_; }
  /// max |r| over all ranks.
  double largest() const { return largest_; }
  /// |r|^2 and r'x over all ranks. Collective over the patch axis.
  struct Sums {
    double fit = 0.0;
    double with_target = 0.0;
  };
  Sums sums() const;
  /// Entry i of the prediction, in double.
  double prediction(std::size_t i) const { return scale_.real(pred_[i]); }
  std::size_t size() const { return pred_.size(); }

 private:
  double target(std::size_t i) const;

  ProcessGrid* grid_;
  const PatchSet<T>* set_ = nullptr;
  ImageList images_;
  FixedPoint scale_;
  std::vector<std::int64_t> pred_;
  std::vector<T> values_;
  double largest_ = 0.0;
};

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "objective/dual_pass.hpp"

namespace zerogap {

/// This rank's filters of one primal network, or of a part of one.
template <class T>
struct PrimalPoint {
  const T* u = nullptr;
  const T* v = nullptr;
  std::int64_t count = 0;  ///< on this rank
  std::int64_t total = 0;  ///< K, on all ranks
  int length = 0;          ///< d
};

/// The parts of the objective of a network's form (Eq. 20 for decay; theory.md, section 7) over all ranks,
/// fit of all listed images, unscaled.
struct PrimalValues {
  double fit = 0.0, reg = 0.0;
  double objective() const { return fit + reg; }
};

/// Gradients of the fit over all images of all ranks, this rank's filters: u (count, d), v (count).
struct PrimalGradient {
  std::vector<double> u, v;
};

/// One evaluation of the primal network (section 2) in the form that the context names, like DualPass. A
/// network may consist of parts (the two halves of a mapped one): their predictions are added, and gradients
/// are taken for one part at a time. Kernels see the relative form's filters as unit ones (model/form.hpp).
template <class T>
class PrimalPass {
 public:
  /// The context outlives the pass, which sees its terms as they are at each call.
  explicit PrimalPass(const PassContext<T>& context)
      : context_(context),
        residual_(*context.grid, *context.kernels),
        sums_(context.grid->patch_axis(), context.kernels->memory(), context.overlap) {}
  explicit PrimalPass(const PassContext<T>&&) = delete;

  void forward(const std::vector<PrimalPoint<T>>& parts, const PatchSet<T>& set, ImageList images);
  PrimalValues values() const;
  const PrimalGradient& backward(std::size_t part);
  /// The gradient of a training step: forward() and backward(0) of one part, to the last bit, but no values
  /// afterwards.
  const PrimalGradient& step(const PrimalPoint<T>& point, const PatchSet<T>& set, ImageList images);
  /// The same for a known maximum of largest() over the arrangement axis, which saves a message.
  const PrimalGradient& step(const PrimalPoint<T>& point, const PatchSet<T>& set, ImageList images,
                             const std::array<double, 2>& largest);
  /// For the next evaluation: sum_k |u_k||v_k| of all parts on all ranks, which bounds predictions more
  /// closely than the largest |u_k| and |v_k| do where short filters have large weights and long ones small.
  void know_products(double sum) { next_products_ = sum; }
  /// The largest |u_k| and |v_k| of this rank as kernels see them.
  std::array<double, 2> largest(const PrimalPoint<T>& point);
  /// Whether some activation of the last forward() passed the form's threshold; false for a dead network
  /// (section 2).
  bool active() const { return largest_activation_ > context_.lambda; }
  /// How far sums over ranks were hidden behind work.
  const OverlapTimes& overlap_times() const { return sums_.times(); }
  const PrimalPoint<T>& part(std::size_t index) const { return parts_[index]; }
  const Residual<T>& residual() const { return residual_; }
  /// Bounds every entry of the residual.
  double residual_bound() const { return prediction_bound() + set_->bounds.target; }
  void release() { residual_.release(); }

 private:
  static constexpr double unknown = std::numeric_limits<double>::infinity();

  void start(const std::vector<PrimalPoint<T>>& parts, const PatchSet<T>& set, ImageList images,
             const std::array<double, 2>* largest = nullptr);
  void predict();
  /// Makes the filters that kernels use instead of parts_.
  void make_seen();
  PrimalFilters<T> filters(std::size_t part, Range rows) const;
  PrimalFilters<T> filters(std::size_t part) const { return filters(part, {0, seen_[part].count}); }
  /// Bounds every |pred_i|.
  double prediction_bound() const;
  FixedPoint scale_u() const { return FixedPoint(residual_bound() * set_->bounds.absolute_sum); }
  FixedPoint scale_v() const {
    return FixedPoint(residual_bound() * set_->bounds.patch_norm_sum * largest_[0]);
  }
  const PrimalGradient& finish(std::size_t part);

  const PassContext<T>& context_;
  Residual<T> residual_;
  std::vector<PrimalPoint<T>> parts_, seen_;
  std::vector<std::vector<T>> unit_;  ///< relative: weights of seen_
  const PatchSet<T>* set_ = nullptr;
  ImageList images_;
  std::array<double, 2> largest_{};  ///< largest |u_k| and |v_k| of all parts seen, over all ranks
  double products_ = 0.0, next_products_ = unknown;  ///< sum_k |u_k||v_k|, or infinity
  double largest_activation_ = 0.0;
  PrimalGradient gradient_;
  GradientSums sums_;
};

}  // namespace zerogap

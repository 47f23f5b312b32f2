// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bounds/lagrangian_bound.hpp"
#include "comm/overlap.hpp"
#include "core/activity.hpp"
#include "core/exact_sum.hpp"
#include "core/norm.hpp"
#include "kernels/backend.hpp"
#include "model/dual_weights.hpp"
#include "model/options.hpp"
#include "objective/residual.hpp"

namespace zerogap {

/// What a pass needs in addition to data and weights. Referenced objects outlive the passes.
template <class T>
struct PassContext {
  Kernels<T>* kernels = nullptr;
  ProcessGrid* grid = nullptr;
  double lambda = 0.0;
  double beta = 0.0;  ///< absolute
  double rho = 0.0;
  std::int64_t overlap = 0;  ///< parts in which halves sum gradients (comm/overlap.hpp); 0: zerogap chooses
  NetworkForm form = NetworkForm::decay;  ///< of the primal network
};

/// This rank's blocks at one point of the sampled program.
template <class T>
struct DualPoint {
  const T* g = nullptr;
  const T* w = nullptr;
  const T* w_prime = nullptr;
  std::int64_t count = 0;  ///< on this rank
  std::int64_t total = 0;  ///< P, on all ranks
  int length = 0;          ///< d
  bool resident = false;   ///< in the kernels' memory; otherwise in the host's
};

/// sum_j |row j|, exactly.
template <class T>
ExactSum sum_of_norms(const T* rows, std::int64_t count, int length);

/// The parts of J (section 4) over all ranks, fit and hinge of all listed images, unscaled.
struct DualValues {
  double fit = 0.0, group = 0.0, hinge = 0.0, max_violation = 0.0;
  double d3() const { return fit + group; }
  double objective(double rho) const { return d3() + rho * hinge; }
};

/// The bound D on the sampled program min J at one point (section 5).
struct SampledBound {
  double max_block_norm = 0.0;  ///< M, the largest of the 2P gradient norms, as computed
  double scale = 0.0;           ///< s
  Certificate lower_bound;      ///< D(s) <= min J; in single precision, up to the rounding of products
};

/// Gradients of fit + rho*hinge over all images of all ranks, this rank's blocks; each (count, d).
struct DualGradient {
  std::vector<double> w, w_prime;
};

/// The gradient sums of one network: two arrays in the kernels' memory, which are zeroed, summed over ranks,
/// and converted to real numbers.
class GradientSums {
 public:
  GradientSums(Communicator& patch_axis, Memory& memory, std::int64_t chunks)
      : patch_axis_(&patch_axis), memory_(&memory), overlapped_(patch_axis, memory, chunks) {}

  /// Zeroes the sums, (rows, columns) and (rows, columns_of_second).
  void start(std::int64_t rows, int columns, int columns_of_second);
  /// Computes all rows by one call of work(first, second), then sums them over ranks.
  template <class Work>
  void single(Work work) {
    activity::part("computing the gradient");
    work(first({0, rows_}), second({0, rows_}));
    activity::part("summing the gradient");
    patch_axis_->sum(*memory_, all_.span());
  }
  /// Computes rows in parts, without cutting a tile, by calls of work(range, first, second); one part is
  /// summed over ranks while the next is computed.
  template <class Work>
  void chunked(std::int64_t tile, Work work) {
    const std::span<std::int64_t> arrays[] = {first({0, rows_}), second({0, rows_})};
    overlapped_.run(rows_, tile, arrays, [&](Range range) {
      activity::part("computing the gradient");
      work(range, first(range), second(range));
      activity::part("summing the gradient");
    });
  }
  /// Both arrays on the host, contiguous; valid until the next start().
  std::span<const std::int64_t> values();
  /// The same in the kernels' memory, for work put on its queue from now on.
  std::span<const std::int64_t> resident() const { return all_.span(); }
  /// Waits for all work of the memory, including sums over ranks.
  void synchronize() { patch_axis_->synchronize(*memory_); }
  const OverlapTimes& times() const { return overlapped_.times(); }

 private:
  std::span<std::int64_t> first(Range rows) const { return part(0, rows, columns_); }
  std::span<std::int64_t> second(Range rows) const {
    return part(rows_ * columns_, rows, columns_of_second_);
  }
  std::span<std::int64_t> part(std::int64_t at, Range rows, std::int64_t columns) const {
    return all_.span().subspan(static_cast<std::size_t>(at + rows.first * columns),
                               static_cast<std::size_t>(rows.count() * columns));
  }

  Communicator* patch_axis_;
  Memory* memory_;
  Buffer<std::int64_t> all_;
  HostView<std::int64_t> on_host_;
  std::int64_t rows_ = 0, columns_ = 0, columns_of_second_ = 0;
  OverlappedSums overlapped_;
};

/// Whether a network's step is taken in one call, not in halves. This requires that every rank holds the
/// complete network; if it saves no work, halves are better as soon as there are ranks to sum over.
template <class T>
bool can_fuse_step(const Kernels<T>& kernels, const ProcessGrid& grid) {
  return grid.arrangement_axis().size() == 1 && (kernels.steps_save_work() || grid.patch_axis().size() == 1);
}

/// One evaluation of the dual network: forward, sum over the arrangement axis, residual, backward, sum over
/// the patch axis. Every call is collective over the grid; results do not depend on the grid or the number of
/// threads.
template <class T>
class DualPass {
 public:
  /// The context must outlive the pass, which reads its terms at each call.
  explicit DualPass(const PassContext<T>& context)
      : context_(context),
        residual_(*context.grid, *context.kernels),
        sums_(context.grid->patch_axis(), context.kernels->memory(), context.overlap) {}
  explicit DualPass(const PassContext<T>&&) = delete;

  /// Predictions and residual of the listed images; the hinge smoothed by `width` (0: exact). Throws
  /// Diverged.
  void forward(const DualPoint<T>& point, const PatchSet<T>& set, ImageList images, bool with_hinge,
               double width = 0.0);
  /// The values at the last forward().
  DualValues values() const;
  /// The gradient at the last forward(), with slopes of this width (0: sharp).
  const DualGradient& backward(double width);
  /// The gradient of a training step, with sharp slopes: forward() without the hinge and backward(0), to the
  /// last bit, but no values afterwards.
  const DualGradient& step(const DualPoint<T>& point, const PatchSet<T>& set, ImageList images);
  /// The sums of that gradient, without waiting for them, in the returned scale. norms: agreed_norms() of the
  /// point, which may be resident.
  FixedPoint step_sums(const DualPoint<T>& point, const PatchSet<T>& set, ImageList images, double norms);
  GradientSums& sums() { return sums_; }
  /// sum_j |w_j| + |w'_j| over all ranks of a point on the host; one message.
  double agreed_norms(const DualPoint<T>& point);
  /// The bound at the last forward() for a gradient there.
  SampledBound bound(const DualGradient& gradient) const;
  /// The result of the last backward().
  const DualGradient& gradient() const { return gradient_; }
  /// How much of the sums over ranks overlapped with work.
  const OverlapTimes& overlap_times() const { return sums_.times(); }
  const Residual<T>& residual() const { return residual_; }
  void release() { residual_.release(); }

 private:
  void start(const DualPoint<T>& point, const PatchSet<T>& set, ImageList images, double norms);
  void predict(bool with_hinge, double width);
  FixedPoint sum_gradient(double width);
  DualBlocks<T> blocks(Range rows) const;
  DualBlocks<T> blocks() const { return blocks({0, point_.count}); }
  /// Bounds every |pred_i|: |y_i.w| <= |y_i||w|, and q <= 1.
  double prediction_bound() const { return norms_ * set_->bounds.patch_norm; }
  FixedPoint gradient_scale() const;
  double product_rounding(double zz) const;
  const DualGradient& finish(const FixedPoint& scale);

  const PassContext<T>& context_;
  Residual<T> residual_;
  DualPoint<T> point_;
  const PatchSet<T>* set_ = nullptr;
  ImageList images_;
  double norms_ = 0.0;  ///< sum_j |w_j| + |w'_j| over all ranks
  FixedPoint hinge_scale_;
  HingeSums hinge_;
  DualGradient gradient_;
  GradientSums sums_;
};

/// A weight matrix's largest row norm; infinite if an entry is not finite.
template <class T>
double largest_row_norm(const T* rows, std::int64_t count, int length);

}  // namespace zerogap

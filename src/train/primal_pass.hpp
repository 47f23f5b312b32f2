#pragma once

#include <cstdint>
#include <vector>

#include "train/dual_pass.hpp"

namespace zerogap {

/// This rank's filters of one primal network, or of a part of one.
template <class T>
struct PrimalPoint {
  const T* u = nullptr;
  const T* v = nullptr;
  std::int64_t count = 0;  ///< here
  std::int64_t total = 0;  ///< K, on all ranks
  int length = 0;          ///< d
};

/// The parts of Eq. 20 over all ranks, fit of all listed images, unscaled.
struct PrimalValues {
  double fit = 0.0, reg = 0.0;
  double objective() const { return fit + reg; }
};

/// Gradients of the fit over all images of all ranks, this rank's filters: u (count, d), v (count).
struct PrimalGradient {
  std::vector<double> u, v;
};

/// One evaluation of the primal network (section 2), like DualPass. A network may come in parts (the two
/// halves of a mapped one): their predictions add up, and gradients are taken for one part at a time.
template <class T>
class PrimalPass {
 public:
  explicit PrimalPass(const PassContext<T>& context) : context_(context), residual_(*context.grid) {}

  void forward(const std::vector<PrimalPoint<T>>& parts, const PatchSet<T>& set, ImageList images);
  PrimalValues values() const;
  const PrimalGradient& backward(std::size_t part);
  /// Whether some activation of the last forward() passed the threshold; false for a dead network (section
  /// 9).
  bool active() const { return largest_activation_ > context_.lambda; }
  const PrimalPoint<T>& part(std::size_t index) const { return parts_[index]; }
  const Residual<T>& residual() const { return residual_; }
  void release() { residual_.release(); }

 private:
  PassContext<T> context_;
  Residual<T> residual_;
  std::vector<PrimalPoint<T>> parts_;
  const PatchSet<T>* set_ = nullptr;
  ImageList images_;
  double largest_u_ = 0.0, largest_v_ = 0.0;  ///< largest |u_k| and |v_k| of all parts
  double largest_activation_ = 0.0;
  PrimalGradient gradient_;
  std::vector<std::int64_t> sums_;
};

}  // namespace zerogap

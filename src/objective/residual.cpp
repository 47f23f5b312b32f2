// SPDX-License-Identifier: Apache-2.0
#include "objective/residual.hpp"

#include <cmath>
#include <limits>

#include "core/activity.hpp"

namespace zerogap {

void require_finite(double bound) {
  if (!(bound < largest_weight_bound))
    throw Diverged("training diverged: the weights have left the range of numbers");
}

template <class T>
void Residual<T>::start(const PatchSet<T>& set, ImageList images, double bound) {
  require_finite(bound);
  set_ = &set;
  images_ = images;
  scale_ = FixedPoint(bound);
  pred_.resize(kernels_->memory(), images.size() * static_cast<std::size_t>(set.source().pixels_per_image()));
  pred_.clear();
}

template <class T>
Predictions<T> Residual<T>::view() const {
  return {images_, set_->source().pixels_per_image(), scale_, pred_.span(), set_->resident_target()};
}

template <class T>
void Residual<T>::finish() {
  activity::part("summing predictions");
  grid_->arrangement_axis().sum(kernels_->memory(), pred_.span());
  values_.resize(kernels_->memory(), pred_.size());
  kernels_->residual(view(), values_.span());
}

template <class T>
void Residual<T>::release() {
  pred_ = {};
  values_ = {};
}

template <class T>
typename Residual<T>::Sums Residual<T>::sums() const {
  grid_->arrangement_axis().synchronize(kernels_->memory());
  const double patches = static_cast<double>(set_->patches()),
               largest = grid_->patch_axis().max(kernels_->largest_residual(view()));
  const FixedPoint fit(patches * largest * largest), cross(patches * largest * set_->bounds.target);
  const auto here = kernels_->residual_sums(view(), fit, cross);
  std::int64_t both[2] = {here.fit, here.with_target};
  grid_->patch_axis().sum(std::span<std::int64_t>(both));
  return {fit.real(both[0]), cross.real(both[1]), patches * fit.rounding(), patches * cross.rounding()};
}

template <class T>
DualSums Residual<T>::dual_sums() const {
  constexpr double eps = std::numeric_limits<double>::epsilon();
  const auto of_r = sums();
  const double zx = -2.0 * of_r.with_target, zz = 4.0 * of_r.fit;
  return {{zx, 2.0 * of_r.with_target_error + 4.0 * eps * std::sqrt(zz * set_->target_square)},
          {zz, 4.0 * of_r.fit_error + 4.0 * eps * zz}};
}

template <class T>
std::vector<double> Residual<T>::predictions() const {
  grid_->arrangement_axis().synchronize(kernels_->memory());
  const auto fixed = pred_.download();
  std::vector<double> pred(fixed.size());
  for (std::size_t i = 0; i < pred.size(); ++i) pred[i] = scale_.real(fixed[i]);
  return pred;
}

template class Residual<float>;
template class Residual<double>;

}  // namespace zerogap

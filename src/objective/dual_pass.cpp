// SPDX-License-Identifier: Apache-2.0
#include "objective/dual_pass.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace zerogap {

template <class T>
double largest_row_norm(const T* rows, std::int64_t count, int length) {
  double largest = 0.0;
  for (std::int64_t j = 0; j < count; ++j) {
    const double norm = row_norm(rows, j, length);
    if (!std::isfinite(norm)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, norm);
  }
  return largest;
}

template <class T>
ExactSum sum_of_norms(const T* rows, std::int64_t count, int length) {
  ExactSum sum;
  for (std::int64_t j = 0; j < count; ++j) sum.add(row_norm(rows, j, length));
  return sum;
}

template <class T>
DualBlocks<T> DualPass<T>::blocks(Range rows) const {
  const std::int64_t at = rows.first * point_.length;
  return {point_.g + at,  point_.w + at, point_.w_prime + at, rows.count(), block_tile(point_.total),
          point_.resident};
}

void GradientSums::start(std::int64_t rows, int columns, int columns_of_second) {
  rows_ = rows;
  columns_ = columns;
  columns_of_second_ = columns_of_second;
  all_.resize(*memory_, static_cast<std::size_t>(rows * (columns_ + columns_of_second_)));
  all_.clear();
}

std::span<const std::int64_t> GradientSums::values() {
  patch_axis_->synchronize(*memory_);
  return on_host_.of(all_);
}

template <class T>
double DualPass<T>::agreed_norms(const DualPoint<T>& point) {
  activity::part("agreeing on the weights' size");
  ExactSum norms = sum_of_norms(point.w, point.count, point.length);
  norms.add(sum_of_norms(point.w_prime, point.count, point.length));
  context_.grid->arrangement_axis().sum(norms.span());
  return norms.value();
}

template <class T>
void DualPass<T>::start(const DualPoint<T>& point, const PatchSet<T>& set, ImageList images, double norms) {
  require_finite(norms);
  point_ = point;
  set_ = &set;
  images_ = images;
  norms_ = norms;
}

template <class T>
void DualPass<T>::forward(const DualPoint<T>& point, const PatchSet<T>& set, ImageList images,
                          bool with_hinge, double width) {
  start(point, set, images, agreed_norms(point));
  predict(with_hinge, width);
}

template <class T>
void DualPass<T>::predict(bool with_hinge, double width) {
  residual_.start(*set_, images_, prediction_bound());
  hinge_scale_ = FixedPoint(norms_ * set_->bounds.patch_norm_sum);
  activity::part("computing predictions");
  hinge_ = context_.kernels->run(DualForward<T>{set_->source(), images_, blocks(), context_.lambda,
                                                with_hinge, residual_.scale(), hinge_scale_, residual_.pred(),
                                                context_.rho, width});
  residual_.finish();
}

template <class T>
DualValues DualPass<T>::values() const {
  DualValues values;
  values.fit = residual_.sums().fit;
  values.group = 2.0 * context_.beta * norms_;
  values.hinge = hinge_scale_.real(context_.grid->world().sum(hinge_.hinge));
  values.max_violation = context_.grid->world().max(hinge_.max_violation);
  return values;
}

template <class T>
FixedPoint DualPass<T>::gradient_scale() const {
  return FixedPoint((2.0 * (prediction_bound() + set_->bounds.target) + context_.rho) *
                    set_->bounds.absolute_sum);
}

template <class T>
FixedPoint DualPass<T>::sum_gradient(double width) {
  sums_.start(point_.count, point_.length, point_.length);
  const FixedPoint scale = gradient_scale();
  sums_.chunked(block_tile(point_.total), [&](Range rows, auto of_w, auto of_w_prime) {
    context_.kernels->run(DualBackward<T>{set_->source(), images_, blocks(rows), context_.lambda,
                                          context_.rho, width, residual_.values(), scale, of_w, of_w_prime});
  });
  return scale;
}

template <class T>
const DualGradient& DualPass<T>::backward(double width) {
  return finish(sum_gradient(width));
}

template <class T>
FixedPoint DualPass<T>::step_sums(const DualPoint<T>& point, const PatchSet<T>& set, ImageList images,
                                  double norms) {
  start(point, set, images, norms);
  if (!can_fuse_step(*context_.kernels, *context_.grid)) {
    predict(false, 0.0);
    return sum_gradient(0.0);
  }
  require_finite(prediction_bound());
  sums_.start(point.count, point.length, point.length);
  const FixedPoint scale = gradient_scale();
  sums_.single([&](auto of_w, auto of_w_prime) {
    context_.kernels->run(DualStep<T>{set.source(), images, blocks(), context_.lambda, context_.rho,
                                      FixedPoint(prediction_bound()), set.resident_target(), scale, of_w,
                                      of_w_prime});
  });
  return scale;
}

template <class T>
const DualGradient& DualPass<T>::step(const DualPoint<T>& point, const PatchSet<T>& set, ImageList images) {
  return finish(step_sums(point, set, images, agreed_norms(point)));
}

template <class T>
const DualGradient& DualPass<T>::finish(const FixedPoint& scale) {
  const auto sums = sums_.values();
  const std::size_t entries = sums.size() / 2;
  gradient_.w.resize(entries);
  gradient_.w_prime.resize(entries);
  for (std::size_t i = 0; i < entries; ++i) {
    gradient_.w[i] = scale.real(sums[i]);
    gradient_.w_prime[i] = scale.real(sums[entries + i]);
  }
  return gradient_;
}

/// What rounding of products and of a tile's sums in double may have changed a gradient's row by. A gate
/// q = 1 - lambda/|a| moves by at most |da|/lambda, |da| <= (d + 1) eps |y||g|; a product by 4 eps; and a
/// tile, at most an image's patches, adds as many eps of its moduli. So a row is off by at most
/// eps (pixels + d + 8 + (d + 1) |y||g|/lambda) sum_i (|z_i| + rho)|y_i|, doubled here for higher orders.
template <class T>
double DualPass<T>::product_rounding(double zz) const {
  constexpr double eps = std::numeric_limits<double>::epsilon();
  const double d = point_.length, pixels = set_->source().pixels_per_image(),
               longest = context_.grid->arrangement_axis().max(
                   largest_row_norm(point_.g, point_.count, point_.length)),
               gates = context_.lambda > 0.0 ? (d + 1.0) * set_->bounds.patch_norm * longest / context_.lambda
                                             : 0.0,
               norms = set_->bounds.patch_norm_sum,  // >= sqrt(I) |Y|
      all = std::sqrt(zz / static_cast<double>(set_->patches())) * norms + context_.rho * norms;
  return 2.0 * eps * (pixels + d + 8.0 + gates) * all;
}

/// The rounding of fixed-point sums is allowed for in both precisions, all other rounding only in double. In
/// single precision the bound is as accurate as its products (theory.md, section 5).
template <class T>
SampledBound DualPass<T>::bound(const DualGradient& gradient) const {
  const double largest = context_.grid->arrangement_axis().max(
      std::max(largest_row_norm(gradient.w.data(), point_.count, point_.length),
               largest_row_norm(gradient.w_prime.data(), point_.count, point_.length)));
  const auto sums = residual_.dual_sums();
  // Each of a gradient's d entries is a sum of at most as many roundings to fixed point as there are patches.
  double error = gradient_scale().rounding() * static_cast<double>(set_->patches()) *
                 std::sqrt(static_cast<double>(point_.length));
  if (sizeof(T) == sizeof(double)) error += product_rounding(sums.zz.value);
  const auto bound = lagrangian_bound(sums, UpperBound::proved(largest, error), context_.beta,
                                      multiplier_scale_limit(context_.rho));
  return {largest, bound.scale, bound.lower_bound};
}

template class DualPass<float>;
template class DualPass<double>;
template ExactSum sum_of_norms(const float*, std::int64_t, int);
template ExactSum sum_of_norms(const double*, std::int64_t, int);
template double largest_row_norm(const float*, std::int64_t, int);
template double largest_row_norm(const double*, std::int64_t, int);

}  // namespace zerogap

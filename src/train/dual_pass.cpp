#include "train/dual_pass.hpp"

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
DualBlocks<T> DualPass<T>::blocks() const {
  return {point_.g, point_.w, point_.w_prime, point_.count, block_tile(point_.total)};
}

template <class T>
void DualPass<T>::forward(const DualPoint<T>& point, const PatchSet<T>& set, ImageList images,
                          bool with_hinge) {
  point_ = point;
  set_ = &set;
  images_ = images;
  largest_norm_ = context_.grid->arrangement_axis().max(
      std::max(largest_row_norm(point.w, point.count, point.length),
               largest_row_norm(point.w_prime, point.count, point.length)));
  const double weights = 2.0 * static_cast<double>(point.total) * largest_norm_;
  residual_.start(set, images, weights * set.bounds.patch_norm);
  hinge_scale_ = FixedPoint(weights * set.bounds.patch_norm_sum);
  hinge_ = context_.kernels->run(DualForward<T>{set.source(), images, blocks(), context_.lambda, with_hinge,
                                                residual_.scale(), hinge_scale_, residual_.pred()});
  residual_.finish();
}

template <class T>
DualValues DualPass<T>::values() const {
  auto& columns = context_.grid->arrangement_axis();
  const FixedPoint group_scale(2.0 * static_cast<double>(point_.total) * largest_norm_);
  std::int64_t group = 0;
  for (std::int64_t j = 0; j < point_.count; ++j)
    group += group_scale.fixed(row_norm(point_.w, j, point_.length)) +
             group_scale.fixed(row_norm(point_.w_prime, j, point_.length));
  DualValues values;
  values.fit = residual_.sums().fit;
  values.group = 2.0 * context_.beta * group_scale.real(columns.sum(group));
  values.hinge = hinge_scale_.real(context_.grid->world().sum(hinge_.hinge));
  values.max_violation = context_.grid->world().max(hinge_.max_violation);
  return values;
}

template <class T>
const DualGradient& DualPass<T>::backward(double width) {
  const auto entries = static_cast<std::size_t>(point_.count * point_.length);
  sums_.assign(2 * entries, 0);
  const FixedPoint scale((2.0 * residual_.largest() + context_.rho) * set_->bounds.absolute_sum);
  const std::span<std::int64_t> all(sums_);
  context_.kernels->run(DualBackward<T>{set_->source(), images_, blocks(), context_.lambda, context_.rho,
                                        width, residual_.values(), scale, all.first(entries),
                                        all.last(entries)});
  context_.grid->patch_axis().sum(all);
  gradient_.w.resize(entries);
  gradient_.w_prime.resize(entries);
  for (std::size_t i = 0; i < entries; ++i) {
    gradient_.w[i] = scale.real(sums_[i]);
    gradient_.w_prime[i] = scale.real(sums_[entries + i]);
  }
  return gradient_;
}

template <class T>
Bound DualPass<T>::bound(const DualGradient& gradient) const {
  const double largest = context_.grid->arrangement_axis().max(
      std::max(largest_row_norm(gradient.w.data(), point_.count, point_.length),
               largest_row_norm(gradient.w_prime.data(), point_.count, point_.length)));
  const auto sums = residual_.sums();  // z = -2r
  return certify(-2.0 * sums.with_target, 4.0 * sums.fit, largest, context_.beta, context_.rho);
}

template class DualPass<float>;
template class DualPass<double>;
template double largest_row_norm(const float*, std::int64_t, int);
template double largest_row_norm(const double*, std::int64_t, int);

}  // namespace zerogap

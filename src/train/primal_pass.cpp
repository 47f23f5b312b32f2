#include "train/primal_pass.hpp"

#include <algorithm>
#include <cmath>

namespace zerogap {

template <class T>
void PrimalPass<T>::start(const std::vector<PrimalPoint<T>>& parts, const PatchSet<T>& set,
                          ImageList images) {
  activity::part("agreeing on the weights' size");
  parts_ = parts;
  set_ = &set;
  images_ = images;
  double largest[2] = {0.0, 0.0};
  for (const auto& part : parts) {
    largest[0] = std::max(largest[0], largest_row_norm(part.u, part.count, part.length));
    largest[1] = std::max(largest[1], largest_row_norm(part.v, part.count, 1));
  }
  context_.grid->arrangement_axis().max(std::span<double>(largest));
  largest_u_ = largest[0];
  largest_v_ = largest[1];
}

template <class T>
double PrimalPass<T>::prediction_bound() const {
  double filters = 0.0;
  for (const auto& part : parts_) filters += static_cast<double>(part.total);
  return filters * largest_u_ * largest_v_ * set_->bounds.patch_norm;
}

template <class T>
PrimalFilters<T> PrimalPass<T>::filters(std::size_t part, Range rows) const {
  const auto& point = parts_[part];
  return {point.u + rows.first * point.length, point.v + rows.first, rows.count(), block_tile(point.total)};
}

template <class T>
void PrimalPass<T>::forward(const std::vector<PrimalPoint<T>>& parts, const PatchSet<T>& set,
                            ImageList images) {
  start(parts, set, images);
  residual_.start(set, images, prediction_bound());
  largest_activation_ = 0.0;
  activity::part("computing predictions");
  for (std::size_t part = 0; part < parts.size(); ++part)
    largest_activation_ =
        std::max(largest_activation_,
                 context_.kernels->run(PrimalForward<T>{set.source(), images, filters(part), context_.lambda,
                                                        residual_.scale(), residual_.pred()}));
  largest_activation_ = context_.grid->world().max(largest_activation_);
  residual_.finish();
}

template <class T>
PrimalValues PrimalPass<T>::values() const {
  double filters = 0.0;
  for (const auto& part : parts_) filters += static_cast<double>(part.total);
  const FixedPoint scale(filters * (largest_u_ * largest_u_ + largest_v_ * largest_v_));
  std::int64_t reg = 0;
  for (const auto& part : parts_)
    for (std::int64_t k = 0; k < part.count; ++k) {
      const double u = row_norm(part.u, k, part.length), v = part.v[k];
      reg += scale.fixed(u * u + v * v);
    }
  return {residual_.sums().fit, context_.beta * scale.real(context_.grid->arrangement_axis().sum(reg))};
}

template <class T>
const PrimalGradient& PrimalPass<T>::backward(std::size_t part) {
  const auto& point = parts_[part];
  sums_.start(point.count, point.length, 1);
  sums_.in_parts(block_tile(point.total), [&](Range rows, auto sum_u, auto sum_v) {
    context_.kernels->run(PrimalBackward<T>{set_->source(), images_, filters(part, rows), context_.lambda,
                                            residual_.values(), scale_u(), scale_v(), sum_u, sum_v});
  });
  return finish(point);
}

template <class T>
const PrimalGradient& PrimalPass<T>::step(const PrimalPoint<T>& point, const PatchSet<T>& set,
                                          ImageList images) {
  if (!steps_at_once(*context_.kernels, *context_.grid)) {
    forward({point}, set, images);
    return backward(0);
  }
  start({point}, set, images);
  require_finite(prediction_bound());
  sums_.start(point.count, point.length, 1);
  sums_.at_once([&](auto sum_u, auto sum_v) {
    context_.kernels->run(PrimalStep<T>{set.source(), images, filters(0), context_.lambda,
                                        FixedPoint(prediction_bound()), set.resident_target(), scale_u(),
                                        scale_v(), sum_u, sum_v});
  });
  return finish(point);
}

template <class T>
const PrimalGradient& PrimalPass<T>::finish(const PrimalPoint<T>& point) {
  const auto sums = sums_.values();
  const auto rows = static_cast<std::size_t>(point.count), length = static_cast<std::size_t>(point.length);
  const FixedPoint of_u = scale_u(), of_v = scale_v();
  gradient_.u.resize(rows * length);
  gradient_.v.resize(rows);
  for (std::size_t k = 0; k < rows; ++k) {
    gradient_.v[k] = 2.0 * of_v.real(sums[rows * length + k]);
    for (std::size_t at = k * length; at < (k + 1) * length; ++at)
      gradient_.u[at] = 2.0 * double{point.v[k]} * of_u.real(sums[at]);
  }
  return gradient_;
}

template class PrimalPass<float>;
template class PrimalPass<double>;

}  // namespace zerogap

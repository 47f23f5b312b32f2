#include "train/primal_pass.hpp"

#include <algorithm>
#include <cmath>

namespace zerogap {

template <class T>
void PrimalPass<T>::forward(const std::vector<PrimalPoint<T>>& parts, const PatchSet<T>& set,
                            ImageList images) {
  parts_ = parts;
  set_ = &set;
  images_ = images;
  double largest[2] = {0.0, 0.0}, filters = 0.0;
  for (const auto& part : parts) {
    largest[0] = std::max(largest[0], largest_row_norm(part.u, part.count, part.length));
    largest[1] = std::max(largest[1], largest_row_norm(part.v, part.count, 1));
    filters += static_cast<double>(part.total);
  }
  context_.grid->arrangement_axis().max(std::span<double>(largest));
  largest_u_ = largest[0];
  largest_v_ = largest[1];
  residual_.start(set, images, filters * largest_u_ * largest_v_ * set.bounds.patch_norm);
  largest_activation_ = 0.0;
  for (const auto& part : parts)
    largest_activation_ =
        std::max(largest_activation_,
                 context_.kernels->run(PrimalForward<T>{set.source(),
                                                        images,
                                                        {part.u, part.v, part.count, block_tile(part.total)},
                                                        context_.lambda,
                                                        residual_.scale(),
                                                        residual_.pred()}));
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
  const auto rows = static_cast<std::size_t>(point.count),
             entries = rows * static_cast<std::size_t>(point.length);
  sums_.assign(entries + rows, 0);
  const FixedPoint scale_u(residual_.largest() * set_->bounds.absolute_sum);
  const FixedPoint scale_v(residual_.largest() * set_->bounds.patch_norm_sum * largest_u_);
  const std::span<std::int64_t> all(sums_);
  context_.kernels->run(PrimalBackward<T>{set_->source(),
                                          images_,
                                          {point.u, point.v, point.count, block_tile(point.total)},
                                          context_.lambda,
                                          residual_.values(),
                                          scale_u,
                                          scale_v,
                                          all.first(entries),
                                          all.last(rows)});
  context_.grid->patch_axis().sum(all);
  gradient_.u.resize(entries);
  gradient_.v.resize(rows);
  for (std::size_t k = 0; k < rows; ++k) {
    gradient_.v[k] = 2.0 * scale_v.real(sums_[entries + k]);
    for (int l = 0; l < point.length; ++l) {
      const std::size_t at = k * static_cast<std::size_t>(point.length) + static_cast<std::size_t>(l);
      gradient_.u[at] = 2.0 * double{point.v[k]} * scale_u.real(sums_[at]);
    }
  }
  return gradient_;
}

template class PrimalPass<float>;
template class PrimalPass<double>;

}  // namespace zerogap

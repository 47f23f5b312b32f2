// SPDX-License-Identifier: Apache-2.0
#include "objective/primal_pass.hpp"

#include <algorithm>
#include <cmath>

#include "comm/exact_reduce.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

/// Largest |u_k| and |v_k| of all parts on this rank.
template <class T>
std::array<double, 2> find_largest(const std::vector<PrimalPoint<T>>& parts) {
  std::array<double, 2> largest{};
  for (const auto& part : parts) {
    largest[0] = std::max(largest[0], largest_row_norm(part.u, part.count, part.length));
    largest[1] = std::max(largest[1], largest_row_norm(part.v, part.count, 1));
  }
  return largest;
}
/// ... on all ranks.
template <class T>
std::array<double, 2> find_largest(Communicator& columns, const std::vector<PrimalPoint<T>>& parts) {
  auto largest = find_largest(parts);
  columns.max(std::span<double>(largest));
  return largest;
}

}  // namespace

template <class T>
void PrimalPass<T>::make_seen() {
  seen_ = parts_;
  if (context_.form != NetworkForm::relative) return;
  unit_.resize(2 * parts_.size());
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const auto& part = parts_[p];
    const auto count = static_cast<std::size_t>(part.count);
    auto& s = unit_[2 * p];
    auto& t = unit_[2 * p + 1];
    s.resize(count * static_cast<std::size_t>(part.length));
    t.resize(count);
    to_unit_filters<T>({part.u, s.size()}, {part.v, count}, s, t);
    seen_[p].u = s.data();
    seen_[p].v = t.data();
  }
}

template <class T>
void PrimalPass<T>::start(const std::vector<PrimalPoint<T>>& parts, const PatchSet<T>& set, ImageList images,
                          const std::array<double, 2>* largest) {
  activity::part("agreeing on the weights' size");
  parts_ = parts;
  set_ = &set;
  images_ = images;
  products_ = next_products_;
  next_products_ = unknown;
  make_seen();
  largest_ = largest != nullptr ? *largest : find_largest(context_.grid->arrangement_axis(), seen_);
}

template <class T>
std::array<double, 2> PrimalPass<T>::largest(const PrimalPoint<T>& point) {
  parts_ = {point};
  make_seen();
  return find_largest(seen_);
}

template <class T>
double PrimalPass<T>::prediction_bound() const {
  double filters = 0.0;
  for (const auto& part : parts_) filters += static_cast<double>(part.total);
  return std::min(filters * largest_[0] * largest_[1], products_) * set_->bounds.patch_norm;
}

template <class T>
PrimalFilters<T> PrimalPass<T>::filters(std::size_t part, Range rows) const {
  const auto& point = seen_[part];
  return {point.u + rows.first * point.length, point.v + rows.first, rows.count(), block_tile(point.total)};
}

template <class T>
void PrimalPass<T>::forward(const std::vector<PrimalPoint<T>>& parts, const PatchSet<T>& set,
                            ImageList images) {
  start(parts, set, images);
  predict();
}

template <class T>
void PrimalPass<T>::predict() {
  residual_.start(*set_, images_, prediction_bound());
  largest_activation_ = 0.0;
  activity::part("computing predictions");
  for (std::size_t part = 0; part < parts_.size(); ++part)
    largest_activation_ = std::max(
        largest_activation_,
        context_.kernels->run(PrimalForward<T>{set_->source(), images_, filters(part), context_.lambda,
                                               residual_.scale(), residual_.pred()}));
  largest_activation_ = context_.grid->world().max(largest_activation_);
  residual_.finish();
}

template <class T>
PrimalValues PrimalPass<T>::values() const {
  double filters = 0.0;
  for (const auto& part : parts_) filters += static_cast<double>(part.total);
  auto& columns = context_.grid->arrangement_axis();
  const auto largest = context_.form == NetworkForm::relative ? find_largest(columns, parts_) : largest_;
  ExactReduction reg(regularisation(context_.form, largest[0], largest[1]), filters);
  for (const auto& part : parts_)
    for (std::int64_t k = 0; k < part.count; ++k)
      reg.add(regularisation(context_.form, row_norm(part.u, k, part.length), part.v[k]));
  const double fit = residual_.sums().fit;
  return {fit, context_.beta * reg.over(columns)};
}

template <class T>
const PrimalGradient& PrimalPass<T>::backward(std::size_t part) {
  const auto& point = seen_[part];
  sums_.start(point.count, point.length, 1);
  sums_.chunked(block_tile(point.total), [&](Range rows, auto sum_u, auto sum_v) {
    context_.kernels->run(PrimalBackward<T>{set_->source(), images_, filters(part, rows), context_.lambda,
                                            residual_.values(), scale_u(), scale_v(), sum_u, sum_v});
  });
  return finish(part);
}

template <class T>
const PrimalGradient& PrimalPass<T>::step(const PrimalPoint<T>& point, const PatchSet<T>& set,
                                          ImageList images) {
  auto all = largest(point);
  context_.grid->arrangement_axis().max(std::span<double>(all));
  return step(point, set, images, all);
}

template <class T>
const PrimalGradient& PrimalPass<T>::step(const PrimalPoint<T>& point, const PatchSet<T>& set,
                                          ImageList images, const std::array<double, 2>& largest) {
  start({point}, set, images, &largest);
  if (!can_fuse_step(*context_.kernels, *context_.grid)) {
    predict();
    return backward(0);
  }
  require_finite(prediction_bound());
  sums_.start(point.count, point.length, 1);
  sums_.single([&](auto sum_u, auto sum_v) {
    context_.kernels->run(PrimalStep<T>{set.source(), images, filters(0), context_.lambda,
                                        FixedPoint(prediction_bound()), set.resident_target(), scale_u(),
                                        scale_v(), sum_u, sum_v});
  });
  return finish(0);
}

template <class T>
const PrimalGradient& PrimalPass<T>::finish(std::size_t part) {
  const auto& point = parts_[part];
  const auto sums = sums_.values();
  const auto rows = static_cast<std::size_t>(point.count), length = static_cast<std::size_t>(point.length);
  const FixedPoint of_u = scale_u(), of_v = scale_v();
  const bool relative = context_.form == NetworkForm::relative;
  gradient_.u.resize(rows * length);
  gradient_.v.resize(rows);
  for (std::size_t k = 0; k < rows; ++k) {
    gradient_.v[k] = 2.0 * of_v.real(sums[rows * length + k]);
    const double factor = relative ? 2.0 : 2.0 * double{point.v[k]};
    for (std::size_t at = k * length; at < (k + 1) * length; ++at)
      gradient_.u[at] = factor * of_u.real(sums[at]);
  }
  if (relative) from_unit_filters<T>({point.u, rows * length}, {point.v, rows}, gradient_.u, gradient_.v);
  return gradient_;
}

template class PrimalPass<float>;
template class PrimalPass<double>;

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "methods/dual_operator.hpp"

#include <algorithm>
#include <cmath>

#include "comm/exact_reduce.hpp"
#include "model/group_norm.hpp"

namespace zerogap {

template <class T>
DualOperator<T>::DualOperator(const Problem<T>& problem, double memory)
    : problem_(&problem),
      memory_(memory),
      pass_(problem.context()),
      sums_(problem.grid().patch_axis(), problem.kernels().memory(), problem.context().overlap) {}

template <class T>
void DualOperator<T>::to_storage_precision(std::span<double> x) const {
  for (double& entry : x) entry = static_cast<T>(entry);
}

/// Sums have many terms of either sign, each rounded to T.
template <class T>
double DualOperator<T>::rounding() const {
  return sizeof(T) == 4 ? 2e-7 : 1e-14;
}

template <class T>
double DualOperator<T>::dot(std::span<const double> a, std::span<const double> b) {
  auto& columns = problem_->grid().arrangement_axis();
  const auto product = [&](std::size_t i) { return a[i] * b[i]; };
  const double largest = largest_term(columns, a.size(), product);
  require_finite(largest);
  return exact_sum(columns, largest, static_cast<double>(2 * problem_->blocks().total * length()), a.size(),
                   product);
}

template <class T>
DualPoint<T> DualOperator<T>::point(std::span<const double> x) {
  w_.assign(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(half()));
  w_prime_.assign(x.begin() + static_cast<std::ptrdiff_t>(half()), x.end());
  return {problem_->blocks().g.data(), w_.data(), w_prime_.data(), count(),
          problem_->blocks().total,    length()};
}

template <class T>
void DualOperator<T>::count_pass(double share) {
  pairs_ += share * static_cast<double>(problem_->train().patches()) *
            static_cast<double>(problem_->blocks().total);
}

template <class T>
double DualOperator<T>::norms(std::span<const double> x, double epsilon) {
  auto& columns = problem_->grid().arrangement_axis();
  const auto norm = [&](std::size_t j) {
    return std::hypot(row_norm(x.data(), static_cast<std::int64_t>(j), length()), epsilon) - epsilon;
  };
  const auto rows = static_cast<std::size_t>(2 * count());
  const double largest = largest_term(columns, rows, norm);
  return exact_sum(columns, largest, static_cast<double>(2 * problem_->blocks().total), rows, norm);
}

template <class T>
double DualOperator<T>::value(std::span<const double> x, Smoothing smoothing) {
  const auto& context = problem_->context();
  const auto& train = problem_->train();
  x_.assign(x.begin(), x.end());
  smoothing_ = smoothing;
  pass_.forward(point(x), train, train.all_images, context.rho > 0.0, smoothing.mu);
  count_pass(0.5);
  const auto values = pass_.values();
  return values.fit + context.rho * values.hinge + 2.0 * context.beta * norms(x, smoothing.epsilon);
}

template <class T>
double DualOperator<T>::norm_smoothing(std::span<const double> x, double epsilon) {
  return 2.0 * problem_->context().beta * (norms(x, 0.0) - norms(x, epsilon));
}

template <class T>
Certificate DualOperator<T>::gradient(std::span<double> out) {
  const auto& of_fit = pass_.backward(smoothing_.mu);
  count_pass(0.5);
  std::copy(of_fit.w.begin(), of_fit.w.end(), out.begin());
  std::copy(of_fit.w_prime.begin(), of_fit.w_prime.end(), out.begin() + static_cast<std::ptrdiff_t>(half()));
  slopes_.assign(out.begin(), out.end());
  const Certificate bound = pass_.bound(of_fit).lower_bound;
  for (std::int64_t j = 0; j < 2 * count(); ++j) {
    const double pull =
        group_norm_factor(x_.data(), j, length(), problem_->context().beta, smoothing_.epsilon);
    for (std::int64_t i = j * length(); i < (j + 1) * length(); ++i)
      out[static_cast<std::size_t>(i)] += pull * x_[static_cast<std::size_t>(i)];
  }
  return bound;
}

template <class T>
bool DualOperator<T>::prepare(std::span<const double> x, Smoothing smoothing, double kink) {
  curve(x, smoothing, kink);
  if (!preconditioner_ || preconditioned_lambda_ != problem_->context().lambda) make_preconditioner();
  const std::int64_t square = std::int64_t{length()} * length();
  return preconditioner_->factor(all_rows(blocks_, square, 2));
}

template <class T>
void DualOperator<T>::curve(std::span<const double> x, Smoothing smoothing, double kink) {
  const int d = length();
  const auto square = static_cast<std::size_t>(d) * static_cast<std::size_t>(d);
  blocks_.assign(2 * static_cast<std::size_t>(count()) * square, 0.0);
  if (problem_->context().rho > 0.0) add_hinge_curvature(point(x), smoothing.mu, kink);
  sharper_.assign(x.size(), 0.0);
  if (kink > smoothing.mu) {  // rho (1/mu - 1/kink) C w, where blocks_ holds rho/mu C
    multiply_blocks(x, sharper_);
    for (double& entry : sharper_) entry *= 1.0 - smoothing.mu / kink;
  }
  for (std::int64_t j = 0; j < 2 * count(); ++j)
    add_norm_curvature(x.data() + j * d, slopes_.data() + j * d, smoothing.epsilon,
                       blocks_.data() + static_cast<std::size_t>(j) * square);
}

/// The exact second derivative, 1/s - w w^T/s^3 with s = sqrt(|w|^2 + epsilon^2), almost vanishes along w as
/// soon as |w| > epsilon, so that Newton's steps overshoot. With the multiplier u of the norm in place of one
/// w/s (Chan, Golub and Mulet), 1/s - (u w^T + w u^T)/2s^2, they do not. At the optimum u is w/s; here it is
/// computed from the other terms' gradient and clipped to |u| <= 1, which keeps the term positive
/// semidefinite.
template <class T>
void DualOperator<T>::add_norm_curvature(const double* w, const double* slope, double epsilon,
                                         double* block) const {
  const int d = length();
  const double weight = 2.0 * problem_->context().beta, size = std::hypot(row_norm(w, 0, d), epsilon),
               pull = std::max(weight, row_norm(slope, 0, d)), factor = weight / size;
  for (int a = 0; a < d; ++a)
    for (int b = 0; b < d; ++b) {
      const double bent = -(slope[a] / pull * (w[b] / size) + w[a] / size * (slope[b] / pull)) / 2.0;
      block[a * d + b] += factor * ((a == b ? 1.0 : 0.0) - bent);
    }
}

template <class T>
void DualOperator<T>::add_hinge_curvature(const DualPoint<T>& at, double mu, double kink) {
  const auto& train = problem_->train();
  const auto& context = problem_->context();
  const int d = length();
  const FixedPoint scale(train.bounds.largest * train.bounds.absolute_sum);
  sums_.start(count(), triangle(d), triangle(d));
  sums_.single([&](auto of_w, auto of_w_prime) {
    const DualBlocks<T> blocks{at.g, at.w, at.w_prime, at.count, block_tile(at.total)};
    context.kernels->run(DualCurvature<T>{train.source(), train.all_images, blocks, context.lambda, kink,
                                          scale, of_w, of_w_prime});
  });
  count_pass(1.0);
  const auto sums = sums_.values();
  const double factor = context.rho / mu;
  std::size_t from = 0;
  for (std::int64_t j = 0; j < 2 * count(); ++j) {
    double* block = blocks_.data() + j * d * d;
    for (int a = 0; a < d; ++a)
      for (int b = a; b < d; ++b) block[a * d + b] = block[b * d + a] = factor * scale.real(sums[from++]);
  }
}

template <class T>
void DualOperator<T>::predictor_gradient(std::span<double> gradient) const {
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += sharper_[i];
}

template <class T>
void DualOperator<T>::multiply_blocks(std::span<const double> v, std::span<double> out) const {
  const auto d = static_cast<std::size_t>(length());
  for (std::size_t i = 0; i < v.size(); ++i)
    for (std::size_t b = 0; b < d; ++b) out[i] += blocks_[i * d + b] * v[i / d * d + b];
}

/// 2 B^T B v, B v = sum_j Q_j Y (v'_j - v_j): the halves of a pass for rho = 0 with the target 0.
template <class T>
void DualOperator<T>::apply(std::span<const double> v, std::span<double> out) {
  const auto& train = problem_->train();
  const auto& context = problem_->context();
  auto& memory = context.kernels->memory();
  const auto at = point(v);
  const DualBlocks<T> blocks{at.g, at.w, at.w_prime, at.count, block_tile(at.total)};
  const double bound = norms(v, 0.0) * train.bounds.patch_norm;
  require_finite(bound);
  const auto pixels = static_cast<std::size_t>(train.source().pixels_per_image()),
             patches = train.all_images.size() * pixels;
  if (no_target_.size() != patches) {
    no_target_.resize(memory, patches);
    no_target_.clear();
  }
  product_.resize(memory, patches);
  product_.clear();
  const FixedPoint pred(bound), scale(2.0 * bound * train.bounds.absolute_sum);
  context.kernels->run(DualForward<T>{
      train.source(), train.all_images, blocks, context.lambda, false, pred, {}, product_.span(), 0.0});
  context.grid->arrangement_axis().sum(memory, product_.span());
  product_residual_.resize(memory, patches);
  context.kernels->residual(Predictions<T>{train.all_images, static_cast<std::int64_t>(pixels), pred,
                                           product_.span(), no_target_.data()},
                            product_residual_.span());
  sums_.start(count(), length(), length());
  sums_.single([&](auto of_w, auto of_w_prime) {
    context.kernels->run(DualBackward<T>{train.source(), train.all_images, blocks, context.lambda, 0.0, 0.0,
                                         product_residual_.span(), scale, of_w, of_w_prime});
  });
  count_pass(1.0);
  const auto sums = sums_.values();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = scale.real(sums[i]);
  multiply_blocks(v, out);
}

template <class T>
void DualOperator<T>::precondition(std::span<const double> r, std::span<double> out) {
  const auto all = all_rows(r, length(), 2);
  std::vector<double> p(all.size());
  preconditioner_->apply(all, p);
  const auto& blocks = problem_->blocks();
  for (const std::int64_t part : {0, 1})
    std::copy_n(p.begin() + (part * blocks.total + blocks.share.first) * length(), half(),
                out.begin() + part * static_cast<std::ptrdiff_t>(half()));
}

template <class T>
std::vector<double> DualOperator<T>::all_rows(std::span<const double> own, std::int64_t columns, int halves) {
  const auto& blocks = problem_->blocks();
  const auto here = static_cast<std::size_t>(count() * columns);
  std::vector<double> all(static_cast<std::size_t>(halves * blocks.total * columns));
  for (int part = 0; part < halves; ++part) {
    const auto rows = problem_->grid().arrangement_axis().all_gather(
        own.subspan(static_cast<std::size_t>(part) * here, here));
    std::copy(rows.begin(), rows.end(), all.begin() + part * blocks.total * columns);
  }
  return all;
}

template <class T>
void DualOperator<T>::make_preconditioner() {
  const auto& blocks = problem_->blocks();
  const auto plan = plan_sample(problem_->train().patches(), blocks.total, length(), memory_);
  const std::vector<double> own(blocks.g.begin(), blocks.g.end());
  preconditioned_lambda_ = problem_->context().lambda;
  preconditioner_.emplace(sample_patches(*problem_, plan.patches), all_rows(own, length(), 1),
                          problem_->context().lambda, plan.form, problem_->instance().threads());
  const std::int64_t width = blocks.total * length(), rows = plan.form == SampleForm::full    ? 2 * width
                                                             : plan.form == SampleForm::dense ? width
                                                                                              : plan.patches;
  preconditioner_made_ = PreconditionerSize{rows, plan.patches};
}

template <class T>
double DualOperator<T>::smooth(std::span<const double> x) {
  const auto& train = problem_->train();
  pass_.forward(point(x), train, train.all_images, false);
  count_pass(0.5);
  return pass_.values().fit;
}

template <class T>
double DualOperator<T>::nonsmooth(std::span<const double> x) {
  return 2.0 * problem_->context().beta * norms(x, 0.0);
}

template <class T>
Certificate DualOperator<T>::smooth_gradient(std::span<double> out) {
  const auto& of_fit = pass_.backward(0.0);
  count_pass(0.5);
  std::copy(of_fit.w.begin(), of_fit.w.end(), out.begin());
  std::copy(of_fit.w_prime.begin(), of_fit.w_prime.end(), out.begin() + static_cast<std::ptrdiff_t>(half()));
  return pass_.bound(of_fit).lower_bound;
}

template <class T>
void DualOperator<T>::prox(std::span<double> x, double step) {
  const double by = 2.0 * problem_->context().beta * step;
  for (std::int64_t j = 0; j < 2 * count(); ++j) {
    const double norm = row_norm(x.data(), j, length()), factor = norm > by ? 1.0 - by / norm : 0.0;
    for (std::int64_t i = j * length(); i < (j + 1) * length(); ++i) x[static_cast<std::size_t>(i)] *= factor;
  }
}

template class DualOperator<float>;
template class DualOperator<double>;

}  // namespace zerogap

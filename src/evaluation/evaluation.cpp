// SPDX-License-Identifier: Apache-2.0
#include "evaluation/evaluation.hpp"

#include <algorithm>
#include <cmath>

#include "comm/exact_reduce.hpp"
#include "model/form.hpp"
#include "model/group_norm.hpp"

namespace zerogap {
namespace {

/// |values|^2 over the arrangement axis, of `total` values; the same on any grid.
double square_sum(Communicator& columns, const std::vector<double>& values, double total) {
  const auto square = [&](std::size_t i) { return values[i] * values[i]; };
  const double largest = largest_term(columns, values.size(), square);
  return exact_sum(columns, largest, total, values.size(), square);
}

template <class T>
void assign(std::vector<T>& out, const std::vector<double>& values) {
  out.assign(values.begin(), values.end());
}

template <class T>
std::vector<double> as_double(const T* values, std::int64_t count) {
  return {values, values + count};
}

}  // namespace

Evaluation part_of(const Evaluation& evaluation, Network network) {
  Evaluation part;
  if (network == Network::primal) {
    part.primal = evaluation.primal;
    part.embedded = evaluation.embedded;
  } else {
    part.dual = evaluation.dual;
    part.mapped = evaluation.mapped;
    part.mapped_gate = evaluation.mapped_gate;
  }
  return part;
}

template <class T>
PrimalReport Evaluator<T>::primal(const std::vector<PrimalPoint<T>>& parts, bool with_gradient) {
  dual_.release();  // only one pass holds residuals at a time: a test set may be large
  PrimalReport report;
  report.form = problem_->context().form;
  auto& columns = problem_->grid().arrangement_axis();
  if (const auto* test = test_) {
    primal_.forward(parts, *test, test->all_images);
    report.test = primal_.values();
    report.test_psnr = test->psnr(report.test->fit);
    report.test->fit *= test_factor();
  }
  const auto& train = problem_->train();
  primal_.forward(parts, train, train.all_images);
  report.train = primal_.values();
  report.psnr = train.psnr(report.train.fit);
  report.active = primal_.active();
  for (const auto& part : parts) {
    report.width += part.total;
    report.filters += columns.sum(std::count_if(part.v, part.v + part.count, [](T v) { return v != 0; }));
  }
  if (with_gradient) report.gradient_norm = gradient_norm(parts.front());
  return report;
}

template <class T>
double Evaluator<T>::gradient_norm(const PrimalPoint<T>& point) {
  auto full = primal_.backward(0);
  const auto& context = problem_->context();
  const std::span<const T> u(point.u, full.u.size()), v(point.v, full.v.size());
  add_regularisation(context.form, context.beta, u, v, full.u, full.v);
  keep_feasible_part(context.form, u, point.length, full.u);
  full.u.insert(full.u.end(), full.v.begin(), full.v.end());
  return std::sqrt(square_sum(problem_->grid().arrangement_axis(), full.u,
                              static_cast<double>(point.total * (point.length + 1))));
}

template <class T>
DualReport Evaluator<T>::dual(const DualPoint<T>& point, Certificate best, double smoothing_width) {
  primal_.release();
  DualReport report;
  report.rho = problem_->context().rho;
  report.feasible_objective = repaired_objective(point);
  report.hard = problem_->hard();
  double largest_side = report.hard ? largest_agreement(point) : 0.0;
  if (const auto* test = test_) {
    dual_.forward(point, *test, test->all_images, true);
    report.test = dual_.values();
    report.test_psnr = test->psnr(report.test->fit);
    report.test->fit *= test_factor();
    report.test->hinge *= test_factor();
  }
  const auto& train = problem_->train();
  dual_.forward(point, train, train.all_images, true);
  report.train = dual_.values();
  report.psnr = train.psnr(report.train.fit);
  largest_side = std::max(largest_side, report.hard ? report.train.max_violation : 0.0);
  if (largest_side > 0.0) report.relative_violation = report.train.max_violation / largest_side;
  const bool violated = report.train.max_violation > 0.0;
  if (report.rho > 0.0 && violated) {
    for (const double each : widths_)
      report.width_bounds.push_back(dual_.bound(dual_.backward(each)).lower_bound);
    if (smoothing_width > 0.0)
      best = std::max(best, dual_.bound(dual_.backward(smoothing_width)).lower_bound);
  }
  const auto& gradient = dual_.backward(0.0);  // last, so that the pass ends at the sharp slopes
  report.bound = dual_.bound(gradient);
  if (report.rho > 0.0 && !violated)
    report.width_bounds.assign(widths_.size(), report.bound.lower_bound);  // all slopes are 0
  report.best_lower_bound = std::max(best, report.bound.lower_bound);
  for (const Certificate bound : report.width_bounds)
    report.best_lower_bound = std::max(report.best_lower_bound, bound);
  for (const double objective : {report.objective(), report.value()})
    require_bound(objective, report.best_lower_bound, problem_->value_rounding(objective));
  report.gradient_norm = gradient_norm(point, gradient);
  std::int64_t used = 0;
  for (std::int64_t j = 0; j < point.count; ++j)
    if (row_norm(point.w, j, point.length) > 0.0 || row_norm(point.w_prime, j, point.length) > 0.0) ++used;
  report.blocks = problem_->grid().arrangement_axis().sum(used);
  return report;
}

template <class T>
double Evaluator<T>::gradient_norm(const DualPoint<T>& point, const DualGradient& gradient) {
  std::vector<double> full;
  const double beta = problem_->context().beta;
  const auto add = [&](const T* w, const std::vector<double>& of_fit) {
    for (std::int64_t j = 0; j < point.count; ++j) {
      const double factor = group_norm_factor(w, j, point.length, beta);
      for (std::int64_t at = j * point.length; at < (j + 1) * point.length; ++at)
        full.push_back(of_fit[static_cast<std::size_t>(at)] + factor * double{w[at]});
    }
  };
  add(point.w, gradient.w);
  add(point.w_prime, gradient.w_prime);
  return std::sqrt(square_sum(problem_->grid().arrangement_axis(), full,
                              static_cast<double>(2 * point.total * point.length)));
}

template <class T>
double Evaluator<T>::repaired_objective(const DualPoint<T>& point) {
  const auto& train = problem_->train();
  const auto here = static_cast<std::size_t>(point.count);
  const std::int64_t entries = point.count * point.length;
  std::vector<double> alpha(2 * here, 0.0);
  const std::span<double> all(alpha);
  problem_->kernels().run(Repair<T>{train.source(),
                                    train.all_images,
                                    {point.g, point.w, point.w_prime, point.count, 1},
                                    problem_->context().lambda,
                                    all.first(here),
                                    all.last(here)});
  problem_->grid().patch_axis().max(all);
  DualWeights weights{point.count, point.length, as_double(point.g, entries), as_double(point.w, entries),
                      as_double(point.w_prime, entries)};
  repair(weights, all.first(here), all.last(here));
  assign(scratch_[0], weights.w);
  assign(scratch_[1], weights.w_prime);
  auto feasible = point;
  feasible.w = scratch_[0].data();
  feasible.w_prime = scratch_[1].data();
  dual_.forward(feasible, train, train.all_images, false);
  return std::min(dual_.values().d3(), train.target_square);  // w = 0 is feasible too
}

template <class T>
double Evaluator<T>::largest_agreement(const DualPoint<T>& point) {
  const auto& train = problem_->train();
  const std::int64_t entries = point.count * point.length;
  auto negative = point;
  for (const int half : {0, 1}) {
    const T* weights = half == 0 ? point.w : point.w_prime;
    scratch_[half].assign(weights, weights + entries);
    for (T& entry : scratch_[half]) entry = -entry;
  }
  negative.w = scratch_[0].data();
  negative.w_prime = scratch_[1].data();
  dual_.forward(negative, train, train.all_images, true);
  return dual_.values().max_violation;
}

template <class T>
PrimalReport Evaluator<T>::mapped(const DualPoint<T>& point, MapKind kind) {
  const std::int64_t entries = point.count * point.length;
  const auto g = as_double(point.g, entries);
  std::vector<PrimalPoint<T>> parts;
  for (const int half : {0, 1}) {
    const auto weights = as_double(half == 0 ? point.w_prime : point.w, entries);
    const auto filters =
        map_to_primal(g, weights, point.length, half == 0 ? 1.0 : -1.0, kind, problem_->context().form);
    assign(scratch_[2 * half], filters.u);
    assign(scratch_[2 * half + 1], filters.v);
    parts.push_back(
        {scratch_[2 * half].data(), scratch_[2 * half + 1].data(), point.count, point.total, point.length});
  }
  return primal(parts, false);
}

template <class T>
DualReport Evaluator<T>::embedded(const PrimalPoint<T>& point) {
  auto u = as_double(point.u, point.count * point.length), v = as_double(point.v, point.count);
  if (problem_->context().form == NetworkForm::relative) {
    const auto given_u = u, given_v = v;
    to_unit_filters<double>(given_u, given_v, u, v);
  }
  const auto weights = embed(u, v, point.length);
  const std::vector<T> g(u.begin(), u.end()), w(weights.w.begin(), weights.w.end()),
      w_prime(weights.w_prime.begin(), weights.w_prime.end());
  return dual({g.data(), w.data(), w_prime.data(), point.count, point.total, point.length});
}

template class Evaluator<float>;
template class Evaluator<double>;

}  // namespace zerogap

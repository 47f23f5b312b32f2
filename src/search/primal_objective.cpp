// SPDX-License-Identifier: Apache-2.0
#include "search/primal_objective.hpp"

#include <cmath>

#include "core/norm.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

template <class T>
std::vector<double> rounded(const std::vector<double>& values) {
  const std::vector<T> nearest(values.begin(), values.end());
  return {nearest.begin(), nearest.end()};
}

}  // namespace

template <class T>
void PrimalObjective<T>::take_rows(const Filters& network, Rows& rows) const {
  const Range share = problem_->grid().blocks(network.count);
  rows.u = local_rows<T>(network.u, share, network.length);
  rows.v = local_rows<T>(network.v, share, 1);
  rows.point = {rows.u.data(), rows.v.data(), share.count(), network.count, network.length};
}

/// The bound is raised by far more than rounding to T and the sum itself may have taken off.
template <class T>
void PrimalObjective<T>::take_network(const Filters& network) {
  take_rows(network, network_);
  double products = 0.0;
  for (std::int64_t k = 0; k < network.count; ++k)
    products +=
        row_norm(network.u.data(), k, network.length) * std::abs(network.v[static_cast<std::size_t>(k)]);
  pass_.know_products(products * (1.0 + 1e-4));
}

template <class T>
double PrimalObjective<T>::value(const Filters& network) {
  const auto& train = problem_->train();
  take_network(network);
  u_ = rounded<T>(network.u);
  v_ = rounded<T>(network.v);
  pass_.forward({network_.point}, train, train.all_images);
  return pass_.values().objective();
}

template <class T>
const PrimalGradient& PrimalObjective<T>::fit_gradient() {
  const auto& own = pass_.backward(0);
  gradient_.u = filters_axis().all_gather(own.u);
  gradient_.v = filters_axis().all_gather(own.v);
  return gradient_;
}

template <class T>
const PrimalGradient& PrimalObjective<T>::gradient() {
  fit_gradient();
  const auto& context = problem_->context();
  add_regularisation<double>(context.form, context.beta, u_, v_, gradient_.u, gradient_.v);
  return gradient_;
}

template <class T>
std::vector<double> PrimalObjective<T>::slopes(const Filters& network, const Filters& filters) {
  const auto& train = problem_->train();
  take_network(network);
  Filters silent = filters;
  std::fill(silent.v.begin(), silent.v.end(), 0.0);
  take_rows(silent, candidates_);
  pass_.forward({network_.point, candidates_.point}, train, train.all_images);
  auto all = filters_axis().all_gather(pass_.backward(1).v);
  for (double& slope : all) slope *= 0.5;
  return all;
}

template <class T>
std::vector<double> PrimalObjective<T>::own_slopes(const Filters& filters) {
  const auto& train = problem_->train();
  take_network(filters);
  auto all = filters_axis().all_gather(pass_.step(network_.point, train, train.all_images).v);
  for (double& slope : all) slope *= 0.5;
  return all;
}

template class PrimalObjective<float>;
template class PrimalObjective<double>;

}  // namespace zerogap

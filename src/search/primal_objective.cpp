// SPDX-License-Identifier: Apache-2.0
#include "search/primal_objective.hpp"

#include <cmath>

#include "core/norm.hpp"

namespace zerogap {

/// The bound is raised by far more than rounding to T and the sum itself may have taken off.
template <class T>
void PrimalObjective<T>::take_network(const Filters& network) {
  const Range share = problem_->grid().blocks(network.count);
  network_.u = local_rows<T>(network.u, share, network.length);
  network_.v = local_rows<T>(network.v, share, 1);
  network_.point = {network_.u.data(), network_.v.data(), share.count(), network.count, network.length};
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
std::vector<double> PrimalObjective<T>::slopes(const Filters& network) {
  const auto& train = problem_->train();
  take_network(network);
  auto all = filters_axis().all_gather(pass_.step(network_.point, train, train.all_images).v);
  for (double& slope : all) slope *= 0.5;
  return all;
}

template class PrimalObjective<float>;
template class PrimalObjective<double>;

}  // namespace zerogap

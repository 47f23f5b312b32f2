// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>

#include "bounds/enumerate.hpp"
#include "model/form.hpp"

namespace zerogap {

Candidate enumerate_line(const Rows& rows, NetworkForm form, double lambda) {
  Candidate best;
  best.u = {1.0};
  best.t = lambda;
  const double most = any_threshold(form) ? rows.longest : lambda;
  best.error =
      16.0 * (static_cast<double>(rows.count) + 16.0) * kRounding * (rows.sum_wb + most * rows.sum_w) +
      rows.dropped;
  std::vector<std::size_t> order(rows.count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return rows.norm[i] > rows.norm[j]; });

  double slope = 0.0, signs = 0.0;  // A and B
  const auto offer = [&](double u, double t, double value) {
    if (std::abs(value) > best.value) {
      best.value = std::abs(value);
      best.u = {u};
      best.t = t;
    }
  };
  for (const std::size_t i : order) {
    const double norm = rows.norm[i];
    if (any_threshold(form))
      offer(1.0, norm, slope - norm * signs);
    else if (norm <= lambda)
      break;
    else if (form == NetworkForm::ball)
      offer(lambda / norm, lambda, lambda * (slope / norm - signs));
    slope += rows.w[i] * rows.b[i];
    signs += std::copysign(rows.w[i], rows.b[i]);
  }
  if (any_threshold(form))
    offer(1.0, 0.0, slope);
  else
    offer(1.0, lambda, slope - lambda * signs);
  return best;
}

}  // namespace zerogap

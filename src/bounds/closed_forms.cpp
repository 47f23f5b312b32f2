// SPDX-License-Identifier: Apache-2.0
#include "bounds/closed_forms.hpp"

#include <algorithm>
#include <cmath>

#include "bounds/eigen.hpp"
#include "model/form.hpp"

namespace zerogap {

std::vector<double> weighted_gram(const Rows& rows, double q) {
  const auto d = static_cast<std::size_t>(rows.length);
  std::vector<double> gram(d * d), weight(rows.count);
  for (std::size_t i = 0; i < rows.count; ++i) weight[i] = q == 0.0 ? 1.0 : std::pow(rows.w[i], 2.0 * q);
  for (int k = 0; k < rows.length; ++k)
    for (int j = 0; j <= k; ++j) {
      const double *a = rows.coordinate(k), *b = rows.coordinate(j);
      double sum = 0.0;
      for (std::size_t i = 0; i < rows.count; ++i) sum += weight[i] * a[i] * b[i];
      gram[static_cast<std::size_t>(k) * d + static_cast<std::size_t>(j)] = sum;
      gram[static_cast<std::size_t>(j) * d + static_cast<std::size_t>(k)] = sum;
    }
  return gram;
}

double closed_form_bound(const Rows& rows, NetworkForm form, double lambda) {
  const bool any_t = any_threshold(form);
  const double n = static_cast<double>(rows.count);
  std::vector<double> direction(static_cast<std::size_t>(rows.length));
  const double linear = linear_norm(rows, direction);
  const double least = any_t ? 0.0 : lambda;
  double norms = 0.0, clipped = 0.0;
  for (std::size_t i = 0; i < rows.count; ++i) {
    norms += rows.w[i] * std::max(rows.norm[i] - least, 0.0);
    clipped += rows.w[i] * std::min(rows.norm[i], lambda);
  }
  double best = norms;
  if (!any_t) best = std::min(best, linear + clipped);
  for (const double q : {0.0, 0.5, 1.0}) {
    const auto gram = weighted_gram(rows, q);
    double sum = 0.0, trace = 0.0;
    for (std::size_t i = 0; i < rows.count; ++i) sum += q == 1.0 ? 1.0 : std::pow(rows.w[i], 2.0 - 2.0 * q);
    for (std::size_t k = 0; k < direction.size(); ++k) trace += gram[k * (direction.size() + 1)];
    // Entries of the Gram matrix are off by at most (n + 8) eps sum w^(2q) |b_ik b_ij|, its norm by as much
    // of the trace; power and sum likewise.
    const double rounding = 2.0 * (n + 16.0) * kRounding;
    const double square = largest_eigenvalue_bound(gram, rows.length) + rounding * trace;
    best = std::min(best, 0.5 * (linear + std::sqrt(sum * (1.0 + rounding) * square)));
    if (!any_t && q == 0.5 && lambda > 0.0) best = std::min(best, square / (4.0 * lambda));
  }
  return best + value_error(rows, least) + rows.dropped;
}

}  // namespace zerogap

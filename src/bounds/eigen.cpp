// SPDX-License-Identifier: Apache-2.0
#include "bounds/eigen.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bounds/patch_rows.hpp"
#include "core/cholesky.hpp"

namespace zerogap {
namespace {

constexpr int sweeps = 60;

/// Entries (p, q) and (q, p) of `a` become 0; the same rotation goes into the columns of `v`.
void rotate(std::vector<double>& a, std::vector<double>& v, int d, int p, int q) {
  const auto at = [d](int row, int column) { return static_cast<std::size_t>(row * d + column); };
  const double theta = (a[at(q, q)] - a[at(p, p)]) / (2.0 * a[at(p, q)]);
  const double t = std::copysign(1.0, theta) / (std::abs(theta) + std::hypot(theta, 1.0));
  const double c = 1.0 / std::hypot(t, 1.0), s = t * c;
  for (int k = 0; k < d; ++k) {
    const double kp = a[at(k, p)], kq = a[at(k, q)];
    a[at(k, p)] = c * kp - s * kq;
    a[at(k, q)] = s * kp + c * kq;
  }
  for (int k = 0; k < d; ++k) {
    const double pk = a[at(p, k)], qk = a[at(q, k)];
    a[at(p, k)] = c * pk - s * qk;
    a[at(q, k)] = s * pk + c * qk;
    const double vp = v[at(k, p)], vq = v[at(k, q)];
    v[at(k, p)] = c * vp - s * vq;
    v[at(k, q)] = s * vp + c * vq;
  }
}

}  // namespace

std::vector<double> eigenvectors(std::span<const double> matrix, int d) {
  std::vector<double> a(matrix.begin(), matrix.end());
  std::vector<double> v(a.size(), 0.0), sorted(a.size());
  const auto at = [d](int row, int column) { return static_cast<std::size_t>(row * d + column); };
  for (int k = 0; k < d; ++k) v[at(k, k)] = 1.0;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    bool rotated = false;
    for (int p = 0; p < d; ++p)
      for (int q = p + 1; q < d; ++q) {
        const double small = 1e-17 * std::sqrt(std::abs(a[at(p, p)] * a[at(q, q)]));
        if (std::abs(a[at(p, q)]) <= small) continue;
        rotate(a, v, d, p, q);
        rotated = true;
      }
    if (!rotated) break;
  }
  std::vector<int> order(static_cast<std::size_t>(d));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int i, int j) { return a[at(i, i)] > a[at(j, j)]; });
  for (int k = 0; k < d; ++k)
    for (int row = 0; row < d; ++row) sorted[at(row, k)] = v[at(row, order[static_cast<std::size_t>(k)])];
  return sorted;
}

double largest_eigenvalue_bound(std::span<const double> matrix, int d) {
  const auto at = [d](int row, int column) { return static_cast<std::size_t>(row * d + column); };
  double trace = 0.0;
  for (int k = 0; k < d; ++k) trace += matrix[at(k, k)];
  if (trace == 0.0) return 0.0;
  const auto v = eigenvectors(matrix, d);
  double theta = 0.0;  // the first eigenvector's Rayleigh quotient
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) theta += v[at(i, 0)] * matrix[at(i, j)] * v[at(j, 0)];
  for (double more = 1e-12;; more *= 4.0) {
    const double tried = theta * (1.0 + more);
    std::vector<double> rest(matrix.size());
    for (std::size_t k = 0; k < rest.size(); ++k) rest[k] = -matrix[k];
    for (int k = 0; k < d; ++k) rest[at(k, k)] += tried;
    if (cholesky(rest, d)) return tried * (1.0 + 2.0 * (d + 2.0) * (d + 2.0) * kRounding);
    if (tried > 2.0 * trace) return 2.0 * trace;
  }
}

}  // namespace zerogap

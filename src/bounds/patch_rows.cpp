// SPDX-License-Identifier: Apache-2.0
#include "bounds/patch_rows.hpp"

#include <algorithm>
#include <cmath>

#include "model/form.hpp"

namespace zerogap {
namespace {

/// a_i = b_i.u of the tile of rows that begins at `first`.
inline void multiply(const Rows& rows, std::span<const double> u, std::size_t first,
                     double (&a)[Rows::tile]) {
  std::fill(a, a + Rows::tile, 0.0);
  for (int k = 0; k < rows.length; ++k) {
    const double* b = rows.coordinate(k) + first;
    const double entry = u[static_cast<std::size_t>(k)];
    for (std::size_t i = 0; i < Rows::tile; ++i) a[i] += b[i] * entry;
  }
}

constexpr double negligible = 1e-60;

double norm_of(const double* row, int length) {
  double sum = 0.0;
  for (int k = 0; k < length; ++k) sum += row[k] * row[k];
  // Squares of small numbers underflow; hypot avoids that.
  if (sum > 1e-200) return std::sqrt(sum);
  double norm = 0.0;
  for (int k = 0; k < length; ++k) norm = std::hypot(norm, row[k]);
  return norm;
}

}  // namespace

Rows make_rows(const FilterProblem& problem, NetworkForm form) {
  Rows rows;
  rows.length = problem.length;
  const int d = problem.length;
  std::vector<double> norms(static_cast<std::size_t>(problem.patches));
  for (std::size_t i = 0; i < norms.size(); ++i) {
    norms[i] = norm_of(problem.y.data() + i * static_cast<std::size_t>(d), d);
    if (problem.z[i] != 0.0) rows.longest = std::max(rows.longest, norms[i]);
  }
  const double slack = 1.0 + 4.0 * (d + 4) * kRounding;
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < norms.size(); ++i) {
    const double w = std::abs(problem.z[i]);
    if (w == 0.0 || norms[i] == 0.0) continue;
    if (!any_threshold(form) && problem.lambda > 0.0 && norms[i] * slack <= problem.lambda) continue;
    if (norms[i] < negligible * rows.longest)
      rows.dropped += 2.0 * w * norms[i];
    else
      kept.push_back(i);
  }
  rows.count = kept.size();
  rows.stride = (rows.count + Rows::tile - 1) / Rows::tile * Rows::tile;
  rows.b.assign(static_cast<std::size_t>(d) * rows.stride, 0.0);
  rows.w.assign(rows.stride, 0.0);
  rows.norm.assign(rows.stride, 0.0);
  for (std::size_t at = 0; at < rows.count; ++at) {
    const std::size_t i = kept[at];
    const double sign = problem.z[i] < 0.0 ? -1.0 : 1.0;
    for (std::size_t k = 0; k < static_cast<std::size_t>(d); ++k)
      rows.b[k * rows.stride + at] = sign * problem.y[i * static_cast<std::size_t>(d) + k];
    rows.w[at] = std::abs(problem.z[i]);
    rows.norm[at] = norms[i];
    rows.sum_w += rows.w[at];
    rows.sum_wb += rows.w[at] * rows.norm[at];
  }
  return rows;
}

double value_at(const Rows& rows, std::span<const double> u, double t) {
  double sum = 0.0;
  double a[Rows::tile];
  for (std::size_t first = 0; first < rows.stride; first += Rows::tile) {
    multiply(rows, u, first, a);
    for (std::size_t i = 0; i < Rows::tile; ++i)
      sum += rows.w[first + i] * (std::max(a[i] - t, 0.0) - std::max(-a[i] - t, 0.0));
  }
  return sum;
}

Slope slope_at(const Rows& rows, std::span<const double> u, double t, std::span<double> of_u) {
  Slope slope;
  std::fill(of_u.begin(), of_u.end(), 0.0);
  double a[Rows::tile], active[Rows::tile];
  for (std::size_t first = 0; first < rows.stride; first += Rows::tile) {
    multiply(rows, u, first, a);
    for (std::size_t i = 0; i < Rows::tile; ++i) {
      const double w = rows.w[first + i];
      active[i] = std::abs(a[i]) > t ? w : 0.0;
      slope.value += w * (std::max(a[i] - t, 0.0) - std::max(-a[i] - t, 0.0));
      slope.of_t -= std::copysign(active[i], a[i]);
    }
    for (int k = 0; k < rows.length; ++k) {
      const double* b = rows.coordinate(k) + first;
      double sum = 0.0;
      for (std::size_t i = 0; i < Rows::tile; ++i) sum += active[i] * b[i];
      of_u[static_cast<std::size_t>(k)] += sum;
    }
  }
  return slope;
}

double value_error(const Rows& rows, double t) {
  const double n = static_cast<double>(rows.count) + 2.0 * rows.length + 16.0;
  return 2.0 * n * kRounding * (rows.sum_wb + t * rows.sum_w);
}

double linear_norm(const Rows& rows, std::span<double> direction) {
  double square = 0.0;
  for (int k = 0; k < rows.length; ++k) {
    const double* b = rows.coordinate(k);
    double sum = 0.0;
    for (std::size_t i = 0; i < rows.stride; ++i) sum += rows.w[i] * b[i];
    direction[static_cast<std::size_t>(k)] = sum;
    square += sum * sum;
  }
  const double norm = std::sqrt(square);
  for (auto& entry : direction) entry = norm > 0.0 ? entry / norm : 0.0;
  // Each coordinate is off by at most n eps sum w_i |b_ik|, the vector by n eps sum w_i |b_i|.
  return norm + value_error(rows, 0.0) + rows.dropped;
}

}  // namespace zerogap

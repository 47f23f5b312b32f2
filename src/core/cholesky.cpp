// SPDX-License-Identifier: Apache-2.0
#include "core/cholesky.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace zerogap {

bool cholesky(std::span<double> matrix, int d) {
  const auto at = [&](int i, int j) -> double& { return matrix[static_cast<std::size_t>(i * d + j)]; };
  for (int k = 0; k < d; ++k) {
    for (int j = 0; j < k; ++j) at(k, k) -= at(k, j) * at(k, j);
    if (!(at(k, k) > 0.0) || !std::isfinite(at(k, k))) return false;
    at(k, k) = std::sqrt(at(k, k));
    for (int i = k + 1; i < d; ++i) {
      for (int j = 0; j < k; ++j) at(i, k) -= at(i, j) * at(k, j);
      at(i, k) /= at(k, k);
    }
  }
  return true;
}

bool invert(std::span<double> matrix, int d) {
  if (!cholesky(matrix, d)) return false;
  const auto at = [&](int i, int j) -> double& { return matrix[static_cast<std::size_t>(i * d + j)]; };
  for (int k = 0; k < d; ++k) {  // L^-1
    at(k, k) = 1.0 / at(k, k);
    for (int i = k + 1; i < d; ++i) {
      double sum = 0.0;
      for (int j = k; j < i; ++j) sum -= at(i, j) * at(j, k);
      at(i, k) = sum / at(i, i);
    }
  }
  for (int i = 0; i < d; ++i)  // L^-T L^-1; entry (i, j) needs rows from j on, which are still L^-1's
    for (int j = i; j < d; ++j) {
      double sum = 0.0;
      for (int k = j; k < d; ++k) sum += at(k, i) * at(k, j);
      at(i, j) = sum;
    }
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < i; ++j) at(i, j) = at(j, i);
  return true;
}

std::vector<double> solve_semidefinite(std::vector<double> m, std::vector<double> right) {
  constexpr double firmness = 1e-15;
  const std::size_t n = right.size();
  double largest = 0.0;
  for (std::size_t k = 0; k < n; ++k) largest = std::max(largest, m[k * n + k]);
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t j = 0; j <= k; ++j) {
      double rest = m[k * n + j];
      for (std::size_t i = 0; i < j; ++i) rest -= m[k * n + i] * m[j * n + i];
      if (j < k)
        m[k * n + j] = rest / m[j * n + j];
      else
        m[k * n + k] = std::sqrt(std::max(rest, 0.0) + firmness * largest);
    }
    for (std::size_t i = 0; i < k; ++i) right[k] -= m[k * n + i] * right[i];
    right[k] /= m[k * n + k];
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t i = k + 1; i < n; ++i) right[k] -= m[i * n + k] * right[i];
    right[k] /= m[k * n + k];
  }
  return right;
}

}  // namespace zerogap

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace zerogap {

// What searches with many ascents at once share: rows (count, d) of points, row-major.

/// Row k.
template <class T>
std::span<T> row_of(std::span<T> rows, std::size_t k, int d) {
  return rows.subspan(k * static_cast<std::size_t>(d), static_cast<std::size_t>(d));
}

/// a = factor a.
inline void scale(std::span<double> a, double factor) {
  for (double& entry : a) entry *= factor;
}

/// Whether two vectors differ by at most `apart` of the first one's length, up to the sign: a and -a have
/// the same gate.
inline bool nearly_equal(std::span<const double> a, std::span<const double> b, double apart) {
  double minus = 0.0, plus = 0.0, size = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    minus += (a[i] - b[i]) * (a[i] - b[i]);
    plus += (a[i] + b[i]) * (a[i] + b[i]);
    size += a[i] * a[i];
  }
  return std::sqrt(std::min(minus, plus)) <= apart * std::sqrt(size);
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace zerogap {

// Helpers for searches with many simultaneous ascents (block_search.hpp, filter_search.hpp). Points are rows
// (count, d), row-major.

/// Row k.
template <class T>
std::span<T> row_of(std::span<T> rows, std::size_t k, int d) {
  return rows.subspan(k * static_cast<std::size_t>(d), static_cast<std::size_t>(d));
}

/// The same for a vector.
inline std::span<double> row_of(std::vector<double>& rows, std::size_t k, int d) {
  return row_of(std::span<double>(rows), k, d);
}
/// The same, read-only.
inline std::span<const double> row_of(const std::vector<double>& rows, std::size_t k, int d) {
  return row_of(std::span<const double>(rows), k, d);
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

/// Step lengths of an ascent relative to its point: the first one, and the factors by which a successful step
/// lengthens the next one and a failed step shortens it. The functions are piecewise linear or nearly so and
/// suggest no length.
struct StepLengths {
  double first, growth, shrinkage;
};

/// Takes the given number of ascent steps from every point of `at`. trial(lengths) evaluates the points
/// reached by steps of these lengths (count) along the gradients. at.take(trial, k) replaces point k; it is
/// called only if the trial's `value` is greater, so values never decrease.
template <class State, class Trial>
void ascend_all(State& at, std::int64_t steps, const StepLengths& lengths, Trial trial) {
  std::vector<double> step(at.value.size(), lengths.first);
  for (std::int64_t n = 0; n < steps; ++n) {
    const State there = trial(step);
    for (std::size_t k = 0; k < step.size(); ++k) {
      const bool higher = there.value[k] > at.value[k];
      if (higher) at.take(there, k);
      step[k] *= higher ? lengths.growth : lengths.shrinkage;
    }
  }
}

/// The `keep` points (count, d) with the greatest positive values (count), best first, without those that are
/// nearly_equal() to a better one. Among equal values the order is kept.
inline std::vector<std::size_t> best_distinct(const std::vector<double>& points,
                                              const std::vector<double>& value, int d, std::size_t keep,
                                              double apart) {
  std::vector<std::size_t> order(value.size()), found;
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return value[a] > value[b]; });
  for (const std::size_t k : order) {
    if (found.size() == keep || !(value[k] > 0.0)) break;
    const auto point = row_of(points, k, d);
    if (std::ranges::none_of(found,
                             [&](std::size_t f) { return nearly_equal(row_of(points, f, d), point, apart); }))
      found.push_back(k);
  }
  return found;
}

}  // namespace zerogap

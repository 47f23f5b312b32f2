// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/exact_sum.hpp"
#include "core/fixed_point.hpp"
#include "core/norm.hpp"
#include "kernels/step_rule.hpp"

namespace zerogap {

/// A training step of the rows w_j of weights under the group norm, from the sums of their gradient: along
///   factor * sums_j + pull * w_j/|w_j|   (the latter 0 where w_j = 0, PyTorch's subgradient of the norm),
/// formed in double and rounded to T once. Everything is resident (kernels/dual.hpp), so that on a GPU
/// neither gradient nor weights are copied to the host.
template <class T>
struct RowStep {
  std::int64_t rows = 0;
  int length = 0;                      ///< d
  std::span<const std::int64_t> sums;  ///< (rows, d), in `scale`
  FixedPoint scale;
  double factor = 1.0;
  double pull = 0.0;  ///< 2 beta
  StepRule<T> rule;
  T* weights = nullptr;                    ///< (rows, d), moved
  std::array<T*, most_moments> moments{};  ///< (rows, d) each, moved; null if the rule has none
  std::span<std::int64_t> norms;           ///< (ExactSum::words): sum_j |w_j| after the step, added to
};

/// The gradient of row j, in double: out (d).
template <class T>
void row_gradient(const RowStep<T>& step, std::int64_t j, T* out) {
  const double norm = row_norm(step.weights, j, step.length), pull = norm > 0.0 ? step.pull / norm : 0.0;
  for (int k = 0; k < step.length; ++k) {
    const std::int64_t at = j * step.length + k;
    out[k] = static_cast<T>(step.factor * step.scale.real(step.sums[static_cast<std::size_t>(at)]) +
                            pull * double{step.weights[at]});
  }
}

}  // namespace zerogap

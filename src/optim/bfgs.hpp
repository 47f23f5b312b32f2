// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace zerogap {

/// Returns a function's value at x and writes its gradient, of the same size. The function may have kinks.
using GradientFunction = std::function<double(std::span<const double> x, std::span<double> gradient)>;

/// How a minimisation ended.
struct BfgsReport {
  double value = 0.0;  ///< at the final point, at most that of the start
  std::int64_t steps = 0;
  bool converged = false;  ///< no lower point was found, or the last steps gained at most the tolerance
};

/// Minimises by BFGS (limited-memory BFGS for long vectors) from x, which becomes the lowest point found.
/// Steps meet the weak Wolfe conditions, found by bisection: on kinks too this keeps the curvature pairs
/// positive and, in practice, converges to a minimum that lies on one (Lewis and Overton). Ends after `steps`
/// steps, or when the last ten lowered the value by at most `tolerance`, relative.
BfgsReport minimise(const GradientFunction& function, std::vector<double>& x, std::int64_t steps,
                    double tolerance);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "optim/linear_operator.hpp"

namespace zerogap {

/// An approximate solution, and the products with the Hessian that it took.
struct CgResult {
  std::vector<double> solution;
  std::int64_t products = 0;
};

/// Preconditioned conjugate gradients on H p = right, from p = 0 until the residual's norm in M^-1 is
/// `tolerance` times the initial one, or `most` products are done. If a direction has no curvature beyond
/// rounding, it returns the current iterate, after at least one preconditioned step.
CgResult conjugate_gradients(LinearOperator& hessian, const std::vector<double>& right, double tolerance,
                             std::int64_t most);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "optim/cg.hpp"

namespace zerogap {
namespace {

/// Smallest curvature along a direction, relative to that of the preconditioner. Less is rounding, and a step
/// that divides by it could become arbitrarily large.
constexpr double least_curvature = 1e-12;

}  // namespace

CgResult conjugate_gradients(LinearOperator& hessian, const std::vector<double>& right, double tolerance,
                             std::int64_t most) {
  const std::size_t n = right.size();
  std::vector<double> residual = right, z(n), direction(n), product(n);
  CgResult result{std::vector<double>(n), 0};
  hessian.precondition(residual, z);
  direction = z;
  double square = hessian.dot(residual, z);
  const double goal = tolerance * tolerance * square;
  while (result.products < most && square > goal) {
    hessian.apply(direction, product);
    ++result.products;
    const double curvature = hessian.dot(direction, product);
    if (!(curvature > least_curvature * square)) {
      if (result.products == 1) result.solution = z;
      break;
    }
    const double step = square / curvature;
    for (std::size_t i = 0; i < n; ++i) {
      result.solution[i] += step * direction[i];
      residual[i] -= step * product[i];
    }
    hessian.precondition(residual, z);
    const double next = hessian.dot(residual, z), turn = next / square;
    square = next;
    for (std::size_t i = 0; i < n; ++i) direction[i] = z[i] + turn * direction[i];
  }
  return result;
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace zerogap {

// In place, for small symmetric positive definite matrices (d, d), row-major, by scalar operations in a fixed
// order. False, and the matrix undefined, if it is not positive definite in floating point.

/// The factor L with L L^T = matrix, below and on the diagonal; the entries above it are unchanged.
bool cholesky(std::span<double> matrix, int d);
/// The inverse.
bool invert(std::span<double> matrix, int d);

/// The solution of M x = right for a symmetric positive semidefinite M (d, d), row-major. A pivot that is not
/// positive counts as 0, and 1e-15 of M's largest diagonal entry is added to each: if M is singular, the
/// result is close to one of the solutions.
std::vector<double> solve_semidefinite(std::vector<double> matrix, std::vector<double> right);

}  // namespace zerogap

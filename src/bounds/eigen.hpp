// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace zerogap {

/// Eigenvectors of a symmetric (d, d) matrix by Jacobi's rotations: column k of the returned row-major (d, d)
/// matrix belongs to the k-th largest eigenvalue. Orthogonal up to rounding.
std::vector<double> eigenvectors(std::span<const double> matrix, int d);

/// A proved upper bound of the largest eigenvalue of a symmetric, positive semidefinite (d, d) matrix: theta
/// for which theta 1 - matrix has a Cholesky factor in floating point, plus that factor's backward error, at
/// most (d + 1) eps times the trace of the product of its moduli, itself at most d theta.
double largest_eigenvalue_bound(std::span<const double> matrix, int d);

}  // namespace zerogap

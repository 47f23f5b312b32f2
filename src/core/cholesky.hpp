// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace zerogap {

// In place, for small symmetric positive definite matrices (d, d), row-major, by scalar operations in a fixed
// order. False, and the matrix undefined, where it is not positive definite in floating point.

/// L with L L^T = matrix, below and on the diagonal; what is above keeps its entries.
bool cholesky(std::span<double> matrix, int d);
/// The inverse.
bool invert(std::span<double> matrix, int d);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace zerogap {

/// Dense symmetric matrices in double on the host, for preconditioners: SIMD with run-time dispatch, OpenMP.
/// Results are the same for any number of threads. Only the upper triangle is read and written.
class SymmetricMatrix {
 public:
  /// Makes an n x n matrix of zeros.
  explicit SymmetricMatrix(std::int64_t n, int threads)
      : n_(n), threads_(threads), values_(static_cast<std::size_t>(n * n)) {}

  std::int64_t size() const { return n_; }
  double* row(std::int64_t i) { return values_.data() + i * n_; }
  const double* row(std::int64_t i) const { return values_.data() + i * n_; }

  /// *this += factor * sum_k z_k z_k^T for the rows z_k of z (rows, n), row-major.
  void add_products(std::span<const double> z, double factor) {
    add_products(z.data(), z.size() / width(), factor, 0);
  }
  /// Replaces the matrix A by U with A = U^T U. False, and the matrix undefined, if A is not positive
  /// definite.
  bool factor();
  /// After factor(): x = (U^T U)^-1 x.
  void solve(std::span<double> x) const;

 private:
  std::size_t width() const { return static_cast<std::size_t>(n_ > 0 ? n_ : 1); }
  /// The same for rows and columns [first, n) alone.
  void add_products(const double* z, std::size_t rows, double factor, std::int64_t first);
  bool factor_panel(std::int64_t first, std::int64_t last);

  std::int64_t n_;
  int threads_;
  std::vector<double> values_, packed_;
};

}  // namespace zerogap

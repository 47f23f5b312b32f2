// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace zerogap {

/// A symmetric positive semidefinite H with its inner product, as conjugate gradients need them. Vectors are
/// this rank's entries of all ranks' vectors; every call is collective, and its result the same on any number
/// of ranks.
class LinearOperator {
 public:
  virtual ~LinearOperator() = default;

  virtual double dot(std::span<const double> a, std::span<const double> b) = 0;
  /// out = H v.
  virtual void apply(std::span<const double> v, std::span<double> out) = 0;
  /// out = M^-1 r for a symmetric positive definite M near H.
  virtual void precondition(std::span<const double> r, std::span<double> out) = 0;
};

}  // namespace zerogap

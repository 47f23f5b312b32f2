// SPDX-License-Identifier: Apache-2.0
#pragma once

// Rules for what a pair (patch i, block j) adds to its block's sums over patches. A rule has
//   products  how many vectors of the block the patch is multiplied with (ForwardPass::weights),
//   vectors   results that are sums of coefficient * y_i, d entries each,
//   scalars   results that are numbers,
//   pair()    the coefficients, and the scalars updated in T,
//   synchronize()  a tile's sum as a 64-bit integer, and merge(), which is associative.

#include "cuda/arithmetic.cuh"
#include "cuda/passes.hpp"

namespace zerogap::cuda {

/// Sums in fixed point.
struct SumRule {
  __device__ static std::int64_t merge(std::int64_t a, std::int64_t b) { return a + b; }
  __device__ static std::int64_t synchronize(double sum, double scale) { return fixed(sum, scale); }
};

/// rho = 0: 2 q_ij r_i is the coefficient of grad_w'_j, and grad_w_j = -grad_w'_j.
template <class T>
class FreeDualRule : public SumRule {
 public:
  static constexpr int products = 1, vectors = 1, scalars = 0;
  __device__ explicit FreeDualRule(const Scalars& of) : gate_(of.lambda) {}
  __device__ void pair(const T (&dot)[products], T r, T (&coefficient)[1], T (&)[1]) const {
    coefficient[0] = gate_(dot[0]) * (r + r);
  }

 private:
  Gate<T> gate_;
};

/// -2 q_ij r_i - rho c_ij slope(c_ij y_i.w_j), and 2 q_ij r_i - rho c_ij slope(c_ij y_i.w'_j).
template <class T, bool sharp>
class DualRule : public SumRule {
 public:
  static constexpr int products = 3, vectors = 2, scalars = 0;
  __device__ explicit DualRule(const Scalars& of)
      : gate_(of.lambda), minus_rho_(static_cast<T>(-of.rho)), per_width_(static_cast<T>(-1.0 / of.width)) {}
  __device__ void pair(const T (&dot)[products], T r, T (&coefficient)[2], T (&)[1]) const {
    const T q = gate_(dot[0]), c = with_sign(q, dot[0]);
    const T fit = q * (r + r), hinge = minus_rho_ * c;
    coefficient[0] = bend(c * dot[1], hinge, -fit);
    coefficient[1] = bend(c * dot[2], hinge, fit);
  }

 private:
  /// fit + hinge * slope(t).
  __device__ T bend(T t, T hinge, T fit) const {
    if constexpr (sharp)
      return t < T{0} ? fit + hinge : fit;
    else
      return multiply_add(hinge, unit(t * per_width_), fit);
  }
  Gate<T> gate_;
  T minus_rho_, per_width_;
};

/// c_ij^2 1{-width < c_ij y_i.w_j < 0} r_i, and the same of w'.
template <class T>
class CurvedRule : public SumRule {
 public:
  static constexpr int products = 3, vectors = 2, scalars = 0;
  __device__ explicit CurvedRule(const Scalars& of)
      : gate_(of.lambda), minus_width_(static_cast<T>(-of.width)) {}
  __device__ void pair(const T (&dot)[products], T r, T (&coefficient)[2], T (&)[1]) const {
    const T c = with_sign(gate_(dot[0]), dot[0]);
    for (int half = 0; half < 2; ++half) {
      const T t = c * dot[1 + half];
      coefficient[half] = t < T{0} && t > minus_width_ ? c * c * r : T{0};
    }
  }

 private:
  Gate<T> gate_;
  T minus_width_;
};

/// r_i 1{|y_i.u_k| > lambda}; scalar r_i tau_lambda(y_i.u_k).
template <class T>
class PrimalRule : public SumRule {
 public:
  static constexpr int products = 1, vectors = 1, scalars = 1;
  __device__ explicit PrimalRule(const Scalars& of) : lambda_(static_cast<T>(of.lambda)) {}
  __device__ void pair(const T (&dot)[products], T r, T (&coefficient)[1], T (&scalar)[1]) const {
    coefficient[0] = magnitude(dot[0]) > lambda_ ? r : T{0};
    scalar[0] = multiply_add(coefficient[0], shrink(dot[0], lambda_), scalar[0]);
  }

 private:
  T lambda_;
};

/// Scalars q_ij and c_ij.
template <class T>
class GateRule : public SumRule {
 public:
  static constexpr int products = 1, vectors = 0, scalars = 2;
  __device__ explicit GateRule(const Scalars& of) : gate_(of.lambda) {}
  __device__ void pair(const T (&dot)[products], T, T (&)[1], T (&scalar)[2]) const {
    const T q = gate_(dot[0]);
    scalar[0] += q;
    scalar[1] += with_sign(q, dot[0]);
  }

 private:
  Gate<T> gate_;
};

/// Scalars alpha of w and w', maxima: as integers, because the bits of doubles >= 0 are ordered like the
/// numbers.
template <class T>
class RepairRule {
 public:
  static constexpr int products = 3, vectors = 0, scalars = 2;
  __device__ explicit RepairRule(const Scalars& of) : lambda_(static_cast<T>(of.lambda)) {}
  __device__ void pair(const T (&dot)[products], T, T (&)[1], T (&scalar)[2]) const {
    const T size = magnitude(dot[0]);
    if (!(size > lambda_)) return;
    for (int of = 0; of < 2; ++of) {
      const T b = dot[1 + of];
      scalar[of] = maximum(scalar[of], (dot[0] < T{0} ? b : -b) / size);
    }
  }
  __device__ static std::int64_t merge(std::int64_t a, std::int64_t b) { return a < b ? b : a; }
  __device__ static std::int64_t synchronize(double alpha, double) {
    return __double_as_longlong(fmax(alpha, 0.0));
  }

 private:
  T lambda_;
};

}  // namespace zerogap::cuda

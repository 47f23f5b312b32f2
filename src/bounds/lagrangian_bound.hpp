// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "core/claim.hpp"

namespace zerogap {

/// A computed number and a bound on its rounding error.
struct Rounded {
  Rounded(double computed, double most_error) : value(computed), error(most_error) {}
  double value, error;
};

/// A number that is proved to be at least the maximum M in a bound's constraints. Infinite if nothing is
/// proved.
class UpperBound {
 public:
  constexpr UpperBound() = default;
  /// `computed` was computed from proved numbers and may be too small by `error`.
  static constexpr UpperBound proved(double computed, double error) { return UpperBound(computed + error); }

  constexpr double value() const { return value_; }

 private:
  constexpr explicit UpperBound(double value) : value_(value) {}

  double value_ = std::numeric_limits<double>::infinity();
};

/// A lower bound of M that a search attained; it may have missed a greater value.
class FoundMaximum {
 public:
  constexpr FoundMaximum() = default;
  constexpr explicit FoundMaximum(double value) : value_(value) {}

  constexpr double value() const { return value_; }

 private:
  double value_ = 0.0;
};

/// The sums over a dual point z (I) and the target x (I) that the bound needs: z'x and |z|^2.
struct DualSums {
  Rounded zx, zz;
};

/// Computes the sums from z and x, in double and in order, with product_sum_error() of each.
DualSums dual_sums(std::span<const double> z, std::span<const double> x);

/// Bound on the rounding error of a sum of `terms` products in double, in any order: (terms + 1) eps times
/// the sum of their moduli, which by Cauchy and Schwarz is at most |z| |x|; doubled for higher orders.
double product_sum_error(std::int64_t terms, double z_norm, double x_norm);

/// The greatest |s| for which the multipliers s b of the sign constraints stay in [0, rho] (theory.md,
/// section 5): 1 for rho > 0, infinity for rho = 0 and for networks, which have no such constraints.
inline double multiplier_scale_limit(double rho) {
  return rho > 0.0 ? 1.0 : std::numeric_limits<double>::infinity();
}

/// D(s) with its s, as a Certificate or as an Estimate.
template <class Claim>
struct LagrangianBound {
  Claim lower_bound{};
  double scale = 0.0;  ///< s
};

/// The Lagrange dual's value at s z (theory.md, sections 5 and 7),
///   D(s) = s z'x - s^2 |z|^2/4,   s = clip(2 z'x/|z|^2, -cap, cap),   cap = min(2 beta/M, scale_limit),
/// rounded down: any z and any such s give a lower bound, so only the rounding of D itself needs an
/// allowance. z'x and |z|^2 come with their errors. s is made 8 eps smaller (eps being half an ulp of 1), so
/// that |s| M <= 2 beta holds for the s that was rounded and for an M that is a rounded sum. The two products
/// and their difference are off by at most 8 eps of their moduli. D is never below 0, the value at s = 0, and
/// is 0 for sums that are not finite. If M is proved, the bound is a certificate.
LagrangianBound<Certificate> lagrangian_bound(const DualSums& sums, UpperBound maximum, double beta,
                                              double scale_limit);
/// The same for an M that a search found: an estimate, since M may be greater.
LagrangianBound<Estimate> lagrangian_bound(const DualSums& sums, FoundMaximum maximum, double beta,
                                           double scale_limit);

/// Throws Error (exit 4) if a certificate exceeds an objective of the same program by more than `rounding`:
/// one of the two was then computed wrongly, and no gap may be printed.
void require_bound(double objective, Certificate lower_bound, double rounding);

/// (objective - lower_bound)/objective, or 0 if that is negative, which after require_bound() can only be
/// rounding.
double certified_gap(double objective, Certificate lower_bound);
/// The same for an estimate: an estimate of the gap.
double estimated_gap(double objective, Estimate lower_bound);

}  // namespace zerogap

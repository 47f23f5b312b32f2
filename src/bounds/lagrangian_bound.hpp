// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "core/claim.hpp"

namespace zerogap {

/// A computed number and what rounding may have moved it by, at most.
struct Rounded {
  Rounded(double computed, double most_error) : value(computed), error(most_error) {}
  double value, error;
};

/// A number that the maximum M of a bound's constraints is proved not to exceed. Infinite if nothing is
/// proved.
class UpperBound {
 public:
  constexpr UpperBound() = default;
  /// `computed` may be too small by `error`, and what it was computed from was proved.
  static constexpr UpperBound proved(double computed, double error) { return UpperBound(computed + error); }

  constexpr double value() const { return value_; }

 private:
  constexpr explicit UpperBound(double value) : value_(value) {}

  double value_ = std::numeric_limits<double>::infinity();
};

/// A number that M attains: a search found it, and may have missed a greater one.
class FoundMaximum {
 public:
  constexpr FoundMaximum() = default;
  constexpr explicit FoundMaximum(double value) : value_(value) {}

  constexpr double value() const { return value_; }

 private:
  double value_ = 0.0;
};

/// What the bound needs of a dual point z (I) and of the target x (I): z'x and |z|^2.
struct DualSums {
  Rounded zx, zz;
};

/// The sums of z and x themselves, in double and in order, with product_sum_error() of each.
DualSums dual_sums(std::span<const double> z, std::span<const double> x);

/// What a sum of `terms` products in double, in any order, may be off by: (terms + 1) eps times the sum of
/// their moduli, which by Cauchy and Schwarz is at most |z| |x|; doubled for higher orders.
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
/// rounded down: any z and any such s give a lower bound, so that only the rounding of D itself has to be
/// allowed for. z'x and |z|^2 come with their errors. s is made 8 eps smaller (eps being half an ulp of 1),
/// so that |s| M <= 2 beta holds for the s that was rounded and for an M that is a rounded sum. The two
/// products and their difference are off by at most 8 eps of their moduli. Never below 0, which s = 0 proves;
/// 0 as well for sums that are not finite. With M proved the bound is a certificate.
LagrangianBound<Certificate> lagrangian_bound(const DualSums& sums, UpperBound maximum, double beta,
                                              double scale_limit);
/// The same for an M that a search found: an estimate, since M may be greater.
LagrangianBound<Estimate> lagrangian_bound(const DualSums& sums, FoundMaximum maximum, double beta,
                                           double scale_limit);

/// Error (exit 4) where a certificate lies above an objective of the same program by more than `rounding`:
/// one of the two was computed wrongly, and no gap may be printed.
void require_bound(double objective, Certificate lower_bound, double rounding);

/// (objective - lower_bound)/objective, or 0 where that is less: require_bound() leaves rounding only.
double certified_gap(double objective, Certificate lower_bound);
/// The same for an estimate: an estimate of the gap.
double estimated_gap(double objective, Estimate lower_bound);

}  // namespace zerogap

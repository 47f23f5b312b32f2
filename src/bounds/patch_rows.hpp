// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "bounds/filter_problem.hpp"

namespace zerogap {

/// Half an ulp of 1: a rounding changes a number by at most this, relatively.
inline constexpr double kRounding = 0x1p-53;

/// The rows of a problem that can matter, with the sign of z moved into them:
///   f(u, t) = z' tau_t(Y u) = sum_i w_i tau_t(b_i.u),  w_i = |z_i|, b_i = sign(z_i) y_i.
/// Rows are left out that are zero, have z_i = 0, or (ball, relative) cannot pass lambda. So are rows of norm
/// below 1e-60 of the longest; `dropped` bounds what they could add.
struct Rows {
  int length = 0;            ///< d
  std::size_t count = 0;     ///< rows kept
  std::size_t stride = 0;    ///< count rounded up to a multiple of the tile; the rest is zeros
  std::vector<double> b;     ///< (d, stride)
  std::vector<double> w;     ///< (stride)
  std::vector<double> norm;  ///< (stride) |b_i|, rounded
  double longest = 0.0;      ///< max |b_i|
  double sum_w = 0.0;        ///< sum w_i
  double sum_wb = 0.0;       ///< sum w_i |b_i|
  double dropped = 0.0;      ///< bounds the sum of w_i |b_i| over tiny rows left out

  static constexpr std::size_t tile = 256;

  const double* coordinate(int k) const { return b.data() + static_cast<std::size_t>(k) * stride; }
};

/// Shapes must match and numbers be finite, as prove_maximum() checks.
Rows make_rows(const FilterProblem& problem, NetworkForm form);

/// f(u, t) by a plain sum, u (d). If |u| <= 1, up to rounding, it is off by at most value_error(rows, t).
double value_at(const Rows& rows, std::span<const double> u, double t);

/// f(u, t) with its gradient: of_u (d), and the returned pair's second is df/dt.
struct Slope {
  double value = 0.0, of_t = 0.0;
};
/// A row on a kink counts as inactive.
Slope slope_at(const Rows& rows, std::span<const double> u, double t, std::span<double> of_u);

/// Bound on the rounding error of value_at: a product b_i.u is off by at most (d + 2) eps |b_i|, u may be too
/// long by as much, subtracting t and weighting add 3 eps (|b_i| + t), and a sum of n terms adds at most n
/// eps sum_i w_i (|b_i| + t), in whatever order it is taken. The first-order sum is doubled, which covers
/// higher orders and the rounding of this bound itself.
double value_error(const Rows& rows, double t);

/// An upper bound of |Y'z| over all rows, rounding included; and the unit vector along Y'z (zero if that is
/// 0).
double linear_norm(const Rows& rows, std::span<double> direction);

}  // namespace zerogap

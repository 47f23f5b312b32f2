#pragma once

#include <cstdint>
#include <span>

namespace zerogap {

/// A lower bound on a primal network's objective (theory.md, section 7).
struct NetworkBound {
  double scale = 0.0;        ///< s
  double lower_bound = 0.0;  ///< D(s), rounded down; never below 0, which s = 0 proves
};

/// D(s) = s z'x - s^2 |z|^2/4 at s = clip(2 z'x/|z|^2, -2 beta/M, 2 beta/M), for M >= the network's maximum
/// of |z' tau_t(Y u)| (M = 0: no cap). It holds for any z and any such s, so only D's own rounding has to be
/// allowed for: z'x and |z|^2 are given up to `zx_error` and `zz_error`, s is made 4 eps smaller so that |s|
/// M <= 2 beta holds for the s that was rounded, and the two products and their difference are off by at most
/// 4 eps of their moduli. With M proved from above the result is a certificate, with M from a search an
/// estimate.
NetworkBound network_bound(double zx, double zz, double zx_error, double zz_error, double maximum,
                           double beta);

/// What a sum of `terms` products in double, in any order, may be off by: (terms + 1) eps times the sum of
/// their moduli, which by Cauchy and Schwarz is at most |z| |x|; doubled for higher orders.
double product_sum_error(std::int64_t terms, double z_norm, double x_norm);

/// The same from z and x (I) themselves, summed here.
NetworkBound network_bound(std::span<const double> z, std::span<const double> x, double maximum, double beta);

}  // namespace zerogap

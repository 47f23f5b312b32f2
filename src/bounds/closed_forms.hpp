// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bounds/patch_rows.hpp"

namespace zerogap {

/// The least of several upper bounds of max |f| in closed form, each with its rounding. With
/// w_i tau_t(b_i.u) <= w_i max(b_i.u - t, 0) <= w_i max(b_i.u, 0) = w_i (b_i.u + |b_i.u|)/2 and Cauchy and
/// Schwarz' inequality, for |u| <= 1:
///   (|Y'z| + sqrt(sum w^(2 - 2q)) sigma_max(diag(w^q) B))/2 for q = 0, 1/2, 1         (every network);
///   sum w_i max(|b_i| - t_least, 0), t_least = 0 for decay and product, otherwise lambda;
///   |Y'z| + sum w_i min(lambda, |b_i|)                                          (ball, relative);
///   sigma_max(diag(w^(1/2)) B)^2/(4 lambda), for max(a - lambda, 0) <= a^2/(4 lambda)  (ball, relative).
double closed_form_bound(const Rows& rows, NetworkForm form, double lambda);

/// sum_i w_i^(2q) b_i b_i' (d, d), row-major.
std::vector<double> weighted_gram(const Rows& rows, double q);

}  // namespace zerogap

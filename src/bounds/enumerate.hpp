// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bounds/patch_rows.hpp"

namespace zerogap {

/// The best candidate of an enumeration: |f(u, t)| = value up to `error`, and |f| is at most value + error on
/// the domain.
struct Candidate {
  double value = 0.0;
  std::vector<double> u;  ///< in the domain, up to rounding (decay, product: unit)
  double t = 0.0;
  double error = 0.0;
};

/// d = 1, O(n log n). lambda > 0.
///
/// With |b| sorted downwards, f(u) = A u - lambda B on u > 0, A = sum w_i b_i and B = sum w_i sign(b_i) over
/// rows with |b_i| u > lambda. |f| is even, so u in [0, 1] will do.
/// ball: f is linear between the breakpoints u = lambda/|b_i|, so its greatest absolute value is at one of
/// them, or at 1. relative: u = 1. decay, product: f(1, t) is linear between the breakpoints t = |b_i| (that
/// is, f(u)/u = A - lambda B/u is monotone between those of u), so the supremum is at one of them, or at t =
/// 0.
Candidate enumerate_line(const Rows& rows, NetworkForm form, double lambda);

/// d = 2, O(n^2 log n), lambda > 0. The lines b_i.u = +-lambda cut the plane into cells, on each of which
/// f(u) = a.u - lambda c; |f| is even, so the lines b_i.u = +lambda will do.
///
/// ball: on a cell within the disc a linear function is greatest on the cell's boundary: on a line, where f
/// is again piecewise linear and so greatest at a vertex or where the line meets the circle, or on an arc of
/// the circle: at its ends, or inside it where u = +-a/|a|. relative: the arcs only. decay, product: sup
/// |f(u)|/|u| over all u. Its gradient inside a cell is a/|u| - f u/|u|^3, which is zero only if a is
/// parallel to u; with u = r a/|a| that says r^2 = (r |a| - lambda c) r/|a|, so c = 0, and then f/|u| = |a|
/// all along the ray, up to the cell's boundary or to infinity. So the supremum is on a line, or is the limit
/// |Y'z| at infinity. On a line u = p + s q (p orthogonal to q, |q| = 1) a piece is (alpha + gamma
/// s)/sqrt(|p|^2 + s^2), whose one stationary point is s = gamma |p|^2/alpha, with the value
/// sqrt(alpha^2/|p|^2 + gamma^2) (Cauchy-Schwarz).
///
/// Rounding. Whether a row is active on a piece follows from the sorted breakpoints alone, so that it is
/// consistent along a line; a misplaced breakpoint costs |z_i b_i.q| times the misplacement, which is at most
/// 10 eps w_i (lambda + |b_i| |u|) however nearly parallel two lines are, because a breakpoint is a quotient
/// by b_i.q itself. The same holds on the circle, where a breakpoint's angle is off by a few eps and b_i.u
/// moves by |b_i| times that. The running sums of a piece see at most 5n additions, each of which rounds a
/// partial sum of at most sum_i w_i (|b_i| |u| + lambda). For decay and product all that is divided by |u|,
/// and lambda/|u| is at most the longest |b_i| on every line. In all at most (5 sqrt(2) n + 40) eps S, S =
/// sum_i w_i (|b_i| + t_max); `error` is 16 (n + 16) eps S, more than twice as much.
Candidate enumerate_plane(const Rows& rows, NetworkForm form, double lambda);

/// Estimated time of enumerate_plane's lines on `threads` threads, in seconds (measured: n^2 log n).
double plane_seconds(std::size_t rows, NetworkForm form, int threads);

}  // namespace zerogap

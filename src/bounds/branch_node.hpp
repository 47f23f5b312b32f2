// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "bounds/patch_rows.hpp"

namespace zerogap {

/// Rows in coordinates of their principal axes, u = V s: f varies most along the first ones.
struct RotatedRows {
  int length = 0;
  std::size_t stride = 0;
  std::vector<double> r;      ///< (d, stride): V' b_i
  std::vector<double> rest;   ///< (d + 1, stride): |(r_ik, ..., r_i,d-1)|, length from coordinate k on
  std::span<const double> w;  ///< (stride), those of the rows
  std::vector<double> v;      ///< (d, d), column k is axis k
  double defect = 0.0;        ///< bounds |V'V - 1|
};
/// `axes` (d, d), row-major, are near to orthogonal: column k is axis k.
RotatedRows rotate_rows(const Rows& rows, std::vector<double> axes);

/// A part of the domain: s_k in [low_k, high_k], t in [low_d, high_d], |s| <= 1 (ball) or |s| = 1.
struct Node {
  std::vector<double> low, high;  ///< (d + 1)
  double bound = 0.0;             ///< upper bound of f on it, before the allowance for rounding
  std::uint64_t id = 0;
  int split = 0;            ///< coordinate to split next
  std::vector<double> top;  ///< (d + 1): where the linear envelope is greatest
};

/// Shrinks the box by the constraint on |s|; false if it becomes empty.
bool tighten(Node& node, bool sphere);

/// Computes an upper bound of f on each node, with its `split` and `top`. All nodes are processed together,
/// one tile of rows at a time, so that a tile stays in the cache.
///
/// On a node a = r_i.s is in [l, h] (from the box; from |s| <= 1; and the coordinates not cut so far together
/// by the length that |s| <= 1 leaves them). tau_t(a) then lies below each of three functions linear in (a,
/// t), with t in [t0, t1]:
///   k (a - t - x0),  x1 = h - t0, x0 = min(l - t1, 0), k = x1/(x1 - x0) (0 if x1 <= 0):
///                    the chord of max(a - t, 0); exact where a is certainly above t;
///   k (a - foot),    foot = l cut to [-t1, t0], k = (h - t0)/(h - foot) (0 if h <= t0):
///                    the concave envelope's part on the right where both kinks are within reach;
///   a + t:           exact where a is certainly below -t;
/// and below two parabolas in a:
///   (x + m)^2/(4 m), x = a - t, m > 0: >= max(x, 0), since (x - m)^2 >= 0. For rows that are uncertain
///                    at any size of the node, such as noise, whose squares add up to a small Gram matrix;
///   a - t0 + k (a + t1 - B)^2, k = (t0 + t1)/B^2, B >= 2 (t0 + t1): touches a - t0, and is 0 at -t1 with
///                    a slope in [0, 1], so that being convex it is above 0 and a + t1 as well. For wide
///                    intervals.
/// The least at the node's centre is taken (of parabolas: the mean over the node, which m and B make
/// smallest); that is exact where a row is certain. Expanded about the centre, the sum over rows is a linear
/// function and a square. The linear function's maximum over the box within the unit ball is bounded by
/// Lagrange's dual in the one multiplier of |s| <= 1, the square's maximum over the box by moduli and an
/// eigenvalue. The gap to f shrinks with the node.
void bound_nodes(const RotatedRows& rows, std::span<Node> nodes);

/// A bound on how much rounding in bound_nodes and in the change of coordinates makes a bound too small, for
/// all t up to t_most. Slopes are in [0, 1], so a row's envelope is off by at most 32 eps (|r_i| + t) and
/// r_i.s by (d + 2) eps |r_i|; the sums of n terms of the constant, the slope in t and the d slopes in s by n
/// eps of their moduli, (1 + sqrt(d)) n eps S in all, S = sum w_i (|b_i| + t). |V s| differs from |s| by at
/// most `defect`, which moves f by defect * sum w_i |b_i|.
double node_error(const Rows& rows, const RotatedRows& rotated, double t_most);

}  // namespace zerogap

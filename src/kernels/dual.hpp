// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "core/fixed_point.hpp"
#include "kernels/patches.hpp"

namespace zerogap {

/// One rank's blocks of the dual network: arrangement vectors and weights, each (count, d), row-major, all in
/// host memory or all resident.
template <class T>
struct DualBlocks {
  const T* g = nullptr;
  const T* w = nullptr;
  const T* w_prime = nullptr;
  std::int64_t count = 0;
  std::int64_t tile = 1;  ///< consecutive blocks that may be added in floating point (comm/share.hpp)
  bool resident = false;
};

/// Forward half of the dual pass (theory.md, section 4). For every patch i of the listed images, with a =
/// y_i.g_j,
///   q_ij = max(0, 1 - lambda/|a|) (0 where a = 0),  c_ij = sign(a) q_ij,
///   pred_i += sum_j q_ij y_i.(w'_j - w_j),
///   hinge  += sum_ij max(0, -c_ij y_i.w_j) + max(0, -c_ij y_i.w'_j).
/// Products in T, sums over a tile of patches and blocks in T, between tiles in 64-bit fixed point.
/// Neither Q nor Yw is stored.
///
/// "Resident" here and below: in Kernels::memory(), as are the pixels of every PatchSource. Everything else
/// is host memory.
template <class T>
struct DualForward {
  PatchSource<T> patches;
  ImageList images;
  DualBlocks<T> blocks;
  double lambda = 0.0;
  bool with_hinge = true;  ///< false: hinge and violation stay 0, and a pair costs 2d products instead of 3d
  FixedPoint pred_scale;
  FixedPoint hinge_scale;
  std::span<std::int64_t> pred;  ///< (images.size() * pixels_per_image), added to, resident
  double rho = 0.0;  ///< that of the step whose half this is, so that predictions have the bits of DualStep
  /// mu of the smoothed hinge (section 10): above 0, with_hinge sums max(0, -t)^2/2mu for -t < mu and -t -
  /// mu/2 beyond, in place of max(0, -t). max_violation stays that of the exact hinge.
  double width = 0.0;
};

/// What a forward half returns about the sign constraints.
struct HingeSums {
  std::int64_t hinge = 0;      ///< in DualForward::hinge_scale
  double max_violation = 0.0;  ///< largest single term of the hinge
};

/// Backward half of the dual pass, from the residual r = pred - x:
///   grad_w'_j += sum_i [  2 q_ij r_i - rho c_ij slope(c_ij y_i.w'_j) ] y_i,
///   grad_w_j  += sum_i [ -2 q_ij r_i - rho c_ij slope(c_ij y_i.w_j)  ] y_i,
/// the gradients of fit + rho * hinge without the group norm. slope(t) is 1{t < 0} for width 0 and
/// clip(-t/width, 0, 1) otherwise: any of them gives a valid certificate (section 5).
template <class T>
struct DualBackward {
  PatchSource<T> patches;
  ImageList images;
  DualBlocks<T> blocks;
  double lambda = 0.0;
  double rho = 0.0;  ///< 0: w and w' are not read, and grad_w = -grad_w'
  double width = 0.0;
  std::span<const T> residual;  ///< (images.size() * pixels_per_image), resident
  FixedPoint scale;
  std::span<std::int64_t> grad_w;        ///< (count, d), added to, resident
  std::span<std::int64_t> grad_w_prime;  ///< (count, d), added to, resident
};

/// Both halves in one call, for a rank that holds all blocks: DualForward without the hinge's value, r = pred
/// - x, DualBackward with sharp slopes. The bits are those of the separate halves; predictions and residuals
/// are not kept. If an implementation keeps a tile's gates between the halves, a pair costs 5d products (3d
/// for rho = 0) instead of 7d (4d).
template <class T>
struct DualStep {
  PatchSource<T> patches;
  ImageList images;
  DualBlocks<T> blocks;
  double lambda = 0.0;
  double rho = 0.0;  ///< 0: grad_w = -grad_w'
  FixedPoint pred_scale;
  const T* target = nullptr;  ///< x of every image of the source, (images, pixels_per_image), resident
  FixedPoint scale;
  std::span<std::int64_t> grad_w;        ///< (count, d), added to, resident
  std::span<std::int64_t> grad_w_prime;  ///< (count, d), added to, resident
};

/// The second derivative of the smoothed hinge (section 10) without its factor rho/mu, for every block a
/// symmetric d x d matrix:
///   of_w_j  += sum_i c_ij^2 1{-width < c_ij y_i.w_j  < 0} y_i y_i^T,
///   of_w'_j += sum_i c_ij^2 1{-width < c_ij y_i.w'_j < 0} y_i y_i^T.
/// Upper triangles, packed row by row: entry (a, b), a <= b, of a block at a d - a(a-1)/2 + b - a. Sums over
/// a tile of patches in T, between tiles in fixed point.
template <class T>
struct DualCurvature {
  PatchSource<T> patches;
  ImageList images;
  DualBlocks<T> blocks;
  double lambda = 0.0;
  double width = 0.0;  ///< mu > 0
  FixedPoint scale;
  std::span<std::int64_t> of_w;        ///< (count, d(d+1)/2), added to, resident
  std::span<std::int64_t> of_w_prime;  ///< (count, d(d+1)/2), added to, resident
};

/// Entries of a packed triangle of a symmetric d x d matrix.
constexpr int triangle(int d) { return d * (d + 1) / 2; }

/// Column sums of the gates of the blocks: q_sum_j += sum_i q_ij, c_sum_j += sum_i c_ij (w, w' are not read).
/// A block with q_sum = 0 on every rank is dead. Sums are host memory.
template <class T>
struct GateSums {
  PatchSource<T> patches;
  ImageList images;
  DualBlocks<T> blocks;
  double lambda = 0.0;
  FixedPoint scale;
  std::span<std::int64_t> q_sum;  ///< (count), added to
  std::span<std::int64_t> c_sum;  ///< (count), added to
};

/// How far each block must move along g_j to satisfy every sign constraint: alpha_j = max_i max(0, -s_ij
/// y_i.w_j)/|a_ij| over gated patches (section 4); w_j + alpha_j g_j is then feasible. Maxima are host
/// memory.
template <class T>
struct Repair {
  PatchSource<T> patches;
  ImageList images;
  DualBlocks<T> blocks;
  double lambda = 0.0;
  std::span<double> alpha_w;        ///< (count), maximum taken in place
  std::span<double> alpha_w_prime;  ///< (count), maximum taken in place
};

}  // namespace zerogap

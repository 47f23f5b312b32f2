// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "core/fixed_point.hpp"
#include "kernels/patches.hpp"

namespace zerogap {

/// One rank's filters of the primal network: u (count, d) row-major, v (count), in host memory.
template <class T>
struct PrimalFilters {
  const T* u = nullptr;
  const T* v = nullptr;
  std::int64_t count = 0;
  std::int64_t tile = 1;  ///< consecutive filters that may be added in floating point (comm/share.hpp)
};

/// Forward half of the primal pass (Eq. 19): pred_i += sum_k tau_lambda(y_i.u_k) v_k for the patches of the
/// listed images.
template <class T>
struct PrimalForward {
  PatchSource<T> patches;
  ImageList images;
  PrimalFilters<T> filters;
  double lambda = 0.0;
  FixedPoint pred_scale;
  std::span<std::int64_t> pred;  ///< (images.size() * pixels_per_image), added to, resident
};

/// Backward half, from the residual r = pred - x, without factors and regularisation:
///   sum_u_k += sum_i r_i 1{|y_i.u_k| > lambda} y_i   (grad_u_k = 2 v_k sum_u_k + 2 beta u_k),
///   sum_v_k += sum_i r_i tau_lambda(y_i.u_k)         (grad_v_k = 2 sum_v_k + 2 beta v_k).
template <class T>
struct PrimalBackward {
  PatchSource<T> patches;
  ImageList images;
  PrimalFilters<T> filters;
  double lambda = 0.0;
  std::span<const T> residual;  ///< (images.size() * pixels_per_image), resident
  FixedPoint scale_u;
  FixedPoint scale_v;
  std::span<std::int64_t> sum_u;  ///< (count, d), added to, resident
  std::span<std::int64_t> sum_v;  ///< (count), added to, resident
};

/// Both halves in one call, for a rank that holds all filters: the same bits as PrimalForward, r = pred - x,
/// PrimalBackward.
template <class T>
struct PrimalStep {
  PatchSource<T> patches;
  ImageList images;
  PrimalFilters<T> filters;
  double lambda = 0.0;
  FixedPoint pred_scale;
  const T* target = nullptr;  ///< x of every image of the source, (images, pixels_per_image), resident
  FixedPoint scale_u;
  FixedPoint scale_v;
  std::span<std::int64_t> sum_u;  ///< (count, d), added to, resident
  std::span<std::int64_t> sum_v;  ///< (count), added to, resident
};

}  // namespace zerogap

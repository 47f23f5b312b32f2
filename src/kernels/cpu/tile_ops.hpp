#pragma once

#include <cstddef>
#include <cstdint>

#include "core/fixed_point.hpp"
#include "kernels/dual.hpp"
#include "kernels/patches.hpp"
#include "kernels/primal.hpp"

namespace zerogap::cpu {

/// Patches of one tile, coefficient by coefficient: y[k * stride + i] is entry k of patch i. Entries past the
/// last patch are zero up to `stride`, a multiple of tile_padding: a zero patch adds nothing to any sum.
template <class T>
struct TileView {
  const T* y = nullptr;
  std::size_t stride = 0;
  int length = 0;  ///< d
};

/// At least two vectors of the widest target.
constexpr std::size_t tile_padding = 64;

/// Work on one tile, for one SIMD target. Filled in once per process by run-time dispatch (tile_ops.cpp);
/// what each member computes is said in kernels/dual.hpp and kernels/primal.hpp. Vectors hold patches;
/// weights are broadcast.
template <class T>
struct TileOps {
  const char* target;

  /// Cuts rows [first_row, first_row + rows) of an image into y (length * stride).
  void (*cut)(const PatchSource<T>& source, std::int64_t image, int first_row, int rows, T* y,
              std::size_t stride);

  /// Adds all blocks' predictions to pred (stride) in pred_scale, and the hinge to sums. Without the hinge
  /// only difference = w' - w (count, d) is read of the weights, with it only w and w'.
  void (*dual_forward)(const TileView<T>& tile, const DualForward<T>& pass, const T* difference,
                       std::int64_t* pred, HingeSums& sums);

  /// sums (2d) = this tile's gradient for block j: of w_j, then of w'_j; with rho = 0 only the latter is set.
  /// residual is padded to stride; coefficients (2 * stride) is scratch.
  void (*dual_backward)(const TileView<T>& tile, const DualBackward<T>& pass, std::int64_t j,
                        const T* residual, T* coefficients, double* sums);

  /// sums (2) = this tile's sums of q and c for block j.
  void (*gate_sums)(const TileView<T>& tile, const GateSums<T>& pass, std::int64_t j, double* sums);

  /// alpha (2) = this tile's largest step for w_j and for w'_j.
  void (*repair)(const TileView<T>& tile, const Repair<T>& pass, std::int64_t j, double* alpha);

  /// Adds all filters' predictions to pred (stride); returns the largest |y.u|.
  double (*primal_forward)(const TileView<T>& tile, const PrimalForward<T>& pass, std::int64_t* pred);

  /// sums (d + 1) = this tile's sum_u and sum_v for filter k; coefficients (stride) is scratch.
  void (*primal_backward)(const TileView<T>& tile, const PrimalBackward<T>& pass, std::int64_t k,
                          const T* residual, T* coefficients, double* sums);
};

/// The operations of the best target that this machine has.
template <class T>
const TileOps<T>& tile_ops();

}  // namespace zerogap::cpu

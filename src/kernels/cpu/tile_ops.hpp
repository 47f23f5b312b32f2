// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/fixed_point.hpp"
#include "kernels/patches.hpp"

namespace zerogap::cpu {

/// Most patches in a chunk, whose gates, residual and partial predictions are processed together.
constexpr int longest_chunk = 512;

/// A run of patches of one tile. Entry k of patch i is patches[i][offsets[k]]; patches are not copied.
template <class T>
struct Chunk {
  const T* const* patches = nullptr;
  const std::int32_t* offsets = nullptr;
  int count = 0;
  int length = 0;  ///< d
};

/// What the forward half keeps of the gates of a vector of blocks for the backward half: patch i and lane l
/// at [i * lanes + l].
template <class T>
struct Gates {
  T* c = nullptr;                ///< signed gates c_ij
  std::uint8_t* bits = nullptr;  ///< sharp slopes: where c_ij y_i.w_j < 0 (2 bytes a patch), and where
                                 ///< c_ij y_i.w'_j < 0 (the next 2)
  T* pull = nullptr;             ///< smooth slopes: rho c slope(c y.w); curvature: c^2 1{-mu < c y.w < 0}
  T* pull_prime = nullptr;       ///< ... and the same of w'
};

/// The hinge of a vector of blocks on one chunk, by lane.
template <class T>
struct HingeLanes {
  T* sum;
  T* largest;
};

/// Which inner products are taken with a vector of blocks, and what they are used for.
enum class Form {
  predict,         ///< y.g, y.(w' - w): predictions
  predict_signed,  ///< y.g, y.w, y.w': predictions, and the hinge if requested
  step,            ///< y.g, y.(w' - w): predictions and gates
  step_signed,     ///< y.g, y.w, y.w': predictions, gates and sharp slopes
  gates,           ///< y.g: gates
  gates_signed,    ///< y.g, y.w, y.w': gates and sharp slopes
  gates_smooth,    ///< y.g, y.w, y.w': gates and smooth slopes
  gates_curved,    ///< y.g, y.w, y.w': curvature
  count
};

/// How many weights a form reads of each block.
constexpr int sets_of(Form form) {
  return form == Form::gates ? 1 : form == Form::predict || form == Form::step ? 2 : 3;
}

/// lambda, and for slopes rho and width: 0 if they are sharp.
struct GateNumbers {
  double lambda = 0.0, rho = 0.0, width = 0.0;
};

/// Work on a chunk of patches with one vector of blocks (or filters), for one SIMD target: lanes hold blocks,
/// patches are broadcast. Weights are packed: entry k of set s of lane l at [(s * d + k) * lanes + l], zeros
/// where there is no block. Filled in once per process by run-time dispatch (tile_ops.cpp).
template <class T>
struct TileOps {
  const char* target;
  int lanes;

  /// Inner products and gates. partial (count * lanes): predictions, added to in floating point; hinge may be
  /// null. Both are only used by the forms that list them.
  using GatesOp = void (*)(const Chunk<T>& chunk, const T* weights, const GateNumbers& numbers, T* partial,
                           const Gates<T>& gates, const HingeLanes<T>* hinge);
  GatesOp gates[static_cast<int>(Form::count)];

  /// sums (2d * lanes; w, then w') += this chunk's gradients from twice the residual, in floating point,
  /// patch by patch. Without slopes only the half of w' is changed.
  using ApplyOp = void (*)(const Chunk<T>& chunk, const Gates<T>& gates, const T* twice_residual, double rho,
                           T* sums);
  ApplyOp apply_free, apply_sharp, apply_smooth;

  /// sums (d(d+1) * lanes; the triangle of w, then that of w') += this chunk's curvature, in floating point,
  /// patch by patch.
  void (*apply_curved)(const Chunk<T>& chunk, const Gates<T>& gates, T* sums);

  /// partial (count * lanes) += tau(y.u) v; shrunk (count * lanes), where not null, becomes tau(y.u); largest
  /// (lanes) is raised to |y.u|. weights: u; v (lanes).
  void (*primal_forward)(const Chunk<T>& chunk, const T* weights, const T* v, double lambda, T* partial,
                         T* shrunk, T* largest);
  /// sums ((d + 1) * lanes; u, then v) += this chunk's sums, in floating point, patch by patch.
  void (*primal_apply)(const Chunk<T>& chunk, const T* shrunk, const T* residual, T* sums);

  /// sums (2 * lanes; q, then c) += this chunk's column sums of the gates. weights: g.
  void (*gate_sums)(const Chunk<T>& chunk, const T* weights, double lambda, T* sums);
  /// alpha (2 * lanes; w, then w') is raised to this chunk's largest steps. weights: g, w, w'.
  void (*repair)(const Chunk<T>& chunk, const T* weights, double lambda, T* alpha);

  /// total[i] += fixed(value[i]) for i < n, a multiple of lanes; then value[i] = 0.
  void (*flush)(T* value, std::int64_t* total, std::size_t n, double scale);
  /// The same if only the total over each vector's lanes matters: lanes are added in floating point in pairs,
  /// and the sums go to some of the vector's totals.
  void (*fold)(T* value, std::int64_t* total, std::size_t n, double scale);
};

/// The operations of the best target that this machine has.
template <class T>
const TileOps<T>& tile_ops();

/// No target has more lanes.
constexpr int most_lanes = 16;

}  // namespace zerogap::cpu

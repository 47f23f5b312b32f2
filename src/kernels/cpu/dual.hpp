// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "kernels/cpu/engine.hpp"
#include "kernels/dual.hpp"

namespace zerogap::cpu {

/// The dual network's passes. Lanes hold blocks; a chunk's gates are kept between the halves of a step.
template <class T>
class DualPasses {
 public:
  explicit DualPasses(Engine<T>& engine) : engine_(&engine) {}

  HingeSums forward(const DualForward<T>& pass);
  void backward(const DualBackward<T>& pass);
  /// For at most blocks_at_once blocks.
  void step(const DualStep<T>& pass);
  void curvature(const DualCurvature<T>& pass);
  void gate_sums(const GateSums<T>& pass);
  void repair(const Repair<T>& pass);

 private:
  void pack(const DualBlocks<T>& blocks, int length, Form form);
  /// Predictions of a chunk by all packed blocks; gates are kept if the form asks for it.
  void predict(Scratch<T>& scratch, const Chunk<T>& chunk, Form form, const GateNumbers& numbers,
               std::int64_t tile, const FixedPoint& scale, HingeSums* hinge, const FixedPoint& hinge_scale);
  Gates<T> gates(Scratch<T>& scratch, const Chunk<T>& chunk, std::int64_t vector) const;
  void backward_group(const DualBackward<T>& pass);
  /// The destination of the blocks' sums: (count, entries) of w and of w', added to.
  struct Target {
    int entries;
    bool mirrored;  ///< w gets the negative of what w' gets
    std::int64_t *w, *w_prime;
  };
  /// Runs body over all chunks of the pass's patches, then adds the scratches' sums to the target.
  template <class Pass, class Before, class Body>
  void reduce(const Pass& pass, const Target& to, int longest, Before before, Body body);
  void curvature_group(const DualCurvature<T>& pass);
  typename TileOps<T>::GatesOp gates_op(Form form) const {
    return engine_->ops().gates[static_cast<int>(form)];
  }
  /// Sums of one vector of blocks: w, then w'.
  std::size_t sums_size(int length) const { return 2 * static_cast<std::size_t>(length) * engine_->lanes(); }
  /// Adds a thread's totals to the target.
  void merge(const Scratch<T>& scratch, std::int64_t count, const Target& to) const;

  Engine<T>* engine_;
  Packed<T> packed_;
  std::vector<T> difference_;
};

}  // namespace zerogap::cpu

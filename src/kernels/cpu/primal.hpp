// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/cpu/engine.hpp"
#include "kernels/primal.hpp"

namespace zerogap::cpu {

/// The primal network's passes. Lanes hold filters; a chunk's shrunk activations are kept between the halves
/// of a step.
template <class T>
class PrimalPasses {
 public:
  explicit PrimalPasses(Engine<T>& engine) : engine_(&engine) {}

  double forward(const PrimalForward<T>& pass);
  void backward(const PrimalBackward<T>& pass);
  /// For at most blocks_at_once filters.
  void step(const PrimalStep<T>& pass);

 private:
  void pack(const PrimalFilters<T>& filters, int length);
  /// Predictions of a chunk by all packed filters; shrunk activations are kept on request. Returns the
  /// largest activation.
  double predict(Scratch<T>& scratch, const Chunk<T>& chunk, double lambda, std::int64_t tile,
                 const FixedPoint& scale, bool keep);
  void backward_group(const PrimalBackward<T>& pass);
  /// Sums of one vector of filters: u, then v.
  std::size_t sums_size(int length) const { return static_cast<std::size_t>(length + 1) * engine_->lanes(); }
  /// Adds a tile's sums to the totals and zeroes them; u and v have their own scales.
  void flush(Scratch<T>& scratch, int length, const FixedPoint& scale_u, const FixedPoint& scale_v) const;
  void merge(const Scratch<T>& scratch, int length, std::int64_t count, std::int64_t* sum_u,
             std::int64_t* sum_v) const;

  Engine<T>* engine_;
  Packed<T> packed_u_, packed_v_;
};

}  // namespace zerogap::cpu

// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/primal.hpp"

namespace zerogap::cpu {

template <class T>
void PrimalPasses<T>::pack(const PrimalFilters<T>& filters, int length) {
  const T* const u[] = {filters.u};
  const T* const v[] = {filters.v};
  packed_u_.pack(u, filters.count, length, engine_->ops().lanes);
  packed_v_.pack(v, filters.count, 1, engine_->ops().lanes);
}

template <class T>
double PrimalPasses<T>::predict(Scratch<T>& scratch, const Chunk<T>& chunk, double lambda, std::int64_t tile,
                                const FixedPoint& scale, bool keep) {
  const std::int64_t depth = engine_->depth(tile);
  const bool folded = engine_->whole_vectors(tile);
  alignas(128) T largest[most_lanes] = {};
  const std::size_t kept = static_cast<std::size_t>(chunk.count) * engine_->lanes();
  for (std::int64_t vector = 0; vector < packed_u_.vectors(); ++vector) {
    engine_->ops().primal_forward(
        chunk, packed_u_.vector(vector), packed_v_.vector(vector), lambda, scratch.partial.data(),
        keep ? scratch.c.data() + static_cast<std::size_t>(vector) * kept : nullptr, largest);
    if ((vector + 1) % depth == 0 || vector + 1 == packed_u_.vectors())
      engine_->flush_partial(scratch, chunk.count, scale, folded);
  }
  return *std::max_element(largest, largest + most_lanes);
}

template <class T>
double PrimalPasses<T>::forward(const PrimalForward<T>& pass) {
  pack(pass.filters, pass.patches.length);
  double largest = 0.0;
  engine_->chunks(
      pass.patches, pass.images, longest_chunk,
      [&](Scratch<T>& scratch) { scratch.for_gates(engine_->ops().lanes, longest_chunk, 0, false); },
      [&](Scratch<T>& scratch, const auto& place, const Chunk<T>& chunk) {
        const double here = predict(scratch, chunk, pass.lambda, pass.filters.tile, pass.pred_scale, false);
        for (int i = 0; i < chunk.count; ++i)
          pass.pred[static_cast<std::size_t>(place.offset + i)] += engine_->take_prediction(scratch, i);
#pragma omp critical(zerogap_largest)
        largest = std::max(largest, here);
      },
      [](Scratch<T>&) {}, [](Scratch<T>&) {});
  return largest;
}

template <class T>
void PrimalPasses<T>::flush(Scratch<T>& scratch, int length, const FixedPoint& scale_u,
                            const FixedPoint& scale_v) const {
  const std::size_t size = sums_size(length), of_u = static_cast<std::size_t>(length) * engine_->lanes();
  for (std::int64_t vector = 0; vector < packed_u_.vectors(); ++vector) {
    const std::size_t at = static_cast<std::size_t>(vector) * size;
    engine_->ops().flush(scratch.sums.data() + at, scratch.totals.data() + at, of_u, scale_u.scale());
    engine_->ops().flush(scratch.sums.data() + at + of_u, scratch.totals.data() + at + of_u, engine_->lanes(),
                         scale_v.scale());
  }
}

template <class T>
void PrimalPasses<T>::merge(const Scratch<T>& scratch, int length, std::int64_t count, std::int64_t* sum_u,
                            std::int64_t* sum_v) const {
  const int lanes = engine_->ops().lanes;
  scatter(scratch.totals.data(), sums_size(length), length, lanes, count, sum_u);
  scatter(scratch.totals.data() + static_cast<std::size_t>(length) * engine_->lanes(), sums_size(length), 1,
          lanes, count, sum_v);
}

template <class T>
void PrimalPasses<T>::backward(const PrimalBackward<T>& pass) {
  const int length = pass.patches.length;
  for (std::int64_t first = 0; first < pass.filters.count; first += blocks_at_once) {
    const std::int64_t count = std::min(pass.filters.count, first + blocks_at_once) - first;
    auto group = pass;
    group.filters = {pass.filters.u + first * length, pass.filters.v + first, count, pass.filters.tile};
    group.sum_u = pass.sum_u.subspan(static_cast<std::size_t>(first * length),
                                     static_cast<std::size_t>(count * length));
    group.sum_v = pass.sum_v.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    backward_group(group);
  }
}

template <class T>
void PrimalPasses<T>::backward_group(const PrimalBackward<T>& pass) {
  pack(pass.filters, pass.patches.length);
  const auto& ops = engine_->ops();
  const std::size_t size = sums_size(pass.patches.length);
  engine_->chunks(
      pass.patches, pass.images, longest_chunk,
      [&](Scratch<T>& scratch) {
        scratch.for_gates(ops.lanes, longest_chunk, 1, false);
        scratch.for_sums(size * static_cast<std::size_t>(packed_u_.vectors()));
      },
      [&](Scratch<T>& scratch, const auto& place, const Chunk<T>& chunk) {
        alignas(128) T largest[most_lanes] = {};
        const T* residual = pass.residual.data() + place.offset;
        for (std::int64_t vector = 0; vector < packed_u_.vectors(); ++vector) {
          ops.primal_forward(chunk, packed_u_.vector(vector), packed_v_.vector(vector), pass.lambda,
                             scratch.partial.data(), scratch.c.data(), largest);
          ops.primal_apply(chunk, scratch.c.data(), residual,
                           scratch.sums.data() + static_cast<std::size_t>(vector) * size);
        }
        // The predictions that were computed with the activations are discarded.
        std::fill_n(scratch.partial.data(), static_cast<std::size_t>(chunk.count) * engine_->lanes(), T{0});
      },
      [&](Scratch<T>& scratch) { flush(scratch, pass.patches.length, pass.scale_u, pass.scale_v); },
      [&](Scratch<T>& scratch) {
        merge(scratch, pass.patches.length, pass.filters.count, pass.sum_u.data(), pass.sum_v.data());
      });
}

template <class T>
void PrimalPasses<T>::step(const PrimalStep<T>& pass) {
  pack(pass.filters, pass.patches.length);
  const auto& ops = engine_->ops();
  const std::int64_t vectors = packed_u_.vectors(), pixels = pass.patches.pixels_per_image();
  const int longest = engine_->chunk_patches(vectors);
  const std::size_t size = sums_size(pass.patches.length);
  engine_->chunks(
      pass.patches, pass.images, longest,
      [&](Scratch<T>& scratch) {
        scratch.for_gates(ops.lanes, static_cast<std::size_t>(longest), static_cast<std::size_t>(vectors),
                          false);
        scratch.for_sums(size * static_cast<std::size_t>(vectors));
      },
      [&](Scratch<T>& scratch, const auto& place, const Chunk<T>& chunk) {
        predict(scratch, chunk, pass.lambda, pass.filters.tile, pass.pred_scale, true);
        const T* x = pass.target + place.image * pixels + place.pixel;
        for (int i = 0; i < chunk.count; ++i) {
          const double r = pass.pred_scale.real(engine_->take_prediction(scratch, i)) - double{x[i]};
          scratch.residual.data()[i] = static_cast<T>(r);
        }
        for (std::int64_t vector = 0; vector < vectors; ++vector)
          ops.primal_apply(chunk,
                           scratch.c.data() + static_cast<std::size_t>(vector) *
                                                  static_cast<std::size_t>(chunk.count) * engine_->lanes(),
                           scratch.residual.data(),
                           scratch.sums.data() + static_cast<std::size_t>(vector) * size);
      },
      [&](Scratch<T>& scratch) { flush(scratch, pass.patches.length, pass.scale_u, pass.scale_v); },
      [&](Scratch<T>& scratch) {
        merge(scratch, pass.patches.length, pass.filters.count, pass.sum_u.data(), pass.sum_v.data());
      });
}

template class PrimalPasses<float>;
template class PrimalPasses<double>;

}  // namespace zerogap::cpu

// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/dual.hpp"

namespace zerogap::cpu {
namespace {

/// Blocks [first, last) of some.
template <class T>
DualBlocks<T> part_of(const DualBlocks<T>& blocks, std::int64_t first, std::int64_t last, int length) {
  const auto shifted = [&](const T* rows) { return rows == nullptr ? nullptr : rows + first * length; };
  return {shifted(blocks.g), shifted(blocks.w), shifted(blocks.w_prime), last - first, blocks.tile};
}

}  // namespace

template <class T>
void DualPasses<T>::pack(const DualBlocks<T>& blocks, int length, Form form) {
  std::vector<const T*> sets{blocks.g};
  if (sets_of(form) == 2) {
    const auto entries = static_cast<std::size_t>(blocks.count * length);
    difference_.resize(entries);
    std::transform(blocks.w_prime, blocks.w_prime + entries, blocks.w, difference_.begin(), std::minus<T>());
    sets.push_back(difference_.data());
  } else if (sets_of(form) == 3) {
    sets.push_back(blocks.w);
    sets.push_back(blocks.w_prime);
  }
  packed_.pack(sets, blocks.count, length, engine_->ops().lanes);
}

template <class T>
Gates<T> DualPasses<T>::gates(Scratch<T>& scratch, const Chunk<T>& chunk, std::int64_t vector) const {
  const std::size_t patch = static_cast<std::size_t>(vector) * static_cast<std::size_t>(chunk.count),
                    at = patch * engine_->lanes();
  const bool smooth = at < scratch.pull.size();
  return {scratch.c.data() + at, scratch.bits.data() + 4 * patch, smooth ? scratch.pull.data() + at : nullptr,
          smooth ? scratch.pull_prime.data() + at : nullptr};
}

template <class T>
void DualPasses<T>::predict(Scratch<T>& scratch, const Chunk<T>& chunk, Form form, const GateNumbers& numbers,
                            std::int64_t tile, const FixedPoint& scale, HingeSums* hinge,
                            const FixedPoint& hinge_scale) {
  const auto op = gates_op(form);
  const std::int64_t depth = engine_->depth(tile);
  const bool folded = engine_->whole_vectors(tile);
  alignas(128) T sum[most_lanes] = {}, largest[most_lanes] = {};
  const HingeLanes<T> lanes{sum, largest};
  const bool keep = form == Form::step || form == Form::step_signed;
  for (std::int64_t vector = 0; vector < packed_.vectors(); ++vector) {
    op(chunk, packed_.vector(vector), numbers, scratch.partial.data(),
       keep ? gates(scratch, chunk, vector) : Gates<T>{}, hinge != nullptr ? &lanes : nullptr);
    if (hinge != nullptr)
      for (std::size_t l = 0; l < engine_->lanes(); ++l)
        hinge->hinge += hinge_scale.fixed(static_cast<double>(sum[l]));
    if ((vector + 1) % depth == 0 || vector + 1 == packed_.vectors())
      engine_->flush_partial(scratch, chunk.count, scale, folded);
  }
  if (hinge != nullptr)
    for (const T here : largest)
      hinge->max_violation = std::max(hinge->max_violation, static_cast<double>(here));
}

template <class T>
HingeSums DualPasses<T>::forward(const DualForward<T>& pass) {
  const Form form = pass.with_hinge || pass.rho > 0.0 ? Form::predict_signed : Form::predict;
  pack(pass.blocks, pass.patches.length, form);
  const GateNumbers numbers{pass.lambda, pass.rho, pass.width};
  HingeSums total;
  engine_->chunks(
      pass.patches, pass.images, longest_chunk,
      [&](Scratch<T>& scratch) { scratch.for_gates(engine_->ops().lanes, longest_chunk, 0, false); },
      [&](Scratch<T>& scratch, const auto& place, const Chunk<T>& chunk) {
        HingeSums here;
        predict(scratch, chunk, form, numbers, pass.blocks.tile, pass.pred_scale,
                pass.with_hinge ? &here : nullptr, pass.hinge_scale);
        for (int i = 0; i < chunk.count; ++i)
          pass.pred[static_cast<std::size_t>(place.offset + i)] += engine_->take_prediction(scratch, i);
        if (!pass.with_hinge) return;
#pragma omp critical(zerogap_hinge)
        {
          total.hinge += here.hinge;
          total.max_violation = std::max(total.max_violation, here.max_violation);
        }
      },
      [](Scratch<T>&) {}, [](Scratch<T>&) {});
  return total;
}

template <class T>
void DualPasses<T>::merge(const Scratch<T>& scratch, std::int64_t count, const Target& to) const {
  const int lanes = engine_->ops().lanes;
  const std::size_t stride = sums_size(to.entries);
  const std::int64_t* totals = scratch.totals.data();
  scatter(totals + stride / 2, stride, to.entries, lanes, count, to.w_prime);
  scatter(to.mirrored ? totals + stride / 2 : totals, stride, to.entries, lanes, count, to.w,
          to.mirrored ? -1 : 1);
}

template <class T>
template <class Pass, class Before, class Body>
void DualPasses<T>::reduce(const Pass& pass, const Target& to, int longest, Before before, Body body) {
  const std::size_t all = sums_size(to.entries) * static_cast<std::size_t>(packed_.vectors());
  engine_->chunks(
      pass.patches, pass.images, longest,
      [&](Scratch<T>& scratch) {
        before(scratch);
        scratch.for_sums(all);
      },
      body,
      [&](Scratch<T>& scratch) {
        engine_->ops().flush(scratch.sums.data(), scratch.totals.data(), all, pass.scale.scale());
      },
      [&](Scratch<T>& scratch) { merge(scratch, pass.blocks.count, to); });
}

template <class T>
void DualPasses<T>::backward(const DualBackward<T>& pass) {
  const int length = pass.patches.length;
  for (std::int64_t first = 0; first < pass.blocks.count; first += blocks_at_once) {
    const std::int64_t last = std::min(pass.blocks.count, first + blocks_at_once);
    const auto at = static_cast<std::size_t>(first * length),
               entries = static_cast<std::size_t>((last - first) * length);
    auto group = pass;
    group.blocks = part_of(pass.blocks, first, last, length);
    group.grad_w = pass.grad_w.subspan(at, entries);
    group.grad_w_prime = pass.grad_w_prime.subspan(at, entries);
    backward_group(group);
  }
}

template <class T>
void DualPasses<T>::backward_group(const DualBackward<T>& pass) {
  const bool free = pass.rho <= 0.0, smooth = !free && pass.width > 0.0;
  const Form form = free ? Form::gates : smooth ? Form::gates_smooth : Form::gates_signed;
  const auto& ops = engine_->ops();
  const auto op = gates_op(form);
  const auto apply = free ? ops.apply_free : smooth ? ops.apply_smooth : ops.apply_sharp;
  pack(pass.blocks, pass.patches.length, form);
  const GateNumbers numbers{pass.lambda, pass.rho, smooth ? pass.width : 0.0};
  const std::size_t size = sums_size(pass.patches.length);
  reduce(
      pass, {pass.patches.length, free, pass.grad_w.data(), pass.grad_w_prime.data()}, longest_chunk,
      [&](Scratch<T>& scratch) { scratch.for_gates(ops.lanes, longest_chunk, 1, smooth); },
      [&](Scratch<T>& scratch, const auto& place, const Chunk<T>& chunk) {
        for (int i = 0; i < chunk.count; ++i)
          scratch.residual.data()[i] = 2 * pass.residual[static_cast<std::size_t>(place.offset + i)];
        for (std::int64_t vector = 0; vector < packed_.vectors(); ++vector) {
          const auto kept = gates(scratch, chunk, 0);
          op(chunk, packed_.vector(vector), numbers, nullptr, kept, nullptr);
          apply(chunk, kept, scratch.residual.data(), pass.rho,
                scratch.sums.data() + static_cast<std::size_t>(vector) * size);
        }
      });
}

template <class T>
void DualPasses<T>::step(const DualStep<T>& pass) {
  const bool free = pass.rho <= 0.0;
  const Form form = free ? Form::step : Form::step_signed;
  const auto& ops = engine_->ops();
  const auto apply = free ? ops.apply_free : ops.apply_sharp;
  pack(pass.blocks, pass.patches.length, form);
  const GateNumbers numbers{pass.lambda, pass.rho, 0.0};
  const std::int64_t vectors = packed_.vectors();
  const int longest = engine_->chunk_patches(vectors);
  const std::int64_t pixels = pass.patches.pixels_per_image();
  const std::size_t size = sums_size(pass.patches.length);
  reduce(
      pass, {pass.patches.length, free, pass.grad_w.data(), pass.grad_w_prime.data()}, longest,
      [&](Scratch<T>& scratch) {
        scratch.for_gates(ops.lanes, static_cast<std::size_t>(longest), static_cast<std::size_t>(vectors),
                          false);
      },
      [&](Scratch<T>& scratch, const auto& place, const Chunk<T>& chunk) {
        predict(scratch, chunk, form, numbers, pass.blocks.tile, pass.pred_scale, nullptr, {});
        const T* x = pass.target + place.image * pixels + place.pixel;
        for (int i = 0; i < chunk.count; ++i) {
          const double r = pass.pred_scale.real(engine_->take_prediction(scratch, i)) - double{x[i]};
          scratch.residual.data()[i] = 2 * static_cast<T>(r);
        }
        for (std::int64_t vector = 0; vector < vectors; ++vector)
          apply(chunk, gates(scratch, chunk, vector), scratch.residual.data(), pass.rho,
                scratch.sums.data() + static_cast<std::size_t>(vector) * size);
      });
}

template <class T>
void DualPasses<T>::curvature(const DualCurvature<T>& pass) {
  const int length = pass.patches.length, entries = triangle(length);
  // As many blocks at once as fit into the scratch of a backward pass.
  const std::int64_t lanes = engine_->ops().lanes,
                     at_once = std::max(lanes, blocks_at_once * length / entries / lanes * lanes);
  for (std::int64_t first = 0; first < pass.blocks.count; first += at_once) {
    const std::int64_t last = std::min(pass.blocks.count, first + at_once);
    const auto at = static_cast<std::size_t>(first * entries),
               here = static_cast<std::size_t>((last - first) * entries);
    auto group = pass;
    group.blocks = part_of(pass.blocks, first, last, length);
    group.of_w = pass.of_w.subspan(at, here);
    group.of_w_prime = pass.of_w_prime.subspan(at, here);
    curvature_group(group);
  }
}

template <class T>
void DualPasses<T>::curvature_group(const DualCurvature<T>& pass) {
  pack(pass.blocks, pass.patches.length, Form::gates_curved);
  const auto& ops = engine_->ops();
  const auto op = gates_op(Form::gates_curved);
  const GateNumbers numbers{pass.lambda, 0.0, pass.width};
  const int entries = triangle(pass.patches.length);
  const std::size_t size = sums_size(entries);
  reduce(
      pass, {entries, false, pass.of_w.data(), pass.of_w_prime.data()}, longest_chunk,
      [&](Scratch<T>& scratch) { scratch.for_gates(ops.lanes, longest_chunk, 1, true); },
      [&](Scratch<T>& scratch, const auto&, const Chunk<T>& chunk) {
        for (std::int64_t vector = 0; vector < packed_.vectors(); ++vector) {
          const auto kept = gates(scratch, chunk, 0);
          op(chunk, packed_.vector(vector), numbers, nullptr, kept, nullptr);
          ops.apply_curved(chunk, kept, scratch.sums.data() + static_cast<std::size_t>(vector) * size);
        }
      });
}

template <class T>
void DualPasses<T>::gate_sums(const GateSums<T>& pass) {
  pack(pass.blocks, pass.patches.length, Form::gates);
  const auto& ops = engine_->ops();
  const std::size_t size = 2 * engine_->lanes(), all = size * static_cast<std::size_t>(packed_.vectors());
  engine_->chunks(
      pass.patches, pass.images, longest_chunk,
      [&](Scratch<T>& scratch) {
        scratch.for_gates(ops.lanes, longest_chunk, 0, false);
        scratch.for_sums(all);
      },
      [&](Scratch<T>& scratch, const auto&, const Chunk<T>& chunk) {
        for (std::int64_t vector = 0; vector < packed_.vectors(); ++vector)
          ops.gate_sums(chunk, packed_.vector(vector), pass.lambda,
                        scratch.sums.data() + static_cast<std::size_t>(vector) * size);
      },
      [&](Scratch<T>& scratch) {
        ops.flush(scratch.sums.data(), scratch.totals.data(), all, pass.scale.scale());
      },
      [&](Scratch<T>& scratch) {
        scatter(scratch.totals.data(), size, 1, ops.lanes, pass.blocks.count, pass.q_sum.data());
        scatter(scratch.totals.data() + engine_->lanes(), size, 1, ops.lanes, pass.blocks.count,
                pass.c_sum.data());
      });
}

template <class T>
void DualPasses<T>::repair(const Repair<T>& pass) {
  pack(pass.blocks, pass.patches.length, Form::gates_signed);
  const auto& ops = engine_->ops();
  const std::size_t lanes = engine_->lanes(), size = 2 * lanes;
  engine_->chunks(
      pass.patches, pass.images, longest_chunk,
      [&](Scratch<T>& scratch) {
        scratch.for_gates(ops.lanes, longest_chunk, 0, false);
        scratch.for_sums(size * static_cast<std::size_t>(packed_.vectors()));
      },
      [&](Scratch<T>& scratch, const auto&, const Chunk<T>& chunk) {
        for (std::int64_t vector = 0; vector < packed_.vectors(); ++vector)
          ops.repair(chunk, packed_.vector(vector), pass.lambda,
                     scratch.sums.data() + static_cast<std::size_t>(vector) * size);
      },
      [](Scratch<T>&) {},
      [&](Scratch<T>& scratch) {
        for (std::int64_t j = 0; j < pass.blocks.count; ++j) {
          const auto block = static_cast<std::size_t>(j);
          const T* alpha = scratch.sums.data() + block / lanes * size + block % lanes;
          pass.alpha_w[block] = std::max(pass.alpha_w[block], static_cast<double>(alpha[0]));
          pass.alpha_w_prime[block] = std::max(pass.alpha_w_prime[block], static_cast<double>(alpha[lanes]));
        }
      });
}

template class DualPasses<float>;
template class DualPasses<double>;

}  // namespace zerogap::cpu

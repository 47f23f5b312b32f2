// SPDX-License-Identifier: Apache-2.0
#include "cuda/backward.cuh"

#include "cuda/backward_wide.cuh"
#include "cuda/launch.hpp"

namespace zerogap::cuda {
namespace {

/// to (d, stride) = the transpose of from (blocks, d), with zeros after the last block.
template <class T>
__global__ void transpose(const T* from, std::int64_t blocks, int d, std::int64_t stride, T* to) {
  const std::int64_t at =
      std::int64_t{blockIdx.x} * static_cast<int>(blockDim.x) + static_cast<int>(threadIdx.x);
  if (at >= stride * d) return;
  const std::int64_t k = at / stride, j = at - k * stride;
  to[at] = j < blocks ? from[j * d + k] : T{0};
}

/// Merges the slices of parts (slices, entries, stride), entry blockIdx.y, with the results.
template <class Rule>
__global__ void merge_slices(const std::int64_t* parts, int slices, std::int64_t stride, std::int64_t blocks,
                             int d, BackwardResults results) {
  const std::int64_t j =
      std::int64_t{blockIdx.x} * static_cast<int>(blockDim.x) + static_cast<int>(threadIdx.x);
  if (j >= blocks) return;
  const std::int64_t entries = gridDim.y;
  const int entry = static_cast<int>(blockIdx.y);
  std::int64_t sum = parts[entry * stride + j];
  for (int slice = 1; slice < slices; ++slice)
    sum = Rule::merge(sum, parts[(slice * entries + entry) * stride + j]);
  if (entry >= Rule::vectors * d) {
    std::int64_t& to = (entry == Rule::vectors * d ? results.scalars[0] : results.scalars[1])[j];
    to = Rule::merge(to, sum);
    return;
  }
  const std::int64_t at = j * d + entry % d;
  std::int64_t& to = (entry < d ? results.vectors[0] : results.vectors[1])[at];
  to = Rule::merge(to, sum);
  if (results.mirrored) results.vectors[1][at] -= sum;
}

/// Transposes the block's vectors for a wide kernel, and sets pass.weights to them.
template <class T>
void transpose_weights(const Site& site, int products, BackwardPass<T>& pass) {
  const int d = pass.patches.length;
  const std::int64_t size = pass.stride * d;
  T* const to = site.scratch.reserve<T>(Slot::transposed, static_cast<std::size_t>(products * size));
  for (int p = 0; p < products; ++p) {
    launch(transpose<T>, dim3(static_cast<unsigned>(parts_of<std::int64_t>(size, 256))), 256, site.stream,
           "transposing weights on the GPU", pass.weights[p], pass.blocks, d, pass.stride, to + p * size);
    pass.weights[p] = to + p * size;
  }
}

template <class T, int D, class Rule>
void launch_rule(const Site& site, BackwardPass<T> pass, const BackwardResults& results) {
  constexpr bool narrow = D == 1 || D == 9;
  void (*kernel)(BackwardPass<T>) = nullptr;
  int threads = 0;
  if constexpr (narrow) {
    kernel = backward_narrow<T, D, Rule>;
    threads = NarrowShape<T>::threads;
  } else {
    kernel = backward_wide<T, D, Rule>;
    threads = WideShape<T, D>::threads;
  }
  const int d = pass.patches.length, entries = Rule::vectors * d + Rule::scalars;
  const std::int64_t columns = parts_of<std::int64_t>(pass.blocks, threads);
  pass.stride = columns * threads;
  const std::int64_t size = entries * pass.stride;
  const int slices = slices_for(site.memory, kernel, threads, columns, pass.patches.tiles,
                                slices_memory / (size * std::int64_t{sizeof(std::int64_t)}));
  pass.slice = parts_of<std::int64_t>(pass.patches.tiles, slices);
  pass.parts = site.scratch.reserve<std::int64_t>(Slot::parts, static_cast<std::size_t>(slices * size));
  if (!narrow) transpose_weights(site, Rule::products, pass);
  if (D == 0) pass.running = site.scratch.reserve<T>(Slot::running, static_cast<std::size_t>(slices * size));

  launch(kernel, dim3(static_cast<unsigned>(columns), static_cast<unsigned>(slices)), threads, site.stream,
         "a backward pass on the GPU", pass);
  launch(
      merge_slices<Rule>,
      dim3(static_cast<unsigned>(parts_of<std::int64_t>(pass.blocks, 128)), static_cast<unsigned>(entries)),
      128, site.stream, "adding gradients on the GPU", pass.parts, slices, pass.stride, pass.blocks, d,
      results);
}

template <class T, class Rule>
void launch_length(const Site& site, const BackwardPass<T>& pass, const BackwardResults& results) {
  switch (pass.patches.length) {
    case 1:
      return launch_rule<T, 1, Rule>(site, pass, results);
    case 9:
      return launch_rule<T, 9, Rule>(site, pass, results);
    case 25:
      return launch_rule<T, 25, Rule>(site, pass, results);
    case 49:
      return launch_rule<T, 49, Rule>(site, pass, results);
    default:
      return launch_rule<T, 0, Rule>(site, pass, results);
  }
}

}  // namespace

template <class T>
void launch_backward(const Site& site, BackwardKind kind, BackwardPass<T> pass,
                     const BackwardResults& results) {
  switch (kind) {
    case BackwardKind::dual_free:
      return launch_length<T, FreeDualRule<T>>(site, pass, results);
    case BackwardKind::dual_sharp:
      return launch_length<T, DualRule<T, true>>(site, pass, results);
    case BackwardKind::dual_smooth:
      return launch_length<T, DualRule<T, false>>(site, pass, results);
    case BackwardKind::dual_curved:
      return launch_length<T, CurvedRule<T>>(site, pass, results);
    case BackwardKind::primal:
      return launch_length<T, PrimalRule<T>>(site, pass, results);
    case BackwardKind::gates:
      return launch_length<T, GateRule<T>>(site, pass, results);
    case BackwardKind::repair:
      return launch_length<T, RepairRule<T>>(site, pass, results);
  }
}

template void launch_backward(const Site&, BackwardKind, BackwardPass<float>, const BackwardResults&);
template void launch_backward(const Site&, BackwardKind, BackwardPass<double>, const BackwardResults&);

}  // namespace zerogap::cuda

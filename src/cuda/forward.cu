// SPDX-License-Identifier: Apache-2.0
#include "cuda/forward.cuh"

#include "cuda/launch.hpp"

namespace zerogap::cuda {
namespace {

/// pred (count) += sum over the slices of parts (slices, count).
__global__ void add_slices(const std::int64_t* parts, int slices, std::int64_t count, std::int64_t* pred) {
  const std::int64_t i =
      std::int64_t{blockIdx.x} * static_cast<int>(blockDim.x) + static_cast<int>(threadIdx.x);
  if (i >= count) return;
  std::int64_t sum = pred[i];
  for (int slice = 0; slice < slices; ++slice) sum += parts[slice * count + i];
  pred[i] = sum;
}

template <class T, int D, class Rule>
void launch_rule(const Site& site, ForwardPass<T> pass) {
  using Shape = ForwardShape<T, D>;
  void (*kernel)(ForwardPass<T>) = nullptr;
  if constexpr (D > 0)
    kernel = forward<T, D, Rule>;
  else
    kernel = forward_any<T, Rule>;
  const std::int64_t count = pass.patches.count;
  const std::int64_t columns = parts_of<std::int64_t>(count, Shape::threads * Shape::patches);
  const std::int64_t tiles = parts_of<std::int64_t>(pass.blocks, pass.tile);
  const int slices = slices_for(site.memory, kernel, Shape::threads, columns, tiles,
                                slices_memory / (count * std::int64_t{sizeof(std::int64_t)}));
  pass.slice = parts_of<std::int64_t>(tiles, slices) * pass.tile;
  if (slices > 1)
    pass.parts = site.scratch.reserve<std::int64_t>(Slot::parts, static_cast<std::size_t>(slices * count));
  constexpr bool totals = Rule::side || Rule::largest;
  if (totals)
    pass.totals = site.scratch.reserve<Total>(Slot::totals, static_cast<std::size_t>(slices * columns));

  launch(kernel, dim3(static_cast<unsigned>(columns), static_cast<unsigned>(slices)), Shape::threads,
         site.stream, "a forward pass on the GPU", pass);
  if (slices > 1)
    launch(add_slices, dim3(static_cast<unsigned>(parts_of<std::int64_t>(count, 256))), 256, site.stream,
           "adding predictions on the GPU", pass.parts, slices, count, pass.pred);
  if (totals) launch_total(site, pass.totals, slices * columns);
}

template <class T, class Rule>
void launch_length(const Site& site, const ForwardPass<T>& pass) {
  switch (pass.patches.length) {
    case 1:
      return launch_rule<T, 1, Rule>(site, pass);
    case 9:
      return launch_rule<T, 9, Rule>(site, pass);
    case 25:
      return launch_rule<T, 25, Rule>(site, pass);
    case 49:
      return launch_rule<T, 49, Rule>(site, pass);
    default:
      return launch_rule<T, 0, Rule>(site, pass);
  }
}

}  // namespace

template <class T>
void launch_forward(const Site& site, ForwardKind kind, ForwardPass<T> pass) {
  switch (kind) {
    case ForwardKind::dual:
      return launch_length<T, DualForwardRule<T, Hinge::none>>(site, pass);
    case ForwardKind::dual_hinge:
      return launch_length<T, DualForwardRule<T, Hinge::sharp>>(site, pass);
    case ForwardKind::dual_smooth_hinge:
      return launch_length<T, DualForwardRule<T, Hinge::smooth>>(site, pass);
    case ForwardKind::primal:
      return launch_length<T, PrimalForwardRule<T>>(site, pass);
  }
}

template void launch_forward(const Site&, ForwardKind, ForwardPass<float>);
template void launch_forward(const Site&, ForwardKind, ForwardPass<double>);

}  // namespace zerogap::cuda

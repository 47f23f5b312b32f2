// SPDX-License-Identifier: Apache-2.0
#include "cuda/launch.hpp"
#include "cuda/totals.cuh"

namespace zerogap::cuda {
namespace {

constexpr int threads = 256;
/// Most thread blocks of a total.
constexpr std::int64_t most = 1024;

template <class T>
__device__ double target_of(const ResidualPass<T>& pass, std::int64_t i) {
  const std::int64_t listed = i / pass.pixels_per_image;
  return pass.target[pass.images[listed] * pass.pixels_per_image + (i - listed * pass.pixels_per_image)];
}

/// residual_i = pred_i - x_i, in double, rounded to T.
template <class T>
__global__ void residuals(ResidualPass<T> pass, T* residual) {
  const std::int64_t i = std::int64_t{blockIdx.x} * threads + static_cast<int>(threadIdx.x);
  if (i >= pass.count) return;
  residual[i] =
      static_cast<T>(static_cast<double>(pass.pred[i]) * pass.scalars->pred_unit - target_of(pass, i));
}

/// One total for each thread block: sum r^2, sum r x, max |r|.
template <class T>
__global__ void residual_totals(ResidualPass<T> pass, Total* totals) {
  Total mine{0, 0, 0.0};
  for (std::int64_t i = std::int64_t{blockIdx.x} * threads + static_cast<int>(threadIdx.x); i < pass.count;
       i += std::int64_t{gridDim.x} * threads) {
    const double x = target_of(pass, i), r = static_cast<double>(pass.pred[i]) * pass.scalars->pred_unit - x;
    mine.first += fixed(r * r, pass.scalars->fit_scale);
    mine.second += fixed(r * x, pass.scalars->target_scale);
    mine.largest = larger_or_nan(mine.largest, fabs(r));
  }
  const Total all = total_of_block<threads>(mine);
  if (threadIdx.x == 0) totals[blockIdx.x] = all;
}

/// One thread block: the total of (count) totals.
__global__ void total_of(const Total* totals, std::int64_t count, Total* to) {
  Total mine{0, 0, 0.0};
  for (std::int64_t i = static_cast<int>(threadIdx.x); i < count; i += threads) {
    mine.first += totals[i].first;
    mine.second += totals[i].second;
    mine.largest = larger_or_nan(mine.largest, totals[i].largest);
  }
  const Total all = total_of_block<threads>(mine);
  if (threadIdx.x == 0) *to = all;
}

}  // namespace

void launch_total(const Site& site, const Total* totals, std::int64_t count) {
  launch(total_of, dim3(1), threads, site.stream, "adding totals on the GPU", totals, count,
         site.scratch.reserve<Total>(Slot::results, 1));
}

template <class T>
void launch_residual(const Site& site, const ResidualPass<T>& pass, T* residual) {
  launch(residuals<T>, dim3(static_cast<unsigned>(parts_of<std::int64_t>(pass.count, threads))), threads,
         site.stream, "the residual on the GPU", pass, residual);
}

template <class T>
void launch_residual_total(const Site& site, const ResidualPass<T>& pass) {
  const std::int64_t blocks = std::min(most, parts_of<std::int64_t>(pass.count, threads));
  Total* const totals = site.scratch.reserve<Total>(Slot::totals, static_cast<std::size_t>(blocks));
  launch(residual_totals<T>, dim3(static_cast<unsigned>(blocks)), threads, site.stream,
         "the residual's sums on the GPU", pass, totals);
  launch_total(site, totals, blocks);
}

template void launch_residual(const Site&, const ResidualPass<float>&, float*);
template void launch_residual(const Site&, const ResidualPass<double>&, double*);
template void launch_residual_total(const Site&, const ResidualPass<float>&);
template void launch_residual_total(const Site&, const ResidualPass<double>&);

}  // namespace zerogap::cuda

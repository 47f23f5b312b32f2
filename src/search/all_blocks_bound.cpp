// SPDX-License-Identifier: Apache-2.0
#include "search/all_blocks_bound.hpp"

#include <vector>

namespace zerogap {
namespace {

/// y, x and pred of every patch of this rank, (patches, d + 2).
template <class T>
std::vector<double> own_rows(const PatchSet<T>& set, const std::vector<double>& pred) {
  const auto source = set.data.source();  // in host memory, unlike set.source()
  const int d = source.length;
  const std::int64_t pixels = source.pixels_per_image(), patches = source.images * pixels;
  std::vector<double> rows(static_cast<std::size_t>(patches * (d + 2)));
  for (std::int64_t i = 0; i < patches; ++i) {
    double* row = rows.data() + i * (d + 2);
    source.copy_patch(i / pixels, i % pixels, row);
    row[d] = set.data.target[static_cast<std::size_t>(i)];
    row[d + 1] = pred[static_cast<std::size_t>(i)];
  }
  return rows;
}

}  // namespace

template <class T>
std::optional<AllBlocksBound> bound_over_all_blocks(const Problem<T>& problem, const DualPoint<T>& point) {
  const int d = problem.length();
  if (d > 2) return std::nullopt;
  const auto& context = problem.context();
  const auto& train = problem.train();
  DualPass<T> pass(context);
  pass.forward(point, train, train.all_images, false);
  const auto rows = problem.grid().patch_axis().all_gather(own_rows(train, pass.residual().predictions()));
  std::vector<double> y, x, z;
  for (std::size_t at = 0; at < rows.size(); at += static_cast<std::size_t>(d) + 2) {
    y.insert(y.end(), &rows[at], &rows[at] + d);
    x.push_back(rows[at + static_cast<std::size_t>(d)]);
    z.push_back(2.0 * (x.back() - rows[at + static_cast<std::size_t>(d) + 1]));
  }
  AllBlocksBound out;
  out.maximum = largest_block_norm(y, z, d, context.lambda);
  out.bound = lagrangian_bound(dual_sums(z, x), out.maximum.bound, context.beta, multiplier_scale_limit(0.0));
  return out;
}

template std::optional<AllBlocksBound> bound_over_all_blocks(const Problem<float>&, const DualPoint<float>&);
template std::optional<AllBlocksBound> bound_over_all_blocks(const Problem<double>&,
                                                             const DualPoint<double>&);

}  // namespace zerogap

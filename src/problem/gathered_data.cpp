// SPDX-License-Identifier: Apache-2.0
#include "problem/gathered_data.hpp"

#include <algorithm>
#include <cmath>

namespace zerogap {
GatheredData gather_training_set(const Problem<double>& problem) {
  const auto& data = problem.train().data;
  const auto source = data.source();
  GatheredData gathered{source.length, {}, {}};
  const auto pixels = source.pixels_per_image();
  std::vector<double> mine(static_cast<std::size_t>(data.images.count() * pixels * source.length));
  for (std::int64_t image = 0; image < data.images.count(); ++image)
    for (int pixel = 0; pixel < pixels; ++pixel)
      source.copy_patch(image, pixel, mine.data() + (image * pixels + pixel) * source.length);
  auto& axis = problem.grid().patch_axis();
  gathered.y = axis.all_gather(mine);
  gathered.x = axis.all_gather(data.target);
  const auto patches = static_cast<std::size_t>(problem.train().patches());
  gathered.y.resize(patches * static_cast<std::size_t>(source.length));  // the padding of a list's last group
  gathered.x.resize(patches);
  return gathered;
}

std::vector<double> gather_multiplier(const Problem<double>& problem, const GatheredData& data,
                                      const std::vector<double>& predictions) {
  auto z = problem.grid().patch_axis().all_gather(predictions);
  z.resize(data.x.size());
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = 2.0 * (data.x[i] - z[i]);
  return z;
}

ResidentResidual residual_at(const Problem<double>& problem, const std::vector<double>& predictions) {
  std::vector<double> residual(predictions.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < residual.size(); ++i) {
    residual[i] = predictions[i] - problem.train().data.target[i];
    largest = std::max(largest, std::abs(residual[i]));
  }
  return {Buffer<double>(problem.kernels().memory(), std::span<const double>(residual)),
          problem.grid().world().max(largest)};
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "problem/patch_sample.hpp"

#include <algorithm>
#include <bit>

#include "core/random.hpp"

namespace zerogap {

template <class T>
PatchSample sample_patches(const Problem<T>& problem, std::int64_t most) {
  const auto& data = problem.train().data;
  const auto source = data.source();
  const std::int64_t pixels = source.pixels_per_image(), total = data.shape.patches;
  const std::int64_t count = std::min(most, total);
  const Random random(0, RandomUse::sample);
  const int d = source.length;
  std::vector<std::int64_t> bits(static_cast<std::size_t>(count * d));
  for (std::int64_t s = 0; s < count; ++s) {
    const std::int64_t first = total * s / count, last = std::max(first + 1, total * (s + 1) / count);
    const auto offset = static_cast<std::int64_t>(random.uniform(static_cast<std::uint64_t>(s), 0) *
                                                  static_cast<double>(last - first));
    const std::int64_t patch = std::min(last - 1, first + offset), image = patch / pixels - data.images.first,
                       pixel = patch % pixels;
    if (image < 0 || image >= data.images.count()) continue;
    for (int k = 0; k < d; ++k)
      bits[static_cast<std::size_t>(s * d + k)] =
          std::bit_cast<std::int64_t>(double{source.entry(image, pixel, k)});
  }
  problem.grid().patch_axis().sum(bits);
  PatchSample sample{count, d, std::vector<double>(bits.size()),
                     static_cast<double>(total) / static_cast<double>(count)};
  for (std::size_t i = 0; i < bits.size(); ++i) sample.rows[i] = std::bit_cast<double>(bits[i]);
  return sample;
}

template PatchSample sample_patches(const Problem<float>&, std::int64_t);
template PatchSample sample_patches(const Problem<double>&, std::int64_t);

}  // namespace zerogap

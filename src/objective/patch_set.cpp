// SPDX-License-Identifier: Apache-2.0
#include "objective/patch_set.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "comm/exact_reduce.hpp"

namespace zerogap {
namespace {

template <class T>
double largest_entry(const std::vector<T>& values) {
  T largest = 0;
  for (const T v : values) largest = std::max(largest, std::abs(v));
  return largest;
}

/// The noisy pixel behind target i of images.
template <class T>
double centre(const PatchSource<T>& source, std::size_t i) {
  const auto at = static_cast<std::int64_t>(i), pixels = std::int64_t{source.pixels_per_image()};
  return source.entry(at / pixels, at % pixels, source.length / 2);
}

}  // namespace

template <class T>
PatchSet<T> measure(Dataset<T> data, Communicator& patch_axis, Memory& memory) {
  PatchSet<T> set;
  set.data = std::move(data);
  const auto& d = set.data;
  double largest[2] = {largest_entry(d.pixels), largest_entry(d.target)};
  patch_axis.max(std::span<double>(largest));
  set.bounds.largest = largest[0];
  set.bounds.target = largest[1];

  const auto source = d.source();
  const double patches = static_cast<double>(d.shape.patches), length = static_cast<double>(source.length);
  const double pixels = d.shape.patch_list ? patches * length : patches;
  set.bounds.absolute_sum = exact_sum(patch_axis, largest[0], pixels, d.pixels.size(),
                                      [&](std::size_t i) { return std::abs(double{d.pixels[i]}); });
  const double square_sum =
      exact_sum(patch_axis, largest[0] * largest[0], pixels, d.pixels.size(),
                [&](std::size_t i) { return double{d.pixels[i]} * double{d.pixels[i]}; });
  set.bounds.patch_norm = std::sqrt(length) * largest[0];
  set.bounds.patch_norm_sum = std::sqrt(patches * length * square_sum);
  set.target_square = exact_sum(patch_axis, largest[1] * largest[1], patches, d.target.size(),
                                [&](std::size_t i) { return double{d.target[i]} * double{d.target[i]}; });
  if (!d.shape.patch_list) {
    const double difference = largest[0] + largest[1];
    set.noisy_error =
        exact_sum(patch_axis, difference * difference, patches, d.target.size(), [&](std::size_t i) {
          const double error = centre(source, i) - double{d.target[i]};
          return error * error;
        });
  }
  set.all_images.resize(static_cast<std::size_t>(d.images.count()));
  std::iota(set.all_images.begin(), set.all_images.end(), 0);
  if (!memory.on_host()) {
    set.pixels = Buffer<T>(memory, std::span<const T>(d.pixels));
    set.target = Buffer<T>(memory, std::span<const T>(d.target));
  }
  return set;
}

template PatchSet<float> measure(Dataset<float>, Communicator&, Memory&);
template PatchSet<double> measure(Dataset<double>, Communicator&, Memory&);

}  // namespace zerogap

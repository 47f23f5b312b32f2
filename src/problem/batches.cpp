// SPDX-License-Identifier: Apache-2.0
#include "problem/batches.hpp"

#include <algorithm>
#include <numeric>

#include "core/random.hpp"

namespace zerogap {

Batches::Batches(const DatasetShape& shape, Range own, std::int64_t size, std::uint64_t seed)
    : shape_(shape),
      own_(own),
      size_(size <= 0 ? shape.images : std::min(size, shape.images)),
      seed_(seed),
      all_images_(static_cast<std::size_t>(own.count())) {
  std::iota(all_images_.begin(), all_images_.end(), 0);
}

std::int64_t Batches::count() const { return (shape_.images + size_ - 1) / size_; }

void Batches::shuffle(std::int64_t epoch) {
  if (shuffled_epoch_ == epoch) return;
  const Random random(seed_, RandomUse::batch);
  std::vector<std::uint64_t> keys(static_cast<std::size_t>(shape_.images));
  for (std::size_t i = 0; i < keys.size(); ++i)
    keys[i] = random.bits(static_cast<std::uint64_t>(epoch) << 32 | i, 0);
  order_.resize(keys.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::sort(order_.begin(), order_.end(), [&](std::int64_t a, std::int64_t b) {
    const auto ka = keys[static_cast<std::size_t>(a)], kb = keys[static_cast<std::size_t>(b)];
    return ka != kb ? ka < kb : a < b;
  });
  shuffled_epoch_ = epoch;
}

Batch Batches::batch(std::int64_t epoch, std::int64_t index) {
  Batch batch;
  if (size_ == shape_.images) {
    batch.images = all_images_;
    batch.patches = shape_.patches;
    return batch;
  }
  shuffle(epoch);
  const std::int64_t first = index * size_, last = std::min(shape_.images, first + size_);
  const std::int64_t pixels = std::int64_t{shape_.height} * shape_.width;
  for (std::int64_t i = first; i < last; ++i) {
    const std::int64_t image = order_[static_cast<std::size_t>(i)];
    batch.patches += std::min(pixels, shape_.patches - image * pixels);  // a list's last group may be short
    if (image >= own_.first && image < own_.last)
      batch.images.push_back(static_cast<std::int32_t>(image - own_.first));
  }
  std::sort(batch.images.begin(), batch.images.end());
  batch.factor = static_cast<double>(shape_.patches) / static_cast<double>(batch.patches);
  return batch;
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "data/dataset_cache.hpp"

#include <algorithm>

namespace zerogap {

const std::any* DatasetCache::find(const std::string& key) const {
  const auto found = std::find_if(sets_.begin(), sets_.end(), [&](const Kept& k) { return k.key == key; });
  return found == sets_.end() ? nullptr : &found->value;
}

void DatasetCache::keep(const std::string& key, std::any value, std::size_t bytes) {
  if (bytes > capacity_) return;
  sets_.remove_if([&](const Kept& k) {
    if (k.key == key) used_ -= k.bytes;
    return k.key == key;
  });
  while (!sets_.empty() && used_ + bytes > capacity_) {
    used_ -= sets_.front().bytes;
    sets_.pop_front();
  }
  sets_.push_back({key, std::move(value), bytes});
  used_ += bytes;
}

}  // namespace zerogap

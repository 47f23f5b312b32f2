// SPDX-License-Identifier: Apache-2.0
#include "data/dataset_cache.hpp"

#include <algorithm>
#include <list>

namespace zerogap {
namespace {

struct Kept {
  std::string key;
  std::any value;
  std::size_t bytes;
};

struct Cache {
  bool active = false;
  std::size_t room = 0, used = 0;
  std::list<Kept> sets;  ///< the oldest first
};

Cache& cache() {
  static Cache instance;
  return instance;
}

}  // namespace

DatasetCache::DatasetCache(std::size_t bytes) { cache() = {true, bytes, 0, {}}; }

DatasetCache::~DatasetCache() { cache() = {}; }

bool DatasetCache::active() { return cache().active; }

const std::any* DatasetCache::find(const std::string& key) {
  auto& sets = cache().sets;
  const auto found = std::find_if(sets.begin(), sets.end(), [&](const Kept& k) { return k.key == key; });
  return found == sets.end() ? nullptr : &found->value;
}

void DatasetCache::keep(const std::string& key, std::any value, std::size_t bytes) {
  Cache& c = cache();
  if (!c.active || bytes > c.room) return;
  c.sets.remove_if([&](const Kept& k) {
    if (k.key == key) c.used -= k.bytes;
    return k.key == key;
  });
  while (!c.sets.empty() && c.used + bytes > c.room) {
    c.used -= c.sets.front().bytes;
    c.sets.pop_front();
  }
  c.sets.push_back({key, std::move(value), bytes});
  c.used += bytes;
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <any>
#include <cstddef>
#include <list>
#include <string>

namespace zerogap {

/// Data sets that load_dataset() has read, of which it returns copies when the same set is requested again by
/// a later training on the same images. The oldest are dropped if they would take more than `bytes` together.
/// Each rank has its own cache, and all make the same requests. Not thread-safe.
class DatasetCache {
 public:
  explicit DatasetCache(std::size_t bytes = std::size_t{1} << 30) : capacity_(bytes) {}

  /// What was kept under this key; null if nothing was. Valid until the next keep().
  const std::any* find(const std::string& key) const;
  /// Keeps a value of so many bytes unless it is larger than the cache.
  void keep(const std::string& key, std::any value, std::size_t bytes);

 private:
  struct Kept {
    std::string key;
    std::any value;
    std::size_t bytes;
  };

  std::size_t capacity_, used_ = 0;
  std::list<Kept> sets_;  ///< the oldest first
};

}  // namespace zerogap

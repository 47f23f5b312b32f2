// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <any>
#include <cstddef>
#include <list>
#include <string>

namespace zerogap {

/// Data sets that load_dataset() has read and is to hand out copies of where the same is asked for again: for
/// one training after the other on the same images. The oldest are dropped where they would fill more than
/// `bytes`. Each rank has one, and all of them ask the same; not for several threads.
class DatasetCache {
 public:
  explicit DatasetCache(std::size_t bytes = std::size_t{1} << 30) : capacity_(bytes) {}

  /// What was kept under this key; null where nothing was. Valid until the next keep().
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

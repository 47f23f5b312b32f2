// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <any>
#include <cstddef>
#include <string>

namespace zerogap {

/// While one of these lives, load_dataset() keeps what it read and hands out copies where the same is asked
/// for again: for one training after the other on the same images. The oldest sets go where they fill more
/// than `bytes`. One at a time a process, on all ranks alike; not for several threads.
class DatasetCache {
 public:
  explicit DatasetCache(std::size_t bytes = std::size_t{1} << 30);
  ~DatasetCache();
  DatasetCache(const DatasetCache&) = delete;
  DatasetCache& operator=(const DatasetCache&) = delete;

  static bool active();
  /// What was kept under this key; null where nothing was.
  static const std::any* find(const std::string& key);
  static void keep(const std::string& key, std::any value, std::size_t bytes);
};

}  // namespace zerogap

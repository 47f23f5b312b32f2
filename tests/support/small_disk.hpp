// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace zerogap::test {

/// A tiny file system in memory, for what happens on full and read-only disks; gone with the object. It is
/// mounted in a mount namespace of this process, so that not even a killed test leaves it behind. Needs root:
/// elsewhere mounted() is false and `reason` says why.
class SmallDisk {
 public:
  explicit SmallDisk(std::size_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return reason_.empty(); }
  const std::string& reason() const { return reason_; }
  const std::filesystem::path& path() const { return path_; }

  /// Writes a file until nothing more fits, then frees the given bytes (complete pages).
  void fill(std::size_t leave_free = 0) const;
  void empty() const;
  /// Gives it another size, not less than what lies there.
  bool resize(std::size_t bytes) const;
  bool make_read_only() const;

 private:
  std::filesystem::path path_;
  std::string reason_;
};

}  // namespace zerogap::test

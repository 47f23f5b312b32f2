// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/files.hpp"

namespace zerogap {

/// An open file that knows its name. All calls throw Error (exit 3) if they fail.
class OpenFile {
 public:
  OpenFile() = default;
  OpenFile(const std::filesystem::path& name, int flags);

  std::uint64_t size() const;
  /// Makes the file `bytes` long and reserves its blocks, so that writing into it cannot run out of space. On
  /// file systems that cannot reserve blocks it only sets the length.
  void reserve(std::uint64_t bytes) const;
  void write_at(std::uint64_t at, const void* bytes, std::size_t count) const;
  /// Reads `count` bytes at `at`. Also throws if the file ends before.
  void read_at(std::uint64_t at, void* bytes, std::size_t count) const;
  /// Flushes to the device all bytes written through any descriptor.
  void sync() const;
  /// Closes the file and reports errors, which the destructor cannot: some file systems report a failed write
  /// only here.
  void close();

 private:
  std::filesystem::path name_;
  FileHandle handle_;
};

/// Throws Error (exit 3) with both numbers if `folder` has fewer than `bytes` bytes free.
void require_space(const std::filesystem::path& folder, std::uint64_t bytes);

}  // namespace zerogap

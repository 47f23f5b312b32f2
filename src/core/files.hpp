// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.hpp"

namespace zerogap {

/// Error (exit 3): what (why, from errno); what the user can do about such an errno.
Error file_error(const std::string& what, int error_number);

/// How an Error begins that is thrown before a disk is full.
inline constexpr std::string_view too_little_space = "too little space in";
/// Whether an Error's text says that a disk or a quota is full. The text is all that there is of an error
/// that another rank or HDF5 met.
bool tells_of_full_disk(std::string_view text);

/// A file descriptor, closed at the end of its scope.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
  FileHandle(FileHandle&& other) noexcept : descriptor_(other.release()) {}
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();

  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

/// Writes all bytes at `offset`, whatever the kernel takes at a time. 0, or the errno of the first failure.
int write_fully(int descriptor, std::string_view bytes, std::int64_t offset);
/// All bytes of a file. 0 or errno.
int read_fully(const std::filesystem::path& file, std::string& bytes);
/// Whether a file may hold values of so many bytes, compressed perhaps: no filter in use makes more than 1032
/// bytes of one, and what any machine has room for (16 MiB) is not asked about. For those who are about to
/// make room for what a file's header promises.
bool may_hold(const std::filesystem::path& file, double bytes);
/// Flushes a file's bytes and attributes to the device, whatever descriptor they were written through. 0 or
/// errno; file systems that cannot are forgiven, in this and the next two.
int sync_file(int descriptor);
/// The same of its bytes and size alone.
int sync_data(int descriptor);
/// The same of a folder's entries: a new file, a rename.
int sync_folder(const std::filesystem::path& folder);

}  // namespace zerogap

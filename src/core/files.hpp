// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.hpp"

namespace zerogap {

/// Returns an Error (exit 3): what (why, from errno); what the user can do about this errno.
Error file_error(const std::string& what, int error_number);

/// Beginning of the text of an Error that is thrown before a disk is full.
inline constexpr std::string_view too_little_space = "too little space in";
/// Whether an Error's text reports a full disk or quota. Of an error on another rank or in HDF5 only the text
/// is known.
bool reports_full_disk(std::string_view text);

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

/// Writes all bytes at `offset`, in as many calls as necessary. Returns 0, or the errno of the first failure.
int write_fully(int descriptor, std::string_view bytes, std::int64_t offset);
/// Reads all bytes of a file. Returns 0 or errno.
int read_fully(const std::filesystem::path& file, std::string& bytes);
/// Whether a file is large enough to hold `bytes` bytes of values, possibly compressed. No filter in use
/// expands one byte to more than 1032; up to 16 MiB, which any machine can allocate, the answer is always
/// true. To be called before allocating what a file's header promises.
bool may_hold(const std::filesystem::path& file, double bytes);
/// Flushes a file's bytes and attributes to the device, whatever descriptor they were written through.
/// Returns 0 or errno. On file systems that cannot flush, this and the next two functions return 0.
int sync_file(int descriptor);
/// The same for its bytes and size alone.
int sync_data(int descriptor);
/// The same for a folder's entries, after a file was created or renamed.
int sync_folder(const std::filesystem::path& folder);

}  // namespace zerogap

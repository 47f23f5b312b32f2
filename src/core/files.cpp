// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace zerogap {
namespace {

std::string remedy(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return "free some space on that file system or choose another folder with --out";
    case EDQUOT:
      return "free some of your quota or choose another folder with --out";
    case EFBIG:
      return "raise the limit on file sizes (ulimit -f) or choose another folder with --out";
    case EROFS:
      return "choose a folder on a writable file system with --out";
    case EACCES:
    case EPERM:
      return "change its permissions or choose another folder with --out";
    case ENAMETOOLONG:
      return "give it a shorter name";
    case ENOENT:
      return "check that its folder still exists";
    case ENOTDIR:
    case EEXIST:
    case EISDIR:
      return "choose another folder with --out, or move the existing files away";
    default:
      return "check that file system or choose another folder with --out";
  }
}

/// Repeats a flush that a signal interrupted, and returns 0 on file systems that cannot flush. 0 or errno.
int flushed(int (*flush)(int), int descriptor) {
  while (flush(descriptor) != 0) {
    if (errno == EINTR) continue;
    return errno == EINVAL || errno == ENOTSUP ? 0 : errno;
  }
  return 0;
}

}  // namespace

Error file_error(const std::string& what, int error_number) {
  return data_error(what, std::generic_category().message(error_number), remedy(error_number));
}

bool reports_full_disk(std::string_view text) {
  if (text.find(too_little_space) != std::string_view::npos) return true;
  for (const int number : {ENOSPC, EDQUOT})
    if (text.find(std::generic_category().message(number)) != std::string_view::npos) return true;
  return false;
}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = other.release();
  }
  return *this;
}

FileHandle::~FileHandle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int write_fully(int descriptor, std::string_view bytes, std::int64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return EIO;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
  return 0;
}

int read_fully(const std::filesystem::path& file, std::string& bytes) {
  bytes.clear();
  const FileHandle handle(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!handle) return errno;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t count = ::read(handle.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return 0;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

bool may_hold(const std::filesystem::path& file, double bytes) {
  constexpr double deflate = 1032.0, small = 0x1p24;
  std::error_code failure;
  const auto size = std::filesystem::file_size(file, failure);
  return bytes <= small || (!failure && bytes <= deflate * static_cast<double>(size));
}

int sync_file(int descriptor) { return flushed(::fsync, descriptor); }

int sync_data(int descriptor) { return flushed(::fdatasync, descriptor); }

int sync_folder(const std::filesystem::path& folder) {
  const FileHandle handle(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return handle ? sync_file(handle.get()) : errno;
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "core/error.hpp"
#include "core/format.hpp"

namespace zerogap {
namespace {

Error cannot(const char* act, const std::filesystem::path& file, int number) {
  return file_error(fmt::format("cannot {} {}", act, file.string()), number);
}

/// Repeats a call that a signal interrupted: a request to stop is a signal, and a checkpoint is written after
/// it.
template <class Call>
auto uninterrupted(Call call) {
  decltype(call()) result = 0;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

}  // namespace

OpenFile::OpenFile(const std::filesystem::path& name, int flags)
    : name_(name), handle_(uninterrupted([&] { return ::open(name.c_str(), flags | O_CLOEXEC, 0666); })) {
  if (!handle_) throw cannot((flags & O_CREAT) != 0 ? "create" : "open", name, errno);
}

std::uint64_t OpenFile::size() const {
  struct stat status {};
  if (::fstat(handle_.get(), &status) != 0) throw cannot("stat", name_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void OpenFile::reserve(std::uint64_t bytes) const {
  const auto length = static_cast<off_t>(bytes);
  if (uninterrupted([&] { return ::fallocate(handle_.get(), 0, 0, length); }) == 0) return;
  if (errno != EOPNOTSUPP && errno != ENOSYS) throw cannot("reserve space for", name_, errno);
  if (uninterrupted([&] { return ::ftruncate(handle_.get(), length); }) != 0)
    throw cannot("extend", name_, errno);
}

void OpenFile::write_at(std::uint64_t at, const void* bytes, std::size_t count) const {
  const std::string_view text(static_cast<const char*>(bytes), count);
  const int failure = write_fully(handle_.get(), text, static_cast<std::int64_t>(at));
  if (failure != 0) throw cannot("write", name_, failure);
}

void OpenFile::read_at(std::uint64_t at, void* bytes, std::size_t count) const {
  auto* to = static_cast<char*>(bytes);
  while (count > 0) {
    const auto got = uninterrupted([&] { return ::pread(handle_.get(), to, count, static_cast<off_t>(at)); });
    if (got < 0) throw cannot("read", name_, errno);
    if (got == 0)
      throw data_error(fmt::format("cannot read {}", name_.string()), "it ends too early",
                       "use another copy");
    to += got;
    at += static_cast<std::uint64_t>(got);
    count -= static_cast<std::size_t>(got);
  }
}

void OpenFile::sync() const {
  if (const int failure = sync_file(handle_.get()); failure != 0)
    throw file_error("fsync of " + name_.string() + " failed", failure);
}

void OpenFile::close() {
  if (::close(handle_.release()) != 0 && errno != EINTR) throw cannot("close", name_, errno);
}

void require_space(const std::filesystem::path& folder, std::uint64_t bytes) {
  struct statvfs system {};
  if (::statvfs(folder.c_str(), &system) != 0) throw cannot("stat the file system of", folder, errno);
  const std::uint64_t free = static_cast<std::uint64_t>(system.f_bavail) * system.f_frsize;
  if (system.f_blocks == 0 || free >= bytes) return;  // some file systems do not know their size
  throw data_error(fmt::format("{} {}", too_little_space, folder.string()),
                   fmt::format("{} needed, {} free", format_bytes(bytes), format_bytes(free)),
                   "free some space or choose another folder with --out");
}

}  // namespace zerogap

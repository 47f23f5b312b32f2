#include "checkpoint/durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace zerogap {
namespace {

Error cannot(const std::string& act, const std::filesystem::path& file, int number) {
  std::string todo = "check the folder and its file system";
  if (number == ENOSPC || number == EDQUOT) todo = "free some space, or name another folder with --out";
  if (number == EROFS || number == EACCES || number == EPERM)
    todo = "make the folder writable, or name another with --out";
  return data_error(fmt::format("cannot {} {}", act, file.string()), errno_text(number), todo);
}

/// Repeats a call that a signal interrupted: requests to stop arrive as signals, and the checkpoint follows.
template <class Call>
auto uninterrupted(Call call) {
  decltype(call()) result = 0;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

}  // namespace

std::string errno_text(int number) { return std::generic_category().message(number); }

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  if (bytes < 1024 * 1024) return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / 1024);
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1024 * 1024));
}

Descriptor::Descriptor(const std::filesystem::path& file, int flags)
    : file_(file), number_(uninterrupted([&] { return ::open(file.c_str(), flags | O_CLOEXEC, 0666); })) {
  if (number_ < 0) throw cannot((flags & O_CREAT) != 0 ? "create" : "open", file, errno);
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Descriptor::Descriptor(Descriptor&& other) noexcept
    : file_(std::move(other.file_)), number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(number_, other.number_);
  return *this;
}

std::uint64_t Descriptor::size() const {
  struct stat status {};
  if (::fstat(number_, &status) != 0) throw cannot("look at", file_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void Descriptor::sync() const {
  if (uninterrupted([&] { return ::fsync(number_); }) != 0) throw cannot("bring to the device", file_, errno);
}

void Descriptor::close() {
  if (::close(std::exchange(number_, -1)) != 0 && errno != EINTR) throw cannot("close", file_, errno);
}

TemporaryFile::~TemporaryFile() {
  if (!kept_) ::unlink(file_.c_str());
}

void TemporaryFile::rename(const std::filesystem::path& name) {
  int status = ::renameat2(AT_FDCWD, file_.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE);
  if (status != 0 && (errno == EINVAL || errno == ENOSYS)) {  // network file systems: look, then rename
    std::error_code ignored;
    if (std::filesystem::exists(name, ignored)) throw cannot("name", name, EEXIST);
    status = ::rename(file_.c_str(), name.c_str());
  }
  if (status != 0) throw cannot("name", name, errno);
  file_ = name;
}

void require_space(const std::filesystem::path& folder, std::uint64_t bytes) {
  struct statvfs system {};
  if (::statvfs(folder.c_str(), &system) != 0) throw cannot("look at the space of", folder, errno);
  const std::uint64_t free = static_cast<std::uint64_t>(system.f_bavail) * system.f_frsize;
  if (system.f_blocks == 0 || free >= bytes) return;  // some file systems do not know their size
  throw data_error(fmt::format("too little space in {}", folder.string()),
                   fmt::format("{} needed, {} free", bytes_text(bytes), bytes_text(free)),
                   "free some space, or name another folder with --out");
}

void reserve(const Descriptor& file, const std::filesystem::path& name, std::uint64_t bytes) {
  const auto length = static_cast<off_t>(bytes);
  if (uninterrupted([&] { return ::fallocate(file.get(), 0, 0, length); }) == 0) return;
  if (errno != EOPNOTSUPP && errno != ENOSYS) throw cannot("reserve space for", name, errno);
  if (uninterrupted([&] { return ::ftruncate(file.get(), length); }) != 0)
    throw cannot("lengthen", name, errno);
}

void write_at(const Descriptor& file, const std::filesystem::path& name, std::uint64_t at, const void* bytes,
              std::size_t count) {
  const auto* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const auto written =
        uninterrupted([&] { return ::pwrite(file.get(), from, count, static_cast<off_t>(at)); });
    if (written < 0) throw cannot("write", name, errno);
    from += written;
    at += static_cast<std::uint64_t>(written);
    count -= static_cast<std::size_t>(written);
  }
}

void read_at(const Descriptor& file, const std::filesystem::path& name, std::uint64_t at, void* bytes,
             std::size_t count) {
  auto* to = static_cast<char*>(bytes);
  while (count > 0) {
    const auto got = uninterrupted([&] { return ::pread(file.get(), to, count, static_cast<off_t>(at)); });
    if (got < 0) throw cannot("read", name, errno);
    if (got == 0) throw data_error("cannot read " + name.string(), "it ends too early", "use another copy");
    to += got;
    at += static_cast<std::uint64_t>(got);
    count -= static_cast<std::size_t>(got);
  }
}

void sync_names(const std::filesystem::path& folder) {
  const Descriptor descriptor(folder, O_RDONLY | O_DIRECTORY);
  // EINVAL: a file system on which folders cannot, and need not, be synced.
  if (uninterrupted([&] { return ::fsync(descriptor.get()); }) != 0 && errno != EINVAL)
    throw cannot("bring to the device", folder, errno);
}

}  // namespace zerogap

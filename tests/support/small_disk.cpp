// SPDX-License-Identifier: Apache-2.0
#include "support/small_disk.hpp"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace zerogap::test {

SmallDisk::SmallDisk(std::size_t bytes) {
  std::string name = (std::filesystem::temp_directory_path() / "zerogap_disk_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    reason_ = std::string("no folder to mount at: ") + std::strerror(errno);
    return;
  }
  path_ = name;
  const std::string size = "mode=0755,size=" + std::to_string(bytes);
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("zerogap", path_.c_str(), "tmpfs", 0, size.c_str()) != 0)
    reason_ = std::string("a small disk cannot be mounted without root: ") + std::strerror(errno);
}

SmallDisk::~SmallDisk() {
  if (mounted()) ::umount2(path_.c_str(), MNT_DETACH);
  if (!path_.empty()) ::rmdir(path_.c_str());
}

void SmallDisk::fill(std::size_t leave_free) const {
  const std::string file = path_ / "filling";
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return;
  const std::vector<char> page(4096, 'x');
  off_t size = ::lseek(descriptor, 0, SEEK_END);
  for (ssize_t count; (count = ::write(descriptor, page.data(), page.size())) > 0;) size += count;
  const auto less = static_cast<off_t>(leave_free);
  if (::ftruncate(descriptor, size > less ? size - less : 0) != 0) ::unlink(file.c_str());
  ::close(descriptor);
}

void SmallDisk::empty() const { ::unlink((path_ / "filling").c_str()); }

bool SmallDisk::resize(std::size_t bytes) const {
  const std::string size = "mode=0755,size=" + std::to_string(bytes);
  return ::mount("zerogap", path_.c_str(), "tmpfs", MS_REMOUNT, size.c_str()) == 0;
}

bool SmallDisk::make_read_only() const {
  return ::mount("zerogap", path_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

}  // namespace zerogap::test

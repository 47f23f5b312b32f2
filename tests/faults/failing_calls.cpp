// SPDX-License-Identifier: Apache-2.0
#include "faults/failing_calls.hpp"

#include <dlfcn.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace zerogap::test {
namespace {

bool armed = false;
Fault kind = Fault::fail;
long remaining = 0;
int error_number = 0;
const char* struck = "";
std::set<std::int64_t> pages;

enum class Verdict { pass, fail, shorten };

Verdict judge(const char* name) {
  if (!armed || kind == Fault::unreserved) return Verdict::pass;
  if (remaining > 0) {
    --remaining;
    return Verdict::pass;
  }
  if (kind == Fault::fail_once && *struck != '\0') return Verdict::pass;
  if (*struck == '\0') struck = name;
  if (kind == Fault::kill) ::kill(::getpid(), SIGKILL);
  if (kind == Fault::shorten) return Verdict::shorten;
  errno = error_number;
  return Verdict::fail;
}

/// Whether to hide what the file system could do about space.
bool is_unreserved() { return armed && kind == Fault::unreserved; }

/// The C library's own function of that name.
template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

using Write = ssize_t(int, const void*, size_t, off_t);

ssize_t guarded_write(const char* name, Write* write, int file, const void* bytes, size_t count, off_t at) {
  const Verdict verdict = judge(name);
  if (verdict == Verdict::fail) return -1;
  if (armed && count > 0) {
    const long size = ::sysconf(_SC_PAGESIZE);
    for (long page = at / size; page <= (at + static_cast<long>(count) - 1) / size; ++page)
      pages.insert(page);
  }
  return write(file, bytes, verdict == Verdict::shorten && count > 1 ? count - 1 : count, at);
}

}  // namespace

void arm(Fault fault, long before, int error) {
  kind = fault;
  remaining = before;
  error_number = error;
  struck = "";
  pages.clear();
  armed = true;
}

std::string disarm() {
  armed = false;
  return struck;
}

std::set<std::int64_t> pages_written() { return pages; }

}  // namespace zerogap::test

// The names of the C library's functions; those of this program come first when it is linked.
extern "C" {
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): glibc calls them __fd and the like

using zerogap::test::judge;
using zerogap::test::real;
using zerogap::test::Verdict;

ssize_t pwrite(int file, const void* bytes, size_t count, off_t at) {
  static auto* const next = real<zerogap::test::Write>("pwrite");
  return zerogap::test::guarded_write("pwrite", next, file, bytes, count, at);
}

ssize_t pwrite64(int file, const void* bytes, size_t count, off_t at) {
  static auto* const next = real<zerogap::test::Write>("pwrite64");
  return zerogap::test::guarded_write("pwrite64", next, file, bytes, count, at);
}

int ftruncate(int file, off_t length) noexcept {
  static auto* const next = real<int(int, off_t)>("ftruncate");
  return judge("ftruncate") == Verdict::fail ? -1 : next(file, length);
}

int ftruncate64(int file, off_t length) noexcept {
  static auto* const next = real<int(int, off_t)>("ftruncate64");
  return judge("ftruncate64") == Verdict::fail ? -1 : next(file, length);
}

int fallocate(int file, int mode, off_t from, off_t length) {
  static auto* const next = real<int(int, int, off_t, off_t)>("fallocate");
  if (zerogap::test::is_unreserved()) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return judge("fallocate") == Verdict::fail ? -1 : next(file, mode, from, length);
}

int statvfs(const char* path, struct statvfs* system) noexcept {
  static auto* const next = real<int(const char*, struct statvfs*)>("statvfs");
  const int status = next(path, system);
  if (zerogap::test::is_unreserved()) system->f_blocks = 0;
  return status;
}

int fsync(int file) {
  static auto* const next = real<int(int)>("fsync");
  return judge("fsync") == Verdict::fail ? -1 : next(file);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  static auto* const next = real<int(int, const char*, int, const char*, unsigned)>("renameat2");
  return judge("renameat2") == Verdict::fail ? -1 : next(from_folder, from, to_folder, to, flags);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const next = real<int(const char*, const char*)>("rename");
  return judge("rename") == Verdict::fail ? -1 : next(from, to);
}

int close(int file) {
  static auto* const next = real<int(int)>("close");
  const int status = next(file);
  return judge("close") == Verdict::fail ? -1 : status;
}

// NOLINTEND(readability-inconsistent-declaration-parameter-name)
}  // extern "C"

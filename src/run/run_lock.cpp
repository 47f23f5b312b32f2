// SPDX-License-Identifier: Apache-2.0
#include "run/run_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <thread>

#include "core/files.hpp"
#include "core/format.hpp"
#include "core/log.hpp"

namespace zerogap {
namespace {

constexpr std::chrono::milliseconds pause{20};
// How long this process waits for others that examine, replace or write a lock.
constexpr std::chrono::seconds patience{2};

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// Read-write, because NFS grants exclusive locks to writers only; read-only for a file of another user.
FileHandle open_existing(const std::filesystem::path& file) {
  FileHandle handle(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (!handle && errno == EACCES) handle = FileHandle(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  return handle;
}

Error in_use(const std::filesystem::path& file, const std::optional<LeaseOwner>& owner,
             std::chrono::seconds since_heartbeat) {
  const std::string what = "the run folder " + file.parent_path().string() + " is in use";
  const std::string last =
      format_duration(static_cast<double>(std::max<long long>(since_heartbeat.count(), 0)));
  if (!owner)
    return usage_error(
        what, fmt::format("its file 'lock' was written {} ago and names no owner", last),
        fmt::format("choose another folder with --out, or remove {} if nothing runs there", file.string()));
  const std::string job = owner->job.empty() ? "" : fmt::format(" (Slurm job {})", owner->job);
  return usage_error(what,
                     fmt::format("process {} on host {}{} runs there since {}, last sign of life {} ago",
                                 owner->pid, owner->host, job, owner->since, last),
                     fmt::format("wait for it, stop it there with 'kill -USR1 {}', or choose another folder "
                                 "with --out; if you know that it "
                                 "is gone, remove {}",
                                 owner->pid, file.string()));
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& file) : lease_(file) {
  while (!create()) remove_stale();
  last_heartbeat_ = std::chrono::steady_clock::now();
}

RunLock::~RunLock() {
  try {
    // flock() is held while the lock is checked and removed, so that nobody takes it over in between.
    const FileHandle handle = open_existing(lease_.file());
    const auto begin = std::chrono::steady_clock::now();
    while (handle && ::flock(handle.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      if (std::chrono::steady_clock::now() - begin > patience) return;
      std::this_thread::sleep_for(pause);
    }
    if (handle && lease_.holder() == Lease::Holder::self) ::unlink(lease_.file().c_str());
  } catch (...) {
    // Out of memory at the very end: the next run finds that this process no longer exists.
  }
}

/// False if there is a lock already. The lock is linked to its name once it is complete: a process killed in
/// between must not leave a lock without an owner, which would block everybody for a minute.
bool RunLock::create() const {
  const std::filesystem::path& file = lease_.file();
  const std::string what = "cannot write to the run folder " + file.parent_path().string();
  const std::string fresh = fmt::format("{}.new.{}.{}.{}", file.string(), this_process().host, ::getpid(),
                                        reinterpret_cast<std::uintptr_t>(this));
  int failure = write_text(fresh, O_TRUNC);
  if (failure == 0 && ::link(fresh.c_str(), file.c_str()) != 0) failure = errno;
  if (failure == EEXIST) {  // on a network file system the reply to a successful link() may be lost
    struct stat mine {};
    struct stat named {};
    if (::stat(fresh.c_str(), &mine) == 0 && ::stat(file.c_str(), &named) == 0 && same_file(mine, named))
      failure = 0;
  }
  ::unlink(fresh.c_str());
  if (failure == EPERM || failure == ENOTSUP || failure == ENOSYS) failure = write_text(file, O_EXCL);
  if (failure == 0) return true;
  if (failure == EEXIST) return false;
  throw file_error(what, failure);
}

/// Writes the lease's text into a file of this name. 0, or errno; on failure no new file is left.
int RunLock::write_text(const std::filesystem::path& file, int how) const {
  const FileHandle handle(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666));
  if (!handle) return errno;
  int failure = write_fully(handle.get(), lease_.text(), 0);
  if (failure == 0) failure = sync_file(handle.get());
  if (failure != 0) ::unlink(file.c_str());
  return failure;
}

/// Returns when taking the lock may be tried again; throws if another process holds it.
///
/// A taker holds flock() on the file that it examines, and moves away only that file. A process that examined
/// the same file earlier then finds another one under the name and starts again, so a new owner's lock is
/// never mistaken for the stale one. The kernel releases flock() with the process, so a taker that dies
/// leaves nothing behind. File systems without flock() rely on the check after the rename.
void RunLock::remove_stale() const {
  const std::filesystem::path& file = lease_.file();
  const LeaseOwner self = this_process();
  FileClock clock(fmt::format("{}.probe.{}", file.string(), ::getpid()));
  for (const auto begin = std::chrono::steady_clock::now();; std::this_thread::sleep_for(pause)) {
    const bool patient = std::chrono::steady_clock::now() - begin < patience;
    const FileHandle handle = open_existing(file);
    if (!handle && errno == ENOENT) return;
    if (!handle) throw file_error("cannot read " + file.string(), errno);
    const bool judged_by_another = ::flock(handle.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    struct stat opened {};
    struct stat named {};
    if (::fstat(handle.get(), &opened) != 0 || ::stat(file.c_str(), &named) != 0 || !same_file(opened, named))
      return;
    const LeaseState state = read_lease(file, clock).value_or(LeaseState{});
    const auto& [text, owner, since_heartbeat] = state;
    // Its creator may be writing it, or another taker replacing it.
    if (((!owner && since_heartbeat < patience) || judged_by_another) && patient) continue;
    const std::string reason = why_stale(owner.value_or(LeaseOwner{}), self, since_heartbeat);
    if (judged_by_another || reason.empty()) throw in_use(file, owner, since_heartbeat);

    const std::string aside = fmt::format("{}.stale.{}.{}", file.string(), self.host, self.pid);
    if (::rename(file.c_str(), aside.c_str()) != 0) {
      if (errno == ENOENT) return;
      throw file_error("cannot take over the run folder " + file.parent_path().string(), errno);
    }
    if (::stat(aside.c_str(), &named) == 0 && !same_file(opened, named)) {
      // It belongs to a live owner: put it back, unless there is a third owner by now, whom the other will
      // notice.
      const int returned = ::link(aside.c_str(), file.c_str());
      if (returned != 0) log::warn("{} changed hands while it was examined", file.string());
      ::unlink(aside.c_str());
      return;
    }
    ::unlink(aside.c_str());
    log::warn("{} was left behind by process {} on host {} ({}); it is taken over", file.string(),
              owner ? owner->pid : 0, owner ? owner->host : "unknown", reason);
    return;
  }
}

void RunLock::heartbeat() {
  if (std::chrono::steady_clock::now() - last_heartbeat_ >= Lease::heartbeat_interval) heartbeat_now();
}

void RunLock::heartbeat_now() {
  last_heartbeat_ = std::chrono::steady_clock::now();
  Lease::Holder holder = lease_.holder();
  // A transient error of the file system is no reason to stop.
  if (holder == Lease::Holder::unreadable) return;
  if (holder == Lease::Holder::nobody) {
    log::warn("{} is missing; it is written again", lease_.file().string());
    if (create()) return;
    holder = lease_.holder();
  }
  if (holder == Lease::Holder::self) return lease_.heartbeat();
  std::string text;
  const std::optional<LeaseOwner> owner =
      read_fully(lease_.file(), text) == 0 ? parse_owner(text) : std::nullopt;
  throw data_error(
      "the run folder " + lease_.file().parent_path().string() + " was taken over",
      owner ? fmt::format("by process {} on host {}, while this one was suspended", owner->pid, owner->host)
            : std::string("its file 'lock' no longer names this process"),
      "let the other one continue, or stop it and resume with --resume");
}

}  // namespace zerogap

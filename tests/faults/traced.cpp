// SPDX-License-Identifier: Apache-2.0
#include "faults/traced.hpp"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <utility>

namespace zerogap::test {
namespace {

constexpr int trace_mark = 0x80;  // of PTRACE_O_TRACESYSGOOD

std::string name_of(std::uint64_t call) {
  constexpr std::pair<std::uint64_t, const char*> names[] = {
      {SYS_openat, "openat"},       {SYS_pwrite64, "pwrite64"},   {SYS_write, "write"},
      {SYS_fallocate, "fallocate"}, {SYS_ftruncate, "ftruncate"}, {SYS_fsync, "fsync"},
      {SYS_renameat2, "renameat2"}, {SYS_close, "close"},         {SYS_unlinkat, "unlink"},
#ifdef SYS_unlink
      {SYS_unlink, "unlink"},       {SYS_rmdir, "rmdir"},
#endif
  };
  for (const auto& [number, name] : names)
    if (number == call) return name;
  return std::to_string(call);
}

/// The call that the process is about to make; empty at the stop after it.
std::string call_of(pid_t child) {
  __ptrace_syscall_info info{};
  const auto got = ::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
  return got > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY ? name_of(info.entry.nr) : std::string();
}

/// Waits for the next stop at a system call. False where the process has ended instead.
bool next_stop(pid_t child, int& status) {
  int signal = 0;
  do {
    if (::ptrace(PTRACE_SYSCALL, child, nullptr, signal) != 0 || ::waitpid(child, &status, 0) != child)
      return false;
    if (!WIFSTOPPED(status)) return false;
    signal = WSTOPSIG(status) == (SIGTRAP | trace_mark) ? 0 : WSTOPSIG(status);
  } while (signal != 0);
  return true;
}

}  // namespace

Traced kill_at_stop(const std::function<void()>& action, long at, const std::set<std::string>& counted) {
  Traced traced;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(errno);
    ::raise(SIGSTOP);
    action();
    ::_exit(0);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) {
    traced.failure = std::strerror(WIFEXITED(status) ? WEXITSTATUS(status) : errno);
    return traced;
  }
  ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  bool counts = false, named = false;  // the call that it is in; any
  while (next_stop(child, status)) {
    if (const std::string call = call_of(child); !call.empty()) {
      named = true;
      counts = counted.empty() || counted.contains(call);
      if (counts) ++traced.calls[call];
    }
    if (!counts || traced.stops++ < at) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    break;
  }
  if (!named) traced.failure = "its system calls are not listed";
  traced.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  return traced;
}

}  // namespace zerogap::test

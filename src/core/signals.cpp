// SPDX-License-Identifier: Apache-2.0
#include "core/signals.hpp"

#include <atomic>
#include <csignal>
#include <cstring>
#include <ctime>

namespace zerogap {
namespace {

// A handler may only access lock-free atomics.
std::atomic<int> first_signal{0};
std::atomic<long> first_interrupt_ms{0};
bool holding = false;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<long>::is_always_lock_free);

constexpr long repeat_ms = 500;

long milliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000L + now.tv_nsec / 1000000L + 1;  // never 0, which means none yet
}

void remember(int signal) {
  int none = 0;
  first_signal.compare_exchange_strong(none, signal);
  if (signal != SIGINT) return;
  const long now = milliseconds();
  long earlier = 0;
  if (first_interrupt_ms.compare_exchange_strong(earlier, now) || now - earlier < repeat_ms) return;
  // Blocked while this handler runs; delivered, and then fatal, when it returns.
  struct sigaction fatal {};
  fatal.sa_handler = SIG_DFL;
  ::sigaction(SIGINT, &fatal, nullptr);
  ::raise(SIGINT);
}

// Whether nohup started this process. Read before the constructors of any library run, because UCX, which
// Open MPI may load, replaces an ignored signal with a handler of its own.
bool hangup_ignored = false;
void note_ignored_hangup(int, char**, char**) {
  struct sigaction hangup {};
  hangup_ignored = ::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler == SIG_IGN;
}
[[gnu::section(".preinit_array"), gnu::used]] void (*const before_libraries)(int, char**,
                                                                             char**) = note_ignored_hangup;

}  // namespace

void install_stop_signals() {
  if (holding) return;
  first_signal = 0;
  first_interrupt_ms = 0;
  struct sigaction action {};
  action.sa_handler = remember;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) ::sigaction(signal, &action, nullptr);
  struct sigaction hangup {};
  ::sigaction(SIGHUP, nullptr, &hangup);
  if (hangup_ignored)
    ::signal(SIGHUP, SIG_IGN);
  else if (hangup.sa_handler != SIG_IGN)
    ::sigaction(SIGHUP, &action, nullptr);
}

HeldStopRequests::HeldStopRequests() {
  install_stop_signals();
  holding = true;
}

HeldStopRequests::~HeldStopRequests() { holding = false; }

std::optional<int> stop_requested() {
  const int signal = first_signal.load();
  return signal == 0 ? std::nullopt : std::optional(signal);
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

}  // namespace zerogap

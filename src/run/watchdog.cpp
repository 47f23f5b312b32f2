// SPDX-License-Identifier: Apache-2.0
#include "run/watchdog.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>

#include "core/activity.hpp"
#include "core/error.hpp"

namespace zerogap {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds patience{3000};  ///< for replies of other ranks
constexpr milliseconds courtesy{1000};  ///< during which other ranks may still ask this one
/// If even the message hangs (stderr is a file on the file system that hangs), the kernel ends the process.
constexpr unsigned last_resort = 10;

/// How often to check: a tenth of the time, between 10 ms and a second.
milliseconds interval_for(double seconds) {
  return milliseconds(static_cast<int>(std::clamp(seconds * 100.0, 10.0, 1000.0)));
}

void append(const std::string& file, const std::string& text) {
  const FileHandle handle(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (handle) static_cast<void>(!::write(handle.get(), text.data(), text.size()));
}

/// "ranks 2, 3": at most four of them.
std::string list_ranks(const std::vector<int>& ranks) {
  std::string text = ranks.size() == 1 ? "rank" : "ranks";
  for (std::size_t i = 0; i < std::min<std::size_t>(4, ranks.size()); ++i)
    text += (i == 0 ? " " : ", ") + std::to_string(ranks[i]);
  return ranks.size() > 4 ? text + fmt::format(" and {} more", ranks.size() - 4) : text;
}

}  // namespace

std::string watchdog_message(double seconds, const std::string& activity, const std::vector<Answer>& others) {
  std::map<std::string, std::vector<int>> silent, stuck, gone, elsewhere;
  for (const auto& each : others) {
    if (each.liveness == Liveness::silent) silent[each.host].push_back(each.rank);
    if (each.liveness == Liveness::stuck) stuck[each.host].push_back(each.rank);
    if (each.liveness == Liveness::gone) gone[each.host].push_back(each.rank);
    if (each.liveness == Liveness::answered && each.text != activity)
      elsewhere[each.text + "' on host " + each.host].push_back(each.rank);
  }
  std::string why;
  const auto add = [&](const std::string& text) { why += (why.empty() ? "" : "; ") + text; };
  for (const auto& [host, ranks] : silent)
    add(fmt::format("host {} with {} does not answer", host, list_ranks(ranks)));
  for (const auto& [host, ranks] : gone)
    add(fmt::format("{} on host {} {} gone", list_ranks(ranks), host, ranks.size() == 1 ? "is" : "are"));
  for (const auto& [host, ranks] : stuck)
    add(fmt::format("{} on host {} {} still", list_ranks(ranks), host,
                    ranks.size() == 1 ? "stands" : "stand"));
  std::size_t listed = 0;
  for (const auto& [place, ranks] : elsewhere)
    if (listed++ < 4)
      add(fmt::format("{} {} in '{}", list_ranks(ranks), ranks.size() == 1 ? "is" : "are", place));
  if (why.empty())
    why = others.empty() ? "a file system or a device that does not answer, or longer work than this"
                         : "all ranks answer and are in the same step";
  return fmt::format(
      "no progress for {:g} s in {} ({}); start again with --resume, without what is missing, or raise "
      "run.watchdog if a step may take that long",
      seconds, activity, why);
}

Watchdog::Watchdog(double seconds, Communicator& world) : seconds_(seconds) {
  if (seconds_ <= 0.0) return;
  roster_ = std::make_unique<PeerDirectory>(world);
  if (const char* file = std::getenv("ZEROGAP_FAULT")) fault_file_ = file;
  // Signals are for the thread that computes.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { watch(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Watchdog::~Watchdog() {
  if (!thread_.joinable()) return;
  ending_ = true;
  roster_->wake();
  thread_.join();
}

void Watchdog::watch() {
  const auto interval = interval_for(seconds_);
  std::uint64_t seen = activity::count();
  double idle = 0.0;
  auto last = Clock::now();
  while (!ending_) {
    roster_->answer(interval, activity::now);
    const auto now = Clock::now();
    // A check that comes much too late means that the process was suspended.
    idle += std::chrono::duration<double>(std::min<Clock::duration>(now - last, 2 * interval)).count();
    last = now;
    if (const auto count = activity::count(); count != seen) {
      seen = count;
      idle = 0.0;
    }
    if (idle >= seconds_ && !ending_) give_up();
  }
}

void Watchdog::give_up() {
  std::string doing = activity::now();
  const auto text = [&] { return doing; };
  const auto others = roster_->ask(patience, text);
  ::signal(SIGALRM, SIG_DFL);
  sigset_t alarm;
  ::sigemptyset(&alarm);
  ::sigaddset(&alarm, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  ::alarm(last_resort);
  const std::string words =
      fmt::format("error: {} [rank {}, host {}]\n", watchdog_message(seconds_, doing, others),
                  roster_->rank(), roster_->host(roster_->rank()));
  static_cast<void>(!::write(STDERR_FILENO, words.data(), words.size()));
  if (!fault_file_.empty()) append(fault_file_, words);
  roster_->answer(courtesy, text);
  ::_exit(static_cast<int>(ExitCode::runtime));
}

}  // namespace zerogap

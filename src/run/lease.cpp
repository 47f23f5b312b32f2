// SPDX-License-Identifier: Apache-2.0
#include "run/lease.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "core/format.hpp"
#include "core/host_info.hpp"
#include "core/json.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

// Heartbeats come every heartbeat_interval, but a run sends none during an evaluation or a checkpoint.
constexpr std::chrono::seconds patience{600};
// A machine of the same name that has been rebooted is almost certainly the same machine.
constexpr std::chrono::seconds patience_after_restart{120};
constexpr std::chrono::seconds clock_interval{60};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool runs(long pid, long long start) {
  if (pid <= 0 || (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH)) return false;
  const ProcessState found = process_state(pid);
  if (found.start < 0) return true;
  return found.start == start && found.state != 'Z' && found.state != 'X';
}

}  // namespace

LeaseOwner this_process() {
  LeaseOwner self;
  self.host = host_name();
  self.pid = ::getpid();
  self.start = process_state(self.pid).start;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> self.boot;
  std::error_code ignored;
  self.pid_namespace = std::filesystem::read_symlink("/proc/self/ns/pid", ignored).string();
  self.job = environment("SLURM_JOB_ID");
  self.restarts = std::atoi(environment("SLURM_RESTART_COUNT").c_str());
  self.since = time_now();
  return self;
}

std::string to_text(const LeaseOwner& owner) {
  const Json json = {{"host", owner.host},
                     {"pid", owner.pid},
                     {"start", owner.start},
                     {"boot", owner.boot},
                     {"pid_namespace", owner.pid_namespace},
                     {"job", owner.job.empty() ? Json() : Json(owner.job)},
                     {"restarts", owner.restarts},
                     {"since", owner.since}};
  return print_json(json) + "\n";
}

std::optional<LeaseOwner> parse_owner(const std::string& text) {
  try {
    const Json json = parse_json(text);
    LeaseOwner owner;
    owner.host = json.at("host").get<std::string>();
    owner.pid = whole_number(json.at("pid"));
    owner.start = json.contains("start") ? whole_number(json["start"]) : -1;
    owner.boot = json.value("boot", "");
    owner.pid_namespace = json.value("pid_namespace", "");
    if (json.contains("job") && json["job"].is_string()) owner.job = json["job"].get<std::string>();
    owner.restarts =
        static_cast<int>(json.contains("restarts") ? whole_number(json["restarts"], 0, INT_MAX) : 0);
    owner.since = json.value("since", "an unknown time");
    return owner;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string why_stale(const LeaseOwner& owner, const LeaseOwner& self, std::chrono::seconds since_heartbeat) {
  if (!self.job.empty() && owner.job == self.job && owner.restarts < self.restarts)
    return fmt::format("Slurm has requeued job {} since", self.job);
  const bool same_start = owner.host == self.host && owner.boot == self.boot;
  if (same_start && owner.pid_namespace == self.pid_namespace)
    return runs(owner.pid, owner.start) ? "" : fmt::format("process {} is gone", owner.pid);
  const bool restarted = owner.host == self.host && owner.boot != self.boot;
  if (since_heartbeat < (restarted ? patience_after_restart : patience)) return "";
  if (restarted) return fmt::format("host {} was restarted since", owner.host);
  return "it gave no sign of life for " + format_duration(static_cast<double>(since_heartbeat.count()));
}

std::time_t FileClock::now() {
  const auto steady = std::chrono::steady_clock::now();
  if (!known_ || steady - read_ > clock_interval) {
    const FileHandle handle(::open(probe_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    struct stat status {};
    const bool read = handle && ::futimens(handle.get(), nullptr) == 0 && ::fstat(handle.get(), &status) == 0;
    ahead_ = read ? std::time(nullptr) - status.st_mtime : 0;
    if (handle) ::unlink(probe_.c_str());
    known_ = true;
    read_ = steady;
  }
  return std::time(nullptr) - ahead_;
}

std::optional<LeaseState> read_lease(const std::filesystem::path& file, FileClock& clock) {
  LeaseState state;
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || read_fully(file, state.text) != 0) return std::nullopt;
  state.owner = parse_owner(state.text);
  state.since_heartbeat = std::chrono::seconds(clock.now() - status.st_mtime);
  return state;
}

Lease::Lease(std::filesystem::path file) : file_(std::move(file)), text_(to_text(this_process())) {}

Lease::Holder Lease::holder() const {
  std::string text;
  const int failure = read_fully(file_, text);
  if (failure == ENOENT) return Holder::nobody;
  if (failure != 0) return Holder::unreadable;
  return text == text_ ? Holder::self : Holder::other;
}

void Lease::heartbeat() const { ::utimensat(AT_FDCWD, file_.c_str(), nullptr, 0); }

}  // namespace zerogap

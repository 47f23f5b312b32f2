#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/format.hpp"
#include "core/host_info.hpp"
#include "core/json.hpp"
#include "run/run_lock.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

// Heartbeats come every 30 s, but not during an evaluation or a checkpoint.
constexpr std::chrono::seconds patience{600};
// A machine of the same name that has been started again is all but certainly the same machine.
constexpr std::chrono::seconds patience_after_restart{120};

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

LockOwner this_process() {
  LockOwner self;
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

std::string to_text(const LockOwner& owner) {
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

LockOwner parse_owner(const std::string& text) {
  const Json json = parse_json(text);
  LockOwner owner;
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
}

std::string why_stale(const LockOwner& owner, const LockOwner& self, std::chrono::seconds since_heartbeat) {
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

}  // namespace zerogap

#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace zerogap {

/// Who owns a run folder, as DIR/lock holds it in JSON.
struct LockOwner {
  std::string host;
  long pid = 0;
  long long start = 0;        ///< of the process, /proc/PID/stat's ticks since the machine started
  std::string boot;           ///< this start of the machine
  std::string pid_namespace;  ///< where pid counts: containers on one host do not see each other's processes
  std::string job;            ///< Slurm's; empty outside of Slurm
  int restarts = 0;           ///< how often Slurm had requeued the job
  std::string since;          ///< ISO 8601
};

/// What this process would write.
LockOwner this_process();
/// For parse_owner().
std::string to_text(const LockOwner& owner);
/// Throws std::exception when the text is no owner.
LockOwner parse_owner(const std::string& text);

/// Why a lock with this owner is stale, or empty if the owner lives or may live. `since_heartbeat` is the
/// time since its last heartbeat.
std::string why_stale(const LockOwner& owner, const LockOwner& self, std::chrono::seconds since_heartbeat);

/// An exclusive lock file, ours from construction to destruction.
class RunLock {
 public:
  /// Error (exit 2) when a living owner has it, (exit 3) when it cannot be written. A stale lock is taken
  /// over and logged; of several processes that try exactly one succeeds.
  explicit RunLock(const std::filesystem::path& file);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  /// Renews the file's time, at most once in 30 s. Error (exit 3) when another process has taken the lock
  /// over.
  void heartbeat();
  /// The same, whenever the last one was.
  void heartbeat_now();

 private:
  bool create() const;
  int write_lock(const std::filesystem::path& file, int how) const;
  void remove_stale() const;

  std::filesystem::path file_;
  std::string text_;  ///< what the file holds while it is ours
  std::chrono::steady_clock::time_point last_heartbeat_;
};

}  // namespace zerogap

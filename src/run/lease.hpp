// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>

namespace zerogap {

/// Who holds a lease, as its file says in JSON.
struct LeaseOwner {
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
LeaseOwner this_process();
/// The text of a lease's file.
std::string to_text(const LeaseOwner& owner);
/// None where the text names no owner.
std::optional<LeaseOwner> parse_owner(const std::string& text);

/// Why a lease of this owner is stale, or empty if the owner lives or may live. `since_heartbeat` is the time
/// since its last heartbeat.
std::string why_stale(const LeaseOwner& owner, const LeaseOwner& self, std::chrono::seconds since_heartbeat);

/// The clock that stamps files in a folder, which on a network file system is the server's: hosts' own clocks
/// may differ. Reads it with a probe file, at most once a minute.
class FileClock {
 public:
  /// `probe` is the name of the probe file; no other process may have the same.
  explicit FileClock(std::filesystem::path probe) : probe_(std::move(probe)) {}
  std::time_t now();

 private:
  std::filesystem::path probe_;
  std::time_t ahead_ = 0;  ///< of this host's clock
  std::chrono::steady_clock::time_point read_{};
  bool known_ = false;
};

/// What the file of a lease says, to anybody.
struct LeaseState {
  std::string text;
  std::optional<LeaseOwner> owner;          ///< none where the text names none
  std::chrono::seconds since_heartbeat{0};  ///< negative where the file's time lies ahead
};

/// None where the file cannot be read.
std::optional<LeaseState> read_lease(const std::filesystem::path& file, FileClock& clock);

/// A lease that this process holds or is about to take: a file that names it as the owner, and whose time it
/// renews. RunLock and Claim say how such a file is made and when another's may be replaced.
class Lease {
 public:
  /// The owner of a lease renews its file's time so often, work permitting.
  static constexpr std::chrono::seconds heartbeat_interval{30};

  /// Whose the file is.
  enum class Holder { self, other, nobody, unreadable };

  explicit Lease(std::filesystem::path file);

  const std::filesystem::path& file() const { return file_; }
  /// What the file holds while it is this process's.
  const std::string& text() const { return text_; }

  /// Reads the file: whether it still is this process's, has another text, is missing, or cannot be read.
  Holder holder() const;
  /// Renews the file's time, whoever's it is.
  void heartbeat() const;

 private:
  std::filesystem::path file_;
  std::string text_;
};

}  // namespace zerogap

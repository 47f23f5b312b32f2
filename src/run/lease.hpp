// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>

namespace zerogap {

/// The owner of a lease, as its file records it in JSON.
struct LeaseOwner {
  std::string host;
  long pid = 0;
  long long start = 0;  ///< start time of the process, /proc/PID/stat's ticks since the machine started
  std::string boot;     ///< id of this boot of the machine
  /// In which pid is valid: containers on one host do not see each other's processes.
  std::string pid_namespace;
  std::string job;    ///< Slurm's; empty outside of Slurm
  int restarts = 0;   ///< how often Slurm had requeued the job
  std::string since;  ///< ISO 8601
};

/// This process as an owner.
LeaseOwner this_process();
/// The text of a lease's file.
std::string to_text(const LeaseOwner& owner);
/// None if the text names no owner.
std::optional<LeaseOwner> parse_owner(const std::string& text);

/// Why a lease of this owner is stale; empty if the owner is or may be alive. `since_heartbeat` is the time
/// since its last heartbeat.
std::string why_stale(const LeaseOwner& owner, const LeaseOwner& self, std::chrono::seconds since_heartbeat);

/// The clock of the time stamps of files in a folder. On a network file system it is the server's and may
/// differ from the hosts' clocks. It is read with a probe file, at most once a minute.
class FileClock {
 public:
  /// `probe` is the name of the probe file; no other process may use the same.
  explicit FileClock(std::filesystem::path probe) : probe_(std::move(probe)) {}
  std::time_t now();

 private:
  std::filesystem::path probe_;
  std::time_t ahead_ = 0;  ///< seconds by which this host's clock is ahead
  std::chrono::steady_clock::time_point read_{};
  bool known_ = false;
};

/// The state of a lease as any process can read it.
struct LeaseState {
  std::string text;
  std::optional<LeaseOwner> owner;          ///< none if the text names none
  std::chrono::seconds since_heartbeat{0};  ///< negative if the file's time lies ahead
};

/// None if the file cannot be read.
std::optional<LeaseState> read_lease(const std::filesystem::path& file, FileClock& clock);

/// A lease that this process holds or is about to take: a file that names it as the owner and whose time it
/// renews. RunLock and Claim define how such a file is made and when another's may be replaced.
class Lease {
 public:
  /// Interval at which the owner of a lease renews its file's time, work permitting.
  static constexpr std::chrono::seconds heartbeat_interval{30};

  /// Who owns the file.
  enum class Holder { self, other, nobody, unreadable };

  explicit Lease(std::filesystem::path file);

  const std::filesystem::path& file() const { return file_; }
  /// The file's content while this process owns it.
  const std::string& text() const { return text_; }

  /// Reads the file: whether this process still owns it, it has another text, is missing, or cannot be read.
  Holder holder() const;
  /// Renews the file's time, whoever owns it.
  void heartbeat() const;

 private:
  std::filesystem::path file_;
  std::string text_;
};

}  // namespace zerogap

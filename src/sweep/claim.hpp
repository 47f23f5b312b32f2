// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "run/lease.hpp"

namespace zerogap {

/// The claim in a cell's folder: which process works on the cell.
struct ClaimState {
  std::int64_t number = 0;                  ///< of the newest claim; 0 if there is none
  bool released = false;                    ///< released by its owner
  std::optional<LeaseOwner> owner;          ///< none if the file does not name one
  std::chrono::seconds since_heartbeat{0};  ///< since its last heartbeat
  std::string stale;                        ///< why its owner counts as dead; empty if it is or may be alive

  bool free() const { return number == 0 || released || !stale.empty(); }
};

/// The clock for claims of the store in this folder.
FileClock claim_clock(const std::filesystem::path& store);

/// Reads the claim in a cell's folder; a missing folder has no claim.
ClaimState read_claim(const std::filesystem::path& folder, FileClock& clock);

/// Removes the claims in the folder of a finished cell, which needs none. Its owner may have left some if it
/// was killed at the last moment.
void remove_claims(const std::filesystem::path& folder);

/// A lease on a cell, held by this process from construction to destruction, among any number of processes on
/// any hosts that share the file system.
///
/// The owner of a cell is the process that created the file claim.N with the greatest N, by O_EXCL. A
/// released or stale claim is never removed before there is a greater one. So of all processes that found it
/// stale exactly one creates claim.N+1, and a late one finds claim.N+2 and leaves. This uses neither locks of
/// the file system nor renames of another's file. A thread renews the file's time every
/// Lease::heartbeat_interval.
class Claim {
 public:
  /// None if another process has it or got it meanwhile. Error (exit 3) if the folder cannot be written.
  static std::unique_ptr<Claim> take(const std::filesystem::path& folder, FileClock& clock);
  /// Releases the cell, so that it can be claimed at once.
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  /// Why the previous claim was taken over; empty if it was not.
  const std::string& taken_over() const { return taken_over_; }
  /// Whether another process has taken the cell over: this one must have been suspended for long.
  bool lost() const;
  /// Removes the claim when the cell is finished.
  void finish();

 private:
  Claim(Lease lease, std::string taken_over);
  void send_heartbeats();

  Lease lease_;
  std::string taken_over_;
  bool finished_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread heartbeats_;
};

}  // namespace zerogap

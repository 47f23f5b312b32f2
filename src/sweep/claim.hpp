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

/// What a cell's folder says about who works on it.
struct ClaimState {
  std::int64_t number = 0;                  ///< of the newest claim; 0: there is none
  bool released = false;                    ///< given back by its owner
  std::optional<LeaseOwner> owner;          ///< none where the file does not say
  std::chrono::seconds since_heartbeat{0};  ///< since its last heartbeat
  std::string stale;                        ///< why its owner counts as gone; empty if it lives or may live

  bool free() const { return number == 0 || released || !stale.empty(); }
};

/// The clock by which the claims of a store, whose folder this is, are judged.
FileClock claim_clock(const std::filesystem::path& store);

/// Reads a cell's folder; a folder that is missing has no claim.
ClaimState read_claim(const std::filesystem::path& folder, FileClock& clock);

/// Removes the claims in the folder of a finished cell, which its owner, killed in its last moment, may have
/// left: such a cell needs none.
void remove_claims(const std::filesystem::path& folder);

/// A lease on a cell, this process's from construction to destruction, among any number of processes on any
/// hosts that share the file system.
///
/// The owner of a cell is the process that made the file claim.N with the greatest N, by O_EXCL. A released
/// or stale claim is never removed before there is a greater one, so that of all who judged it stale exactly
/// one makes claim.N+1; who judged too late finds claim.N+2 and leaves. No lock of the file system, no rename
/// of another's file. A thread renews the file's time every Lease::heartbeat_interval.
class Claim {
 public:
  /// None when another has it or got it meanwhile. Error (exit 3) when the folder cannot be written.
  static std::unique_ptr<Claim> take(const std::filesystem::path& folder, FileClock& clock);
  /// Gives the cell back, so that it can be claimed at once.
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  /// Why the one before was taken over; empty where it was not.
  const std::string& taken_over() const { return taken_over_; }
  /// Whether another process has taken the cell over: this one must have stood still for long.
  bool lost() const;
  /// The cell is finished: its folder needs no claim any more.
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

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>

#include "run/lease.hpp"

namespace zerogap {

/// A lease on a run folder in one exclusive file, held by this process from construction to destruction.
class RunLock {
 public:
  /// Error (exit 2) if a live owner holds it, (exit 3) if it cannot be written. A stale lock is taken over
  /// with a log message; of several processes that try exactly one succeeds.
  explicit RunLock(const std::filesystem::path& file);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  /// Renews the file's time, at most once in 30 s. Error (exit 3) if another process has taken the lock over.
  void heartbeat();
  /// The same at once.
  void heartbeat_now();

 private:
  bool create() const;
  int write_text(const std::filesystem::path& file, int how) const;
  void remove_stale() const;

  Lease lease_;
  std::chrono::steady_clock::time_point last_heartbeat_;
};

}  // namespace zerogap

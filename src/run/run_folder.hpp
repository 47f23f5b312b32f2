// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "run/run_lock.hpp"

namespace zerogap {

/// The folder that a run writes to, owned by one process (rank 0) from construction to destruction.
///
/// DIR/lock names the owner. A lock whose owner is alive is an Error (exit 2) naming it. A stale lock is
/// taken over with a log message. It is stale if its process no longer exists (same host), if it belongs to
/// this Slurm job before a requeue, or (another host) after 10 minutes without a heartbeat (2 minutes if this
/// host was restarted since). Of several processes that want a folder exactly one gets it.
class RunFolder {
 public:
  /// Creates DIR and DIR/checkpoints as needed. Error (exit 3) if they cannot be created or written; folders
  /// created so far are then removed.
  explicit RunFolder(const std::filesystem::path& path);
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path config_file() const { return path_ / "config.yaml"; }
  std::filesystem::path history_file() const { return path_ / "history.jsonl"; }
  std::filesystem::path result_file() const { return path_ / "result.json"; }
  std::filesystem::path log_file() const { return path_ / "log.txt"; }
  std::filesystem::path lock_file() const { return path_ / "lock"; }

  /// Shows other hosts that the owner is alive; to be called every step, acts once in 30 seconds. Error (exit
  /// 3) if another process has taken the folder over (this one must have been suspended for long).
  void heartbeat();

  /// The same at once, before something is written.
  void require_lock();

  /// Writes text to a file of the folder, completely or not at all. Error (exit 3) on failure, with the file
  /// unchanged.
  void write_text(const std::filesystem::path& file, std::string_view text) const;

 private:
  std::filesystem::path path_;
  std::unique_ptr<RunLock> lock_;
};

}  // namespace zerogap

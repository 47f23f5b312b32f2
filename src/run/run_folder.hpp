// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "run/run_lock.hpp"

namespace zerogap {

/// The folder that a run writes to, owned by one process (rank 0) from construction to destruction.
///
/// DIR/lock says who that is. A lock whose owner lives is an Error (exit 2) naming it. A stale one is taken
/// over and that is logged: its process is gone (same host), or it is of this Slurm job before a requeue, or
/// (another host) it gave no heartbeat for 10 minutes (2 minutes if this host was restarted since). Of
/// several processes that want a folder exactly one gets it.
class RunFolder {
 public:
  /// Makes DIR and DIR/checkpoints as needed. Error (exit 3) when it cannot be made or written; what was made
  /// is then removed again.
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

  /// Shows other hosts that the owner lives; call it every step, it acts once in 30 seconds. Error (exit 3)
  /// when another process has taken the folder over (this one must have stood still for long).
  void heartbeat();

  /// The same at once, before something is written.
  void require_lock();

  /// Puts text into a file of the folder, whole or not at all. Error (exit 3) when that fails, with the file
  /// as it was.
  void write_text(const std::filesystem::path& file, std::string_view text) const;

 private:
  std::filesystem::path path_;
  std::unique_ptr<RunLock> lock_;
};

}  // namespace zerogap

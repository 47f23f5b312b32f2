// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "core/files.hpp"

namespace zerogap {

/// history.jsonl: one line with a JSON object for each evaluation, written by rank 0.
class History {
 public:
  /// Opens for appending after the first keep_bytes, the position() recorded in the checkpoint that is
  /// resumed (0 for a new run); what follows will be computed again and is dropped. A file that is shorter,
  /// or that has no line end there, keeps its complete lines up to that position, with a warning. Error (exit
  /// 3) if it cannot be opened.
  History(const std::filesystem::path& path, std::int64_t keep_bytes);

  /// Error (exit 3) if another process has written to the file since: the run continues elsewhere.
  void require_unmodified() const;

  /// Appends a line and flushes it to the disk. Numbers that are not finite become null. Error (exit 3) if it
  /// cannot be written; the file then ends with the previous line.
  void append(const nlohmann::ordered_json& record);

  /// Bytes of the complete lines so far.
  std::int64_t position() const { return position_; }

 private:
  std::filesystem::path path_;
  FileHandle file_;
  std::int64_t position_ = 0;
};

}  // namespace zerogap

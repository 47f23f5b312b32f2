// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "core/files.hpp"

namespace zerogap {

/// history.jsonl: one JSON object a line, one line an evaluation, written by rank 0.
class History {
 public:
  /// Opens for appending after the first keep_bytes, the position() that the checkpoint resumed from recorded
  /// (0 for a new run); what lies behind will be computed again and is dropped. A file that is shorter, or
  /// whose line does not end there, keeps its whole lines up to that place, with a warning. Error (exit 3)
  /// when it cannot be opened.
  History(const std::filesystem::path& path, std::int64_t keep_bytes);

  /// Error (exit 3) when somebody else has written to the file since: the run goes on elsewhere.
  void require_unmodified() const;

  /// Appends a line and waits until the disk has it. Numbers that are not finite become null. Error (exit 3)
  /// when it cannot be written; the file then ends with the line before.
  void append(const nlohmann::ordered_json& record);

  /// Bytes of the whole lines so far.
  std::int64_t position() const { return position_; }

 private:
  std::filesystem::path path_;
  FileHandle file_;
  std::int64_t position_ = 0;
};

}  // namespace zerogap

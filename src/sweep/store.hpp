// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sweep/claim.hpp"
#include "sweep/plan.hpp"

namespace zerogap {

/// Why a cell has no result, from DIR/cells/NAME/failure.json.
struct Failure {
  std::int64_t attempts = 0;  ///< so far
  std::string message = {};   ///< of the last
  std::string host = {}, when = {};
};

/// A folder with cells, each computed once, and the sweeps that refer to them:
///   store.json         format and schema
///   sweeps/NAME.json   plans
///   cells/CELL/        a run's folder while it is computed (docs/formats.md), with its claim; then
///   result.json,
///                      history.jsonl and one checkpoint
class Store {
 public:
  /// Creates the folder and its contents. Error (exit 2) if it is used for something else, (exit 3) if it
  /// cannot be written or has another schema.
  static Store create(const std::filesystem::path& path);
  /// Opens an existing store. Error (exit 2) if the folder is not a store.
  static Store open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path cell(const std::string& name) const { return path_ / "cells" / name; }
  /// Whether something other than a folder has the path of the cell's folder: a file or a dangling link.
  bool is_blocked(const std::string& name) const;
  std::vector<std::string> sweeps() const;  ///< names, sorted

  /// Error (exit 2) if the store's sweep of that name comes from another file and has cells that this one
  /// lacks, which the store would lose track of.
  void require_own(const SweepPlan& plan) const;
  /// Calls require_own() and writes the plan.
  void save(const SweepPlan& plan) const;
  /// Error (exit 2) if there is no such sweep, (exit 3) if its file is damaged.
  SweepPlan load(const std::string& name) const;

  /// The result of a cell; none while it is not finished. Error (exit 3) if result.json is damaged or belongs
  /// to another cell.
  std::optional<nlohmann::ordered_json> result(const Cell& cell) const;
  /// The cell's newest intact checkpoint, with a warning for each damaged one; empty if there is none.
  std::filesystem::path checkpoint(const Cell& cell) const;
  /// Allows a cell to be computed again if its result.json is damaged or belongs to another cell, or if none
  /// of its checkpoints is intact: renames the file to result.json.damaged. Error (exit 3) if it cannot be
  /// renamed.
  void set_damaged_result_aside(const Cell& cell) const;
  /// Writes result.json, which marks the cell as finished, and keeps of its folder only that, the history and
  /// the newest checkpoint. `about`: entries for the cell's part of the result, in addition to its name.
  void finish(const Cell& cell, nlohmann::ordered_json result, const nlohmann::ordered_json& about) const;

  std::optional<Failure> failure(const std::string& cell) const;
  void save_failure(const std::string& cell, const Failure& failure) const;
  void forget_failure(const std::string& cell) const;

 private:
  explicit Store(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace zerogap

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

/// Why a cell has no result, as DIR/cells/NAME/failure.json holds it.
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
  /// Makes the folder and what it holds. Error (exit 2) when it is another's, (exit 3) when it cannot be
  /// written or is of another schema.
  static Store create(const std::filesystem::path& path);
  /// One that is there. Error (exit 2) when it is no sweeps' folder.
  static Store open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path cell(const std::string& name) const { return path_ / "cells" / name; }
  /// Whether something else stands where the cell's folder is or will be: a file, a link that leads nowhere.
  bool is_blocked(const std::string& name) const;
  std::vector<std::string> sweeps() const;  ///< names, sorted

  /// Error (exit 2) where the store's sweep of that name is another file's with cells that this one has not:
  /// the store would know of them no more.
  void require_own(const SweepPlan& plan) const;
  /// The same.
  void save(const SweepPlan& plan) const;
  /// Error (exit 2) when there is no such sweep, (exit 3) when its file is damaged.
  SweepPlan load(const std::string& name) const;

  /// The result of a finished cell; none while it is not. Error (exit 3) when result.json is damaged or
  /// another cell's.
  std::optional<nlohmann::ordered_json> result(const Cell& cell) const;
  /// The cell's newest whole checkpoint, with a warning for each damaged one; empty where there is none.
  std::filesystem::path checkpoint(const Cell& cell) const;
  /// Lets a cell whose result.json is damaged or another cell's, or of whose checkpoints none is whole, be
  /// computed again: the file becomes result.json.damaged. Error (exit 3) when it cannot be renamed.
  void set_damaged_result_aside(const Cell& cell) const;
  /// Writes result.json, which makes the cell finished, and leaves of its folder that, the history and the
  /// newest checkpoint. `about`: what the cell's part of the result is to say beside its name.
  void finish(const Cell& cell, nlohmann::ordered_json result, const nlohmann::ordered_json& about) const;

  std::optional<Failure> failure(const std::string& cell) const;
  void save_failure(const std::string& cell, const Failure& failure) const;
  void forget_failure(const std::string& cell) const;

 private:
  explicit Store(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace zerogap

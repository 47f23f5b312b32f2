// SPDX-License-Identifier: Apache-2.0
#include "sweep/store.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "checkpoint/checkpoint.hpp"
#include "core/atomic_file.hpp"
#include "core/files.hpp"
#include "core/json.hpp"
#include "sweep/json_text.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int store_schema = 1;
constexpr int cell_schema = 1;
const char* const mark = "zerogap store";

std::string dump(const Json& json, int indent = 2) { return json_text(json, indent) + "\n"; }

/// The file as JSON; a discarded value if it is not JSON.
Json read_json(const fs::path& file) {
  std::string text;
  if (read_fully(file, text) != 0) return Json(Json::value_t::discarded);
  return json_from_text(text);
}

void make_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) throw file_error("cannot make the folder " + folder.string(), failure.value());
}

void require_schema(const fs::path& path) {
  const Json json = read_json(path / "store.json");
  if (!json.is_object() || !json.contains("format") || json["format"] != mark)
    throw usage_error(path.string() + " holds no sweeps", "its store.json is not one of zerogap",
                      "give another folder");
  if (json.value("schema", Json()) != store_schema)
    throw data_error(path.string() + " is of another schema",
                     "its store.json says " + json.value("schema", Json()).dump() + ", this program knows " +
                         std::to_string(store_schema),
                     "use the program that made it, or another folder");
}

Error damaged(const fs::path& file, const std::string& why) {
  return data_error(file.string() + " is damaged", why,
                    "--only " + file.parent_path().filename().string() + " computes that cell again");
}

/// Throws Json::exception if an entry that others read from a result has another type.
void require_types(const Json& result) {
  const auto number = [](const Json& value) { static_cast<void>(value.get<double>()); };
  const auto text = [](const Json& value) { static_cast<void>(value.get_ref<const std::string&>()); };
  text(result.at("status"));
  if (result.contains("seconds")) number(result["seconds"]);
  if (result.contains("epoch")) whole_number(result["epoch"], 0);
  static_cast<void>(result.at("cell").at("schema"));
  if (result.contains("versions") && result["versions"].contains("zerogap"))
    text(result["versions"]["zerogap"]);
  if (!result.contains("machine")) return;
  const Json& machine = result["machine"];
  if (machine.contains("kernels")) text(machine["kernels"]);
  if (machine.contains("grid"))
    for (const std::size_t axis : {0, 1}) whole_number(machine["grid"].at(axis), 1);
}

bool belongs_to_a_finished_cell(const std::string& name) {
  return name == "result.json" || name == "history.jsonl" || name == "checkpoints" ||
         name.starts_with("claim.");
}

/// One checkpoint is enough once the cell is finished.
void keep_newest_checkpoint(const fs::path& folder) {
  const auto generations = list_generations(folder);
  std::error_code ignored;
  for (std::size_t i = 0; i + 1 < generations.size(); ++i) fs::remove(generations[i].file, ignored);
}

}  // namespace

Store Store::create(const fs::path& path) {
  if (path.empty())
    throw usage_error("the sweep has no folder", "its path is empty", "name one with --out DIR");
  std::error_code ignored;
  if (fs::exists(path / "store.json", ignored)) {
    require_schema(path);
  } else if (fs::exists(path / "config.yaml", ignored) || fs::exists(path / "checkpoints", ignored)) {
    throw usage_error(path.string() + " holds a run", "a sweep keeps many of them, in a folder of its own",
                      "give another --out");
  }
  for (const char* part : {"", "cells", "sweeps"}) make_folder(path / part);
  if (!fs::exists(path / "store.json", ignored))
    write_file(path / "store.json", dump({{"format", mark}, {"schema", store_schema}}));
  return Store(path);
}

Store Store::open(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path / "store.json", ignored))
    throw usage_error(path.string() + " holds no sweeps", "it has no store.json",
                      "give the folder that zerogap sweep was given with --out");
  require_schema(path);
  return Store(path);
}

std::vector<std::string> Store::sweeps() const {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path_ / "sweeps", ignored))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

void Store::require_own(const SweepPlan& plan) const {
  const fs::path file = path_ / "sweeps" / (plan.file.name + ".json");
  SweepPlan there;
  try {
    there = plan_from_json(read_json(file));
  } catch (const std::exception&) {
    return;  // none, or a damaged one that will be written again
  }
  // Plans of older versions do not record their origin.
  if (there.file.origin.empty() || there.file.origin == plan.file.origin) return;
  std::set<std::string> mine;
  for (const Cell& cell : plan.cells) mine.insert(cell.name);
  const auto lost = std::count_if(there.cells.begin(), there.cells.end(),
                                  [&](const Cell& cell) { return !mine.contains(cell.name); });
  if (lost == 0) return;
  throw usage_error(path_.string() + " has a sweep " + plan.file.name + " of another file",
                    std::to_string(lost) + " cells of " + there.file.origin + " are not in " + plan.file.path,
                    "rename the file, whose name the sweep has, or give another --out; to forget the other "
                    "sweep remove " +
                        file.string());
}

void Store::save(const SweepPlan& plan) const {
  require_own(plan);
  write_file(path_ / "sweeps" / (plan.file.name + ".json"), dump(to_json(plan), 1));
}

SweepPlan Store::load(const std::string& name) const {
  const fs::path file = path_ / "sweeps" / (name + ".json");
  std::error_code ignored;
  if (!fs::exists(file, ignored)) {
    std::string all;
    for (const auto& each : sweeps()) all += (all.empty() ? "" : ", ") + each;
    throw usage_error(path_.string() + " has no sweep " + name, "its sweeps: " + all, "name one of them");
  }
  const Json json = read_json(file);
  if (!json.is_object())
    throw data_error(file.string() + " is no sweep", "it is not JSON", "run zerogap sweep again to write it");
  try {
    return plan_from_json(json);
  } catch (const std::exception& error) {
    throw data_error(file.string() + " is no sweep", error.what(), "run zerogap sweep again to write it");
  }
}

std::optional<Json> Store::result(const Cell& cell) const {
  const fs::path file = this->cell(cell.name) / "result.json";
  std::string text;
  if (read_fully(file, text) != 0) return std::nullopt;
  Json json = json_from_text(text);
  if (!json.is_object()) throw damaged(file, "it is not JSON");
  if (!json.contains("cell")) return std::nullopt;
  try {
    require_types(json);
    const Json& mine = json["cell"];
    if (mine.at("schema") != cell_schema) throw damaged(file, "its cell is of another schema");
    if (mine.value("name", "") != cell.name || mine.value("identity", "") != cell.identity)
      throw damaged(file, "it is the result of another cell, " + mine.value("name", "one without a name"));
  } catch (const Json::exception& error) {
    throw damaged(file, std::string("it is not as zerogap writes it: ") + error.what());
  }
  return json;
}

bool Store::is_blocked(const std::string& name) const {
  std::error_code ignored;
  return fs::symlink_status(cell(name), ignored).type() != fs::file_type::not_found &&
         !fs::is_directory(cell(name), ignored);
}

fs::path Store::checkpoint(const Cell& cell) const {
  return latest_valid(this->cell(cell.name) / "checkpoints", *make_serial());
}

void Store::set_damaged_result_aside(const Cell& cell) const {
  const fs::path file = this->cell(cell.name) / "result.json";
  try {
    const auto found = result(cell);
    if (!found || found->value("status", "") == "diverged" || !checkpoint(cell).empty()) return;
    throw damaged(file, "its checkpoint is damaged");
  } catch (const Error&) {
    std::error_code failure;
    fs::rename(file, file.string() + ".damaged", failure);
    if (failure) throw file_error("cannot rename " + file.string(), failure.value());
  }
}

void Store::finish(const Cell& cell, Json result, const Json& about) const {
  const fs::path folder = this->cell(cell.name);
  Json mine{{"schema", cell_schema},
            {"name", cell.name},
            {"identity", cell.identity},
            {"network", name_of(cell.network)},
            {"certified", cell.certified}};
  mine.update(about);
  result["cell"] = mine;
  // The result comes last: a process killed before that finishes the cell again, and nothing needs cleaning
  // up.
  keep_newest_checkpoint(folder / "checkpoints");
  std::error_code ignored;
  std::vector<fs::path> rest;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (!belongs_to_a_finished_cell(entry.path().filename().string())) rest.push_back(entry.path());
  for (const auto& file : rest) fs::remove_all(file, ignored);
  write_file(folder / "result.json", dump(result));
}

std::optional<Failure> Store::failure(const std::string& cell) const {
  const Json json = read_json(this->cell(cell) / "failure.json");
  if (!json.is_object()) return std::nullopt;
  try {
    return Failure{json.contains("attempts") ? whole_number(json["attempts"], 0) : 1,
                   json.value("message", ""), json.value("host", ""), json.value("when", "")};
  } catch (const Json::exception&) {
    return std::nullopt;  // treated as missing: the cell is tried again
  }
}

void Store::save_failure(const std::string& cell, const Failure& failure) const {
  write_file(this->cell(cell) / "failure.json", dump({{"attempts", failure.attempts},
                                                      {"message", failure.message},
                                                      {"host", failure.host},
                                                      {"when", failure.when}}));
}

void Store::forget_failure(const std::string& cell) const {
  std::error_code ignored;
  fs::remove(this->cell(cell) / "failure.json", ignored);
}

}  // namespace zerogap

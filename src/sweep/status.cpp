// SPDX-License-Identifier: Apache-2.0
#include "sweep/status.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

#include <array>

#include "core/format.hpp"
#include "core/json.hpp"
#include "sweep/cell_status.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array states = {CellState::done,        CellState::diverged, CellState::running,
                               CellState::stale,       CellState::failed,   CellState::retry,
                               CellState::interrupted, CellState::todo};

Json owner_json(const CellStatus& look) {
  Json json = Json::object();
  if (const auto& owner = look.claim.owner) {
    json["host"] = owner->host;
    json["pid"] = owner->pid;
    json["job"] = owner->job.empty() ? Json() : Json(owner->job);
    json["since"] = owner->since;
  }
  json["silence"] = look.claim.since_heartbeat.count();
  if (!look.claim.stale.empty()) json["stale"] = look.claim.stale;
  return json;
}

/// Progress of a running cell at its last evaluation.
void add_progress(Json& json, const CellStatus& look) {
  if (!look.last) return;
  // Somebody may have edited the file.
  const auto number = [&](const char* name) {
    return look.last->contains(name) && (*look.last)[name].is_number() ? (*look.last)[name].get<double>()
                                                                       : 0.0;
  };
  json["epoch"] = static_cast<std::int64_t>(std::clamp(number("epoch"), 0.0, 0x1p53));
  json["seconds"] = number("seconds");
  const std::string network = name_of(look.cell->network);
  if (!look.last->contains(network)) return;
  const Json& values = (*look.last)[network];
  for (const char* name : {"objective", "gap"})
    if (values.contains(name)) json[name] = values[name];
}

Json cell_json(const Store& store, const SweepPlan& plan, const CellStatus& look) {
  Json json{{"cell", look.cell->name},
            {"network", name_of(look.cell->network)},
            {"settings", describe(look.cell->settings)}};
  if (look.state == CellState::failed || look.state == CellState::retry) {
    json["attempts"] = look.failure->attempts;
    json["message"] = look.failure->message;
    json["command"] = rerun_command(store, plan, *look.cell);
  } else {
    json.update(owner_json(look));
    add_progress(json, look);
  }
  return json;
}

Json status_of(const Store& store, const std::string& name) {
  const SweepPlan plan = store.load(name);
  const auto cells = read_status(store, plan);
  Json json{{"name", name}, {"cells", cells.size()}};
  for (const CellState state : states) json[name_of(state)] = 0;
  Json at_work = Json::array(), gone = Json::array(), failures = Json::array();
  for (const auto& look : cells) {
    json[name_of(look.state)] = json[name_of(look.state)].get<int>() + 1;
    if (look.state == CellState::running) at_work.push_back(cell_json(store, plan, look));
    if (look.state == CellState::stale) gone.push_back(cell_json(store, plan, look));
    if (look.state == CellState::failed || look.state == CellState::retry)
      failures.push_back(cell_json(store, plan, look));
  }
  const double left = seconds_left(cells, static_cast<int>(at_work.size()));
  json["seconds_left"] = left;  // NaN becomes null
  json["at_work"] = std::move(at_work);
  json["gone"] = std::move(gone);
  json["failures"] = std::move(failures);
  return json;
}

std::string owner_text(const Json& cell) {
  if (!cell.contains("host")) return "by a process that does not say who it is";
  std::string text =
      fmt::format("process {} on {}", cell["pid"].get<long>(), cell["host"].get<std::string>());
  if (cell["job"].is_string()) text += fmt::format(" (Slurm job {})", cell["job"].get<std::string>());
  return text + " since " + cell["since"].get<std::string>();
}

std::string cell_text(const Json& cell) {
  std::string text = fmt::format("  {}  {:6}  {}\n      ", cell["cell"].get<std::string>(),
                                 cell["network"].get<std::string>(), cell["settings"].get<std::string>());
  if (cell.contains("message"))
    return text + fmt::format("failed {} time{}: {}\n      alone: {}\n", cell["attempts"].get<int>(),
                              cell["attempts"] == 1 ? "" : "s", cell["message"].get<std::string>(),
                              cell["command"].get<std::string>());
  text += owner_text(cell);
  if (cell.contains("epoch"))
    text += fmt::format(", epoch {} after {}", cell["epoch"].get<std::int64_t>(),
                        format_duration(cell["seconds"].get<double>()));
  if (cell.contains("gap") && cell["gap"].is_number())
    text += ", gap " + format_percent(cell["gap"].get<double>());
  if (cell.contains("stale")) text += "; " + cell["stale"].get<std::string>();
  return text + "\n";
}

}  // namespace

Json sweep_status(const std::filesystem::path& folder, const std::vector<std::string>& names) {
  const Store store = Store::open(folder);
  Json all = Json::array();
  for (const auto& name : names.empty() ? store.sweeps() : names) all.push_back(status_of(store, name));
  return all;
}

std::string status_text(const Json& status) {
  std::string text;
  for (const auto& sweep : status) {
    text += fmt::format("sweep {}: {} cells;", sweep["name"].get<std::string>(), sweep["cells"].get<int>());
    for (const CellState state : states)
      if (const int count = sweep[name_of(state)].get<int>(); count > 0)
        text += fmt::format(" {} {}", count, name_of(state));
    const Json& left = sweep["seconds_left"];
    if (left.is_number() && left.get<double>() > 0.0)
      text +=
          fmt::format("; about {} left{}", format_duration(left.get<double>()),
                      sweep["at_work"].empty() ? " for one process"
                                               : fmt::format(" with {} at work", sweep["at_work"].size()));
    text += "\n";
    for (const char* list : {"at_work", "gone", "failures"})
      for (const auto& cell : sweep[list]) text += cell_text(cell);
  }
  return text.empty() ? "no sweep yet\n" : text;
}

bool nothing_left(const Json& status) {
  for (const auto& sweep : status)
    for (const char* name : {"running", "stale", "retry", "interrupted", "todo"})
      if (sweep[name].get<int>() > 0) return false;
  return true;
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "core/json.hpp"
#include "sweep/cell_status.hpp"
#include "sweep/table.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

/// Columns in the order in which they appear first.
class Columns {
 public:
  void add(const std::string& name, Role role) {
    if (known_.insert(name).second) list_.push_back({name, role});
  }
  std::vector<Column> take(bool reproducible) const {
    std::vector<Column> all;
    for (const Role role : {Role::name, Role::setting, Role::seed, Role::rate, Role::metric, Role::run})
      for (const auto& column : list_)
        if (column.role == role && (role != Role::run || !reproducible)) all.push_back(column);
    return all;
  }

 private:
  std::set<std::string> known_;
  std::vector<Column> list_;
};

Role role_of_setting(const std::string& key) {
  if (key.ends_with("seed")) return Role::seed;
  return key.ends_with(".lr") ? Role::rate : Role::setting;
}

/// A result's flag, number or text; nothing for anything else.
Value value_of(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned()) return json.get<std::uint64_t>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  return {};
}

/// A value of a setting, as a number if it is one, so that it can be plotted.
Value setting_value(const std::string& key, const std::string& text) {
  if (text.empty()) return {};
  if (const auto plain = plain_text(key, text)) return *plain;
  const Json value = parse_json(text);
  return value.is_number() || value.is_boolean() ? value_of(value) : Value(text);
}

class Collector {
 public:
  Collector() {
    // The most important columns come first.
    for (const char* name : {"objective", "gap", "best_lower_bound", "psnr", "test.psnr"})
      columns_.add(name, Role::metric);
  }
  void add(const SweepPlan& plan, const CellStatus& look);
  void add_differences();
  Table take(const CollectOptions& options);
  std::map<std::string, std::size_t> programs() const { return programs_; }

 private:
  void put(Row& row, const std::string& name, Value value, Role role) {
    columns_.add(name, role);
    row[name] = std::move(value);
  }
  void put_values(Row& row, const std::string& prefix, const Json& values);
  void put_metrics(Row& row, const Json& result, Network network);
  void put_run(Row& row, const Json& result);

  Columns columns_;
  std::vector<Row> rows_;
  std::vector<std::map<std::string, std::string>> identities_;  ///< of the rows
  std::set<std::string> axes_, cells_;
  std::map<std::string, std::size_t> programs_;  ///< version and kernels, with cells
};

std::map<std::string, std::string> lines_of(const std::string& identity) {
  std::map<std::string, std::string> lines;
  for (std::size_t begin = 0; begin < identity.size();) {
    const std::size_t end = std::min(identity.find('\n', begin), identity.size());
    const std::string line = identity.substr(begin, end - begin);
    if (const auto colon = line.find(": "); colon != std::string::npos)
      lines[line.substr(0, colon)] = line.substr(colon + 2);
    begin = end + 1;
  }
  return lines;
}

void Collector::add(const SweepPlan& plan, const CellStatus& look) {
  for (const auto& axis : plan.file.axes)
    for (const auto& key : axis.keys)
      if (axes_.insert(key).second) columns_.add(key, role_of_setting(key));
  const bool failed = look.state == CellState::failed;
  if ((!look.result && !failed) || !cells_.insert(look.cell->name).second) return;
  Row row;
  put(row, "cell", look.cell->name, Role::name);
  put(row, "network", name_of(look.cell->network), Role::name);
  put(row, "status", failed ? "failed" : look.result->value("status", ""), Role::name);
  put(row, "points", look.cell->points, Role::name);
  for (const auto& [key, value] : look.cell->settings) row[key] = setting_value(key, value);
  put(row, "message", nullptr, Role::run);
  if (failed) {
    row["message"] = look.failure->message;
  } else {
    if (look.result->contains("message")) row["message"] = value_of((*look.result)["message"]);
    put_metrics(row, *look.result, look.cell->network);
    put_run(row, *look.result);
  }
  identities_.push_back(lines_of(look.cell->identity));
  // For sanity_checks; a column only where an axis moves it.
  if (const auto& gap = identities_.back()["run.stop.gap"];
      !gap.empty() && gap != "0" && !row.contains("run.stop.gap"))
    row["run.stop.gap"] = setting_value("run.stop.gap", gap);
  rows_.push_back(std::move(row));
}

/// Numbers and flags below a JSON object, dotted.
void Collector::put_values(Row& row, const std::string& prefix, const Json& values) {
  for (const auto& [name, value] : values.items()) {
    const std::string key = prefix + name;
    if (value.is_object() || value.is_array()) {
      put_values(row, key + ".", value);
    } else if (!value.is_string()) {
      put(row, key, value_of(value), Role::metric);
    }
  }
}

void Collector::put_metrics(Row& row, const Json& result, Network network) {
  const std::string name = name_of(network);
  const auto part = [&](const char* section, const std::string& prefix) {
    if (result.contains(section)) put_values(row, prefix, result[section]);
  };
  part(name.c_str(), "");
  if (result.contains("steps") && result["steps"].contains(name))
    put(row, "steps", value_of(result["steps"][name]), Role::metric);
  for (const char* key : {"epoch", "lambda", "beta", "rho"})
    if (result.contains(key)) put(row, key, value_of(result[key]), Role::metric);
  if (network == Network::dual && result.contains("arrangements"))
    put_values(row, "arrangements.", result["arrangements"]);
  for (const char* section : {"embedded", "mapped", "mapped_gate", "baselines"})
    part(section, std::string(section) + ".");
  if (result.contains("best") && result["best"].contains(name))
    put_values(row, "best.", result["best"][name]);
  if (!result.contains("data")) return;
  for (const char* key : {"images", "patches", "train_hash", "test_hash"})
    if (result["data"].contains(key))
      put(row, std::string("data.") + key, value_of(result["data"][key]), Role::metric);
}

void Collector::put_run(Row& row, const Json& result) {
  const auto take = [&](const Json& from, const char* key, const std::string& name) {
    put(row, name, from.contains(key) ? value_of(from[key]) : Value(), Role::run);
  };
  const Json none = Json::object();
  const Json& machine = result.contains("machine") ? result["machine"] : none;
  const Json& versions = result.contains("versions") ? result["versions"] : none;
  const Json& cell = result["cell"];
  take(result, "seconds", "seconds");
  take(result, "pairs_per_second", "pairs_per_second");
  for (const char* key : {"ranks", "threads", "communicator", "kernels", "host", "peak_memory_bytes"})
    take(machine, key, key);
  if (machine.contains("grid"))
    put(row, "grid",
        std::to_string(whole_number(machine["grid"][0])) + "x" +
            std::to_string(whole_number(machine["grid"][1])),
        Role::run);
  for (const char* key : {"job", "finished", "failures"}) take(cell, key, key);
  take(versions, "zerogap", "version");
  for (const char* key : {"compiler", "build", "libtorch", "open_mpi", "hdf5", "cuda"})
    take(versions, key, std::string("version.") + key);
  if (versions.contains("zerogap") && machine.contains("kernels"))
    ++programs_["zerogap " + versions["zerogap"].get<std::string>() + " with kernels " +
                machine["kernels"].get<std::string>()];
}

/// Settings that no axis moves but in which rows of one network differ: cells of several sweeps.
void Collector::add_differences() {
  for (const char* network : {"primal", "dual"}) {
    std::map<std::string, std::set<std::string>> values;
    std::size_t count = 0, chained = 0;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      if (rows_[r]["network"] != network) continue;
      ++count;
      chained += identities_[r].count("chain");
      for (const auto& [key, value] : identities_[r]) values[key].insert(value);
    }
    for (const auto& [key, found] : values) {
      // A start names the previous cell, which differs by the same seed; the column chain shows that there is
      // one.
      const bool differs = found.size() > 1 || (key == "chain" && chained < count);
      if (!differs || key == "start" || key.starts_with("data.") || axes_.contains(key)) continue;
      columns_.add(key, role_of_setting(key));
      for (std::size_t r = 0; r < rows_.size(); ++r)
        if (const auto at = identities_[r].find(key); at != identities_[r].end())
          rows_[r][key] = setting_value(key, at->second);
    }
  }
}

Table Collector::take(const CollectOptions& options) {
  Table table;
  table.columns = columns_.take(options.reproducible);
  std::erase_if(table.columns, [&](const Column& column) {
    return column.role == Role::metric && std::none_of(rows_.begin(), rows_.end(), [&](const Row& row) {
             return row.contains(column.name);
           });
  });
  table.rows = std::move(rows_);
  return table;
}

std::vector<std::string> chosen_sweeps(const Store& store, const CollectOptions& options) {
  if (!options.sweeps.empty()) return options.sweeps;
  auto all = store.sweeps();
  if (all.size() == 1) return all;
  std::string names;
  for (const auto& name : all) names += (names.empty() ? "" : ", ") + name;
  throw usage_error(store.path().string() + (all.empty() ? " has no sweep" : " has several sweeps"),
                    names.empty() ? "none was started there" : names,
                    "name one with --sweep, or several to put them into one table");
}

void require_one_program(const std::map<std::string, std::size_t>& programs) {
  if (programs.size() < 2) return;
  std::string text;
  for (const auto& [program, cells] : programs)
    text += (text.empty() ? "" : "; ") + program + ": " + std::to_string(cells) + " cells";
  throw usage_error("the cells were not computed by one program", text,
                    "add --mixed to put them into one table, where columns tell them apart, or compute them "
                    "again in another folder");
}

}  // namespace

Table collect(const std::filesystem::path& folder, const CollectOptions& options) {
  const Store store = Store::open(folder);
  Collector collector;
  std::vector<std::string> warnings;
  const auto names = chosen_sweeps(store, options);
  for (const auto& name : names) {
    const SweepPlan plan = store.load(name);
    std::size_t missing = 0, failed = 0;
    for (const auto& look : read_status(store, plan)) {
      collector.add(plan, look);
      if (look.state == CellState::failed) ++failed;
      if (look.state != CellState::failed && !look.result) ++missing;
    }
    if (missing > 0)
      warnings.push_back("sweep " + name + " is not finished: " + std::to_string(missing) + " of " +
                         std::to_string(plan.cells.size()) + " cells are missing from the table");
    if (failed > 0)
      warnings.push_back("sweep " + name + ": " + std::to_string(failed) +
                         " cells have failed; zerogap status says why");
  }
  if (!options.mixed) require_one_program(collector.programs());
  if (names.size() > 1) collector.add_differences();
  Table table = collector.take(options);
  table.sweeps = names;
  table.warnings = std::move(warnings);
  return table;
}

}  // namespace zerogap

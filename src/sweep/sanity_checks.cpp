// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "sweep/table.hpp"

namespace zerogap {
namespace {

/// Relative difference below which an objective counts as |x|^2: rounding of sums, not of training.
constexpr double same = 1e-9;

bool is_network(const Row& row, const char* network) { return value(row, "network") == network; }

std::vector<std::string> flags_of(const Row& row) {
  std::vector<std::string> flags;
  const auto status = value(row, "status");
  if (status == "failed") return {};
  if (status != "complete") return {status.is_string() ? status.text() : "no status"};
  const Value &objective = value(row, "objective"), &zero = value(row, "baselines.zero_objective");
  for (const char* name : {"objective", "psnr", "fit"})
    if (!value(row, name).is_number()) flags.push_back(std::string("NaN in ") + name);
  if (objective.is_number() && zero.is_number() &&
      std::abs(objective.number() - zero.number()) <= same * std::abs(zero.number()))
    flags.emplace_back("objective = |x|^2");
  if (is_network(row, "dual") && !value(row, "gap").is_number()) flags.emplace_back("gap missing");
  const Value &gap = value(row, "gap"), &wanted = value(row, "run.stop.gap");
  if (gap.is_number() && wanted.is_number() && gap.number() > wanted.number())
    flags.emplace_back("gap above run.stop.gap");
  return flags;
}

/// Rows of one network with an objective.
std::vector<const Row*> rows_of(const Table& table, const char* network) {
  std::vector<const Row*> rows;
  for (const auto& row : table.rows)
    if (is_network(row, network) && value(row, "objective").is_number()) rows.push_back(&row);
  return rows;
}

void warn_of_equal_rows(Table& table, const char* network) {
  const auto rows = rows_of(table, network);
  if (rows.size() < 2) return;
  const Value& first = value(*rows.front(), "objective");
  if (std::all_of(rows.begin(), rows.end(),
                  [&](const Row* row) { return value(*row, "objective") == first; }))
    table.warnings.push_back(
        fmt::format("all {} {} cells have the objective {}: nothing that moves reaches it", rows.size(),
                    network, words_of(first)));
}

/// An axis along which cells that share all other settings never differ.
void warn_of_idle_settings(Table& table, const char* network) {
  const auto rows = rows_of(table, network);
  std::vector<std::string> settings;
  for (const auto& column : table.columns)
    if (column.role == Role::setting || column.role == Role::seed || column.role == Role::rate)
      settings.push_back(column.name);
  for (const auto& axis : settings) {
    std::map<std::string, std::set<std::string>> objectives;
    std::map<std::string, std::set<std::string>> places;
    for (const Row* row : rows) {
      std::string others;
      for (const auto& key : settings)
        if (key != axis) others += words_of(value(*row, key)) + "\n";
      objectives[others].insert(words_of(value(*row, "objective")));
      places[others].insert(words_of(value(*row, axis)));
    }
    const bool moves =
        std::any_of(places.begin(), places.end(), [](const auto& p) { return p.second.size() > 1; });
    const bool changes = std::any_of(objectives.begin(), objectives.end(), [&](const auto& o) {
      return places[o.first].size() > 1 && o.second.size() > 1;
    });
    if (moves && !changes)
      table.warnings.push_back(
          fmt::format("{} changes no {} objective: does it reach the network?", axis, network));
  }
}

}  // namespace

void add_sanity_flags(Table& table) {
  std::map<std::string, std::size_t> counts;
  for (auto& row : table.rows) {
    std::string text;
    for (const auto& flag : flags_of(row)) {
      text += (text.empty() ? "" : "; ") + flag;
      ++counts[flag];
    }
    row["flags"] = text.empty() ? Value() : Value(text);
  }
  const auto after_names = std::find_if(table.columns.begin(), table.columns.end(),
                                        [](const Column& column) { return column.role != Role::name; });
  table.columns.insert(after_names, {"flags", Role::name});
  for (const auto& [flag, count] : counts)
    table.warnings.push_back(fmt::format("{} cell{}: {}", count, count == 1 ? "" : "s", flag));
  for (const char* network : {"primal", "dual"}) {
    warn_of_equal_rows(table, network);
    warn_of_idle_settings(table, network);
  }
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sweep/table.hpp"

namespace zerogap {
namespace {

/// Numbers of one metric over the rows of a group.
struct Sample {
  std::vector<double> values;

  void add(const Value& number) {
    if (number.is_number()) values.push_back(number.number());
  }
  Value mean() const {
    if (values.empty()) return {};
    double sum = 0.0;
    for (const double v : values) sum += v;
    return sum / static_cast<double>(values.size());
  }
  /// Sample standard deviation; none for one value.
  Value deviation() const {
    if (values.size() < 2) return {};
    const double middle = mean().number();
    double squares = 0.0;
    for (const double v : values) squares += (v - middle) * (v - middle);
    return std::sqrt(squares / static_cast<double>(values.size() - 1));
  }
  Value least() const {
    return values.empty() ? Value() : Value(*std::min_element(values.begin(), values.end()));
  }
  Value most() const {
    return values.empty() ? Value() : Value(*std::max_element(values.begin(), values.end()));
  }
};

Row summary_row(const std::vector<const Row*>& group, const std::vector<std::string>& keys) {
  Row row;
  for (const auto& key : keys) row[key] = value(*group.front(), key);
  Sample objective, psnr, test, gap;
  std::size_t diverged = 0;
  for (const Row* each : group) {
    objective.add(value(*each, "objective"));
    psnr.add(value(*each, "psnr"));
    test.add(value(*each, "test.psnr"));
    gap.add(value(*each, "gap"));
    if (value(*each, "status") == "diverged") ++diverged;
  }
  row["cells"] = group.size();
  row["diverged"] = diverged;
  row["objective.mean"] = objective.mean();
  row["objective.deviation"] = objective.deviation();
  row["objective.best"] = objective.least();
  row["gap.largest"] = gap.most();
  row["psnr.mean"] = psnr.mean();
  row["psnr.deviation"] = psnr.deviation();
  row["test.psnr.mean"] = test.mean();
  row["test.psnr.deviation"] = test.deviation();
  return row;
}

/// Groups in the order of their first rows.
std::vector<std::vector<const Row*>> group_by(const std::vector<const Row*>& rows,
                                              const std::vector<std::string>& keys) {
  std::vector<std::vector<const Row*>> groups;
  std::map<std::string, std::size_t> known;
  for (const Row* row : rows) {
    std::string label;
    for (const auto& key : keys) label += words_of(value(*row, key)) + "\n";
    const auto [at, is_new] = known.try_emplace(label, groups.size());
    if (is_new) groups.emplace_back();
    groups[at->second].push_back(row);
  }
  return groups;
}

/// The rate with the least mean, among those without diverged cells if there are any.
void mark_best_rate(std::vector<Row>& rows) {
  Row* best = nullptr;
  const auto score = [](const Row& row) {
    const Value& mean = value(row, "objective.mean");
    const double objective = mean.is_number() ? mean.number() : std::numeric_limits<double>::infinity();
    return std::pair(value(row, "diverged").number() > 0.0, objective);
  };
  for (auto& row : rows) {
    row["best_rate"] = false;
    if (best == nullptr || score(row) < score(*best)) best = &row;
  }
  if (best != nullptr) (*best)["best_rate"] = true;
}

}  // namespace

const Value& value(const Row& row, std::string_view column) {
  static const Value none;
  const auto found = row.find(column);
  return found == row.end() ? none : found->second;
}

std::string words_of(const Value& value) {
  if (value.is_string()) return value.text();
  return value.visit([](const auto& held) -> std::string {
    if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>)
      return "null";
    else
      return nlohmann::json(held).dump();
  });
}

Table summarise(const Table& table) {
  Table summary;
  summary.sweeps = table.sweeps;
  std::vector<std::string> settings{"network"}, rates;
  for (const auto& column : table.columns) {
    if (column.role == Role::setting) settings.push_back(column.name);
    if (column.role == Role::rate) rates.push_back(column.name);
  }
  std::vector<std::string> keys = settings;
  keys.insert(keys.end(), rates.begin(), rates.end());
  std::vector<const Row*> rows;
  for (const auto& row : table.rows)
    if (value(row, "status") != "failed") rows.push_back(&row);
  for (const auto& group : group_by(rows, settings)) {
    std::vector<Row> of_rates;
    for (const auto& same : group_by(group, keys)) of_rates.push_back(summary_row(same, keys));
    mark_best_rate(of_rates);
    summary.rows.insert(summary.rows.end(), of_rates.begin(), of_rates.end());
  }
  for (const auto& key : settings) summary.columns.push_back({key, Role::setting});
  for (const auto& key : rates) summary.columns.push_back({key, Role::rate});
  if (!rates.empty()) summary.columns.push_back({"best_rate", Role::metric});
  for (const char* name :
       {"cells", "diverged", "objective.mean", "objective.deviation", "objective.best", "gap.largest",
        "psnr.mean", "psnr.deviation", "test.psnr.mean", "test.psnr.deviation"})
    summary.columns.push_back({name, Role::metric});
  return summary;
}

std::string to_text(const Table& table) {
  std::vector<std::vector<std::string>> cells(1);
  for (const auto& column : table.columns) cells[0].push_back(column.name);
  for (const auto& row : table.rows) {
    auto& line = cells.emplace_back();
    for (const auto& column : table.columns) {
      const Value& v = value(row, column.name);
      if (v.is_null())
        line.emplace_back("-");
      else if (v.is_real())
        line.push_back(fmt::format("{:.6g}", v.number()));
      else
        line.push_back(words_of(v));
    }
  }
  std::vector<std::size_t> widths(table.columns.size());
  for (const auto& line : cells)
    for (std::size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], line[c].size());
  std::string text;
  for (const auto& line : cells) {
    for (std::size_t c = 0; c < line.size(); ++c)
      text += (c == 0 ? "" : "  ") + fmt::format("{:<{}}", line[c], c + 1 == line.size() ? 0 : widths[c]);
    text += "\n";
  }
  return text;
}

}  // namespace zerogap

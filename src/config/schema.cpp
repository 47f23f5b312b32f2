// SPDX-License-Identifier: Apache-2.0
#include "config/schema.hpp"

#include <algorithm>
#include <map>

#include "config/rows.hpp"

namespace zerogap::schema {
namespace {

std::vector<Row> make_rows() {
  std::vector<Row> rows = problem_rows(), rest = run_rows();
  rows.insert(rows.end(), rest.begin(), rest.end());
  return rows;
}

std::map<std::string, Slot> make_slots() {
  std::map<std::string, Slot> slots;
  for (const Row& row : rows()) {
    slots[row.key] = {&row, std::nullopt};
    if (!row.per_network) continue;
    for (const Network network : {Network::primal, Network::dual})
      slots[key_for(row, network)] = {&row, network};
  }
  return slots;
}

}  // namespace

const std::vector<Row>& rows() {
  static const std::vector<Row> table = make_rows();
  return table;
}

std::string key_for(const Row& row, Network network) {
  if (!row.per_network) return row.key;
  return optimizer_section + name_of(network) + "." + row.key.substr(optimizer_section.size());
}

std::optional<Slot> find_slot(const std::string& key) {
  static const std::map<std::string, Slot> slots = make_slots();
  const auto found = slots.find(key);
  return found == slots.end() ? std::nullopt : std::optional<Slot>(found->second);
}

std::string value_of(const Config& config, const std::string& key) {
  const Slot slot = find_slot(key).value();
  return slot.row->print(config, slot.network.value_or(Network::primal));
}

const std::vector<std::string>& all_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> result = table_keys();
    for (const Network network : {Network::primal, Network::dual}) {
      for (const Row& row : rows()) {
        if (row.per_network) result.push_back(key_for(row, network));
      }
    }
    return result;
  }();
  return keys;
}

std::vector<std::string> table_keys() {
  std::vector<std::string> result;
  for (const Row& row : rows()) result.push_back(row.key);
  return result;
}

bool is_section(const std::string& section) {
  return std::any_of(all_keys().begin(), all_keys().end(),
                     [&](const std::string& key) { return key.starts_with(section + "."); });
}

std::vector<std::string> members(const std::string& section) {
  std::vector<std::string> result;
  const std::string prefix = section.empty() ? "" : section + ".";
  for (const std::string& key : all_keys()) {
    if (!key.starts_with(prefix)) continue;
    const std::string name = key.substr(prefix.size(), key.find('.', prefix.size()) - prefix.size());
    if (std::find(result.begin(), result.end(), name) == result.end()) result.push_back(name);
  }
  return result;
}

}  // namespace zerogap::schema

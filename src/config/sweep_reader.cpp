// SPDX-License-Identifier: Apache-2.0
#include "config/sweep_reader.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "config/nearest.hpp"
#include "config/reader.hpp"
#include "config/values.hpp"
#include "core/error.hpp"

namespace zerogap::schema {
namespace {

constexpr std::int64_t most_places = 1000000;

const std::vector<std::string> log_keys = {"from", "to", "points"};
/// Keys along which a solution may start its neighbour. Those that change the shape of the weights or the
/// images are excluded.
const std::vector<std::string> chain_keys = {"network.beta", "network.lambda", "network.rho"};
const std::vector<std::string> option_keys = {"ranks_per_cell", "retries"};

/// The kinds of `seeds` and the key that each moves.
const std::vector<std::pair<std::string, std::string>> seed_kinds = {{"data", "data.seed"},
                                                                     {"noise", "data.noise.seed"},
                                                                     {"arrangements", "arrangements.seed"},
                                                                     {"init", "init.seed"}};

std::string suggestion(const std::string& near, const std::string& otherwise) {
  return near.empty() ? otherwise : "did you mean " + near + "?";
}

/// Keys without effect on a result that an axis may still move: the data's path, because its content matters,
/// and the rules that end a run.
bool may_move(const Row& row) {
  static const std::vector<std::string> allowed = {"data.path", "run.evaluate_every", "run.stop.gap",
                                                   "run.stop.relative_change"};
  return row.effect != Effect::none || std::find(allowed.begin(), allowed.end(), row.key) != allowed.end();
}

/// The value with six digits, which are read the same on every machine.
std::string six_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

/// The whole number nearest to `value`, or with a `step` of 2 the nearest odd one.
std::string whole_text(double value, int step, bool round) {
  if (round) value = step == 2 ? 2.0 * std::round((value - 1.0) / 2.0) + 1.0 : std::round(value);
  char text[32];
  std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

bool in_map(const YAML::Node& map, const std::string& key) { return map[key].IsDefined(); }

}  // namespace

std::string SweepReader::place(const YAML::Node& node) const {
  const YAML::Mark mark = node.Mark();
  if (mark.is_null()) return name_;
  return name_ + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
}

void SweepReader::read(const YAML::Node& root) {
  const auto section = [&](const char* name, auto reads) {
    if (in_map(root, name)) (this->*reads)(root[name]);
  };
  section("axes", &SweepReader::read_axes);
  section("zip", &SweepReader::read_zip);
  section("log", &SweepReader::read_log);
  section("seeds", &SweepReader::read_seeds);
  section("exclude", &SweepReader::read_excluded);
  section("chain", &SweepReader::read_chain);
  if (!in_map(root, "sweep")) return;
  const YAML::Node options = root["sweep"];
  if (!options.IsMap())
    throw usage_error(place(options) + ": sweep: found " + schema::describe(options),
                      "allowed: a map with " + join(option_keys, ", "), "write sweep: {ranks_per_cell: 2}");
  std::set<std::string> seen;
  for (const auto& entry : options) {
    if (!seen.insert(entry.first.Scalar()).second)
      throw usage_error(place(entry.first) + ": found sweep." + entry.first.Scalar() + " a second time",
                        "allowed: once", "keep one of them");
    read_option(entry.first.Scalar(), entry.second, place(entry.first));
  }
}

void SweepReader::read_option(const std::string& key, const YAML::Node& value, const std::string& at) {
  const bool ranks = key == "ranks_per_cell";
  if (!ranks && key != "retries")
    throw usage_error(at + ": unknown key sweep." + key, "allowed in sweep: " + join(option_keys, ", "),
                      suggestion(nearest(key, option_keys), "docs/sweeps.md explains them"));
  const Integer kind{.low = ranks ? 1 : 0};
  try {
    (ranks ? sweep_.options.ranks_per_cell : sweep_.options.retries) = kind.parse(value);
  } catch (const BadValue& bad) {
    throw usage_error(at + ": sweep." + key + ": found " + bad.what(), "allowed: " + kind.allowed(),
                      "give it such a value");
  }
}

/// Calls `entry` for every key of the map in dotted form, even if it was written nested.
void SweepReader::for_keys(const YAML::Node& map, const std::string& section, const Entry& entry) const {
  if (!map.IsMap())
    throw usage_error(place(map) + ": found " + schema::describe(map), "allowed: a map of keys",
                      "write for example network.beta: [50, 100]");
  for (const auto& item : map) {
    refuse_merge_key(item.first.Scalar(), place(item.first));
    const std::string key = (section.empty() ? "" : section + ".") + item.first.Scalar();
    if (find_renamed(key) != nullptr || !renamed_section(key).empty()) {
      Reader reader;  // whose message gives the current name
      reader.read_one(key, item.first.Mark(), YAML::Node(item.second.IsMap() ? item.second : YAML::Node()),
                      name_);
    }
    if (!find_slot(key) && is_section(key) && item.second.IsMap()) {
      for_keys(item.second, key, entry);
    } else {
      entry(key, item.first, item.second);
    }
  }
}

void SweepReader::require_axis_key(const std::string& key, const YAML::Node& key_node) const {
  const auto slot = find_slot(key);
  if (!slot) {
    Reader reader;  // whose message names the nearest key
    reader.read_one(key, key_node.Mark(), YAML::Node(0), name_);
    throw usage_error(place(key_node) + ": " + key + " is no key but a section", "an axis moves one key",
                      "write " + key + "." + members(key).front() + ", or another key of it");
  }
  if (!may_move(*slot->row))
    throw usage_error(place(key_node) + ": an axis along " + key, "all its values give the same result",
                      key == "run.networks" ? "set it under config:; each network is a separate cell"
                                            : "set it under config:");
}

/// The value as dump_config prints it.
std::string SweepReader::canonical(const std::string& key, const YAML::Node& key_node,
                                   const YAML::Node& value) const {
  Reader checks;
  checks.read_one(key, key_node.Mark(), value, name_);
  const Slot slot = *find_slot(key);
  Config scratch;
  const Network network = slot.network.value_or(Network::primal);
  slot.row->read(scratch, network, value);
  return slot.row->print(scratch, network);
}

std::vector<std::string> SweepReader::canonical_list(const std::string& key, const YAML::Node& key_node,
                                                     const YAML::Node& list) const {
  if (!list.IsSequence() || list.size() == 0)
    throw usage_error(place(list.Mark().is_null() ? key_node : list) + ": " + key + ": found " +
                          (list.IsSequence() ? "an empty list" : schema::describe(list)),
                      "allowed: a list of values, at least one",
                      list.IsSequence() ? "give values or remove the axis"
                                        : "write [" + schema::describe(list) + "], or set it under config:");
  std::vector<std::string> result;
  for (const auto& value : list) {
    result.push_back(canonical(key, key_node, value));
    if (std::count(result.begin(), result.end(), result.back()) > 1)
      throw usage_error(place(value) + ": " + key + ": found " + result.back() + " a second time",
                        "it would lead to the same cells twice", "remove one of them");
  }
  return result;
}

void SweepReader::require_room(std::int64_t places, const YAML::Node& at) const {
  auto points = static_cast<double>(places);
  for (const auto& axis : sweep_.axes) points *= static_cast<double>(axis.values.size());
  if (points > static_cast<double>(most_places))
    throw usage_error(place(at) + ": more than a million points", "the axes multiply",
                      "split the sweep, or use zip for values that belong together");
}

void SweepReader::add(SweepAxis axis, const YAML::Node& at) {
  require_room(static_cast<std::int64_t>(axis.values.size()), at);
  for (const auto& key : axis.keys)
    if (const auto [first, is_new] = moved_.try_emplace(key, place(at)); !is_new)
      throw usage_error(place(at) + ": a second axis along " + key, "the first is at " + first->second,
                        "keep one of them");
  sweep_.axes.push_back(std::move(axis));
}

void SweepReader::read_axes(const YAML::Node& map) {
  for_keys(map, "", [&](const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
    require_axis_key(key, key_node);
    SweepAxis axis{"axes", {key}, {}};
    for (auto& text : canonical_list(key, key_node, value)) axis.values.push_back({std::move(text)});
    add(std::move(axis), key_node);
  });
}

/// One map of lists that vary together, or a list of such maps.
void SweepReader::read_zip(const YAML::Node& node) {
  if (!node.IsSequence()) return read_zip_group(node);
  for (const auto& group : node) read_zip_group(group);
}

void SweepReader::read_zip_group(const YAML::Node& map) {
  SweepAxis axis{"zip", {}, {}};
  for_keys(map, "", [&](const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
    require_axis_key(key, key_node);
    if (!value.IsSequence() || value.size() == 0) canonical_list(key, key_node, value);  // throws
    if (!axis.keys.empty() && value.size() != axis.values.size())
      throw usage_error(place(value) + ": " + key + ": found " + std::to_string(value.size()) + " values",
                        axis.keys.front() + " has " + std::to_string(axis.values.size()) +
                            ", and lists of zip move together",
                        "give lists of one length");
    axis.values.resize(value.size());
    for (std::size_t i = 0; i < value.size(); ++i)
      axis.values[i].push_back(canonical(key, key_node, value[i]));
    axis.keys.push_back(key);
  });
  if (axis.keys.empty())
    throw usage_error(place(map) + ": zip: found an empty map", "allowed: keys with lists of values",
                      "give keys or remove it");
  for (std::size_t i = 0; i < axis.values.size(); ++i)
    if (std::find(axis.values.begin(), axis.values.begin() + static_cast<std::ptrdiff_t>(i),
                  axis.values[i]) != axis.values.begin() + static_cast<std::ptrdiff_t>(i))
      throw usage_error(place(map) + ": zip: place " + std::to_string(i + 1) + " repeats an earlier one",
                        "it would lead to the same cells twice", "remove one of them");
  add(std::move(axis), map);
}

/// {from, to, points}: a geometric progression, both ends included; of whole numbers for keys that have them.
void SweepReader::read_log(const YAML::Node& map) {
  for_keys(map, "", [&](const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
    require_axis_key(key, key_node);
    const std::string form = "allowed: {from: NUMBER, to: NUMBER, points: COUNT}";
    if (!value.IsMap())
      throw usage_error(place(value) + ": " + key + ": found " + schema::describe(value), form,
                        "write it so");
    for (const auto& entry : value)
      if (const auto& word = entry.first.Scalar();
          std::find(log_keys.begin(), log_keys.end(), word) == log_keys.end())
        throw usage_error(place(entry.first) + ": " + key + ": unknown word " + word, form,
                          suggestion(nearest(word, log_keys), "write it so"));
    for (const auto& word : log_keys)
      if (!in_map(value, word))
        throw usage_error(place(value) + ": " + key + ": " + word + " is missing", form, "give it");
    const auto number = [&](const char* word, auto kind) {
      try {
        return kind.parse(value[word]);
      } catch (const BadValue& bad) {
        throw usage_error(place(value[word]) + ": " + key + ": " + word + ": found " + bad.what(),
                          "allowed: " + kind.allowed(), "give it such a value");
      }
    };
    const double from = number("from", positive), to = number("to", positive);
    const std::int64_t points = number("points", Integer{.low = 1, .high = most_places});
    require_room(points, key_node);
    const int step = find_slot(key)->row->step;
    SweepAxis axis{"log", {key}, {}};
    for (std::int64_t i = 0; i < points; ++i) {
      // The ends are exactly as in the file, digit by digit.
      const bool first = i == 0, last = i + 1 == points;
      const std::string end = first ? "from" : "to";
      const double share = points == 1 ? 0.0 : static_cast<double>(i) / static_cast<double>(points - 1);
      const double exact = first ? from : last ? to : from * std::pow(to / from, share);
      std::string text = first || last ? value[end].Scalar() : "";
      if (step > 0 && (text.empty() || exact == std::floor(exact)))
        text = whole_text(exact, step, text.empty());
      if (text.empty()) text = six_digits(exact);
      std::string place = canonical(key, key_node, YAML::Node(text));
      // Neighbouring points often round to the same whole number.
      if (step > 0 && from != to && !axis.values.empty() && axis.values.back()[0] == place) continue;
      axis.values.push_back({std::move(place)});
    }
    for (std::size_t i = 1; i < axis.values.size(); ++i)
      if (axis.values[i] == axis.values[i - 1])
        throw usage_error(place(value) + ": " + key + ": two of its points are " + axis.values[i][0],
                          "it would lead to the same cells twice", "lower points or move the ends apart");
    add(std::move(axis), key_node);
  });
}

/// A count or a list for each kind. A single count is for init: the same data and noise, other start weights.
void SweepReader::read_seeds(const YAML::Node& node) {
  const auto read_kind = [&](const std::string& kind, const YAML::Node& at, const YAML::Node& value) {
    const auto found = std::find_if(seed_kinds.begin(), seed_kinds.end(),
                                    [&](const auto& known) { return known.first == kind; });
    std::vector<std::string> words;
    for (const auto& known : seed_kinds) words.push_back(known.first);
    if (found == seed_kinds.end())
      throw usage_error(place(at) + ": seeds: unknown kind " + kind, "allowed: " + join(words, ", "),
                        suggestion(nearest(kind, words), "say what the seeds move"));
    std::vector<std::string> seeds;
    if (value.IsSequence()) {
      seeds = canonical_list(found->second, at, value);
    } else {
      try {
        const std::int64_t count = Integer{.low = 1, .high = most_places}.parse(value);
        require_room(count, at);
        for (std::int64_t seed = 1; seed <= count; ++seed) seeds.push_back(std::to_string(seed));
      } catch (const BadValue& bad) {
        throw usage_error(place(value) + ": seeds." + kind + ": found " + bad.what(),
                          "allowed: a number of seeds >= 1, or a list of seeds", "give it such a value");
      }
    }
    SweepAxis axis{"seeds", {found->second}, {}};
    for (const auto& seed : seeds) axis.values.push_back({seed});
    add(std::move(axis), at);
  };
  if (!node.IsMap()) return read_kind("init", node, node);
  for (const auto& entry : node) read_kind(entry.first.Scalar(), entry.first, entry.second);
}

const SweepAxis* SweepReader::axis_of(const std::string& key) const {
  for (const auto& axis : sweep_.axes)
    if (std::find(axis.keys.begin(), axis.keys.end(), key) != axis.keys.end()) return &axis;
  return nullptr;
}

/// The key of an axis under axes or log along which solutions serve as starts.
void SweepReader::read_chain(const YAML::Node& node) {
  const std::string key = node.IsScalar() ? node.Scalar() : schema::describe(node);
  if (std::find(chain_keys.begin(), chain_keys.end(), key) == chain_keys.end())
    throw usage_error(place(node) + ": chain: found " + key, "allowed: " + join(chain_keys, ", "),
                      suggestion(nearest(key, chain_keys), "name one of them that an axis moves"));
  const SweepAxis* axis = axis_of(key);
  if (axis == nullptr || axis->keys.size() > 1)
    throw usage_error(
        place(node) + ": chain: " + key + (axis == nullptr ? " is no axis" : " moves with others"),
        "neighbours are places of an axis of its own",
        "give it under axes: or log:, in the order in which the cells are to follow each other");
  sweep_.chain = key;
}

/// A list of maps: a point with these values at once is left out. A key may have several values.
void SweepReader::read_excluded(const YAML::Node& list) {
  if (!list.IsSequence())
    throw usage_error(place(list) + ": exclude: found " + schema::describe(list), "allowed: a list of maps",
                      "write - {network.beta: 50, network.lambda: 0.1}");
  for (const auto& map : list) {
    auto& rule = sweep_.excluded.emplace_back();
    for_keys(map, "", [&](const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
      const SweepAxis* axis = axis_of(key);
      std::vector<std::string> moved;
      for (const auto& entry : moved_) moved.push_back(entry.first);
      if (axis == nullptr)
        throw usage_error(place(key_node) + ": exclude: no axis moves " + key, "axes: " + join(moved, ", "),
                          suggestion(nearest_key(key, moved), "name keys of axes"));
      const auto column =
          static_cast<std::size_t>(std::find(axis->keys.begin(), axis->keys.end(), key) - axis->keys.begin());
      auto& values = rule.emplace_back(key, std::vector<std::string>{}).second;
      const bool several = value.IsSequence();
      for (std::size_t i = 0; i < (several ? value.size() : 1); ++i) {
        values.push_back(canonical(key, key_node, several ? value[i] : value));
        if (std::none_of(axis->values.begin(), axis->values.end(),
                         [&](const auto& row) { return row[column] == values.back(); }))
          throw usage_error(place(value) + ": exclude: " + key + " is never " + values.back(),
                            "the axis does not have that value", "correct it or remove the line");
      }
    });
    if (rule.empty())
      throw usage_error(place(map) + ": exclude: found an empty map", "it would exclude every point",
                        "name keys of axes with values");
  }
}

}  // namespace zerogap::schema

// SPDX-License-Identifier: Apache-2.0
#include "config/sweep_file.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "config/document.hpp"
#include "config/nearest.hpp"
#include "config/reader.hpp"
#include "config/sweep_reader.hpp"
#include "config/values.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_points = 1000000;
const std::vector<std::string> sections = {"base",  "config",  "axes",  "zip",  "log",
                                           "seeds", "exclude", "chain", "sweep"};

std::string read_text_file(const fs::path& file, const std::string& what, const std::string& todo) {
  std::string text;
  const int failure = read_fully(file, text);
  if (failure != 0)
    throw usage_error("cannot read " + what + " " + file.string(), std::generic_category().message(failure),
                      todo);
  return text;
}

YAML::Node parse(const std::string& text, const std::string& name) {
  const auto at = [&](const YAML::Mark& mark) {
    return name + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
  };
  try {
    const schema::Document document = schema::load_document(text);
    if (!document.second.is_null())
      throw usage_error(at(document.second) + ": found a second document", "allowed: one",
                        "remove the others");
    return document.root;
  } catch (const YAML::Exception& error) {
    throw usage_error(at(error.mark) + ": not YAML", error.msg, "correct the text there, or quote it");
  }
}

void require_sections(const YAML::Node& root, const schema::SweepReader& reader, const std::string& path) {
  if (!root.IsMap())
    throw usage_error(path + ": found " + schema::describe(root),
                      "allowed: a map with " + schema::join(sections, ", "), "docs/sweeps.md shows one");
  std::vector<std::string> seen;
  for (const auto& entry : root) {
    const std::string word = entry.first.IsScalar() ? entry.first.Scalar() : schema::describe(entry.first);
    schema::refuse_merge_key(word, reader.place(entry.first));
    if (std::find(sections.begin(), sections.end(), word) == sections.end()) {
      const std::string near = schema::nearest(word, sections);
      throw usage_error(
          reader.place(entry.first) + ": unknown key " + word, "allowed: " + schema::join(sections, ", "),
          near.empty() ? (schema::find_slot(word) || schema::is_section(word) || schema::find_renamed(word) ||
                                  !schema::renamed_section(word).empty()
                              ? "keys of a configuration go under config:"
                              : "docs/sweeps.md explains them")
                       : "did you mean " + near + "?");
    }
    if (std::find(seen.begin(), seen.end(), word) != seen.end())
      throw usage_error(reader.place(entry.first) + ": found " + word + " a second time", "allowed: once",
                        "keep one of them");
    seen.push_back(word);
  }
}

/// Splits off the overrides of the sweep's own keys.
void read_overrides(SweepFile& sweep, const std::vector<std::string>& overrides) {
  for (const auto& argument : overrides) {
    const std::size_t equals = argument.find('=');
    const bool own = argument.starts_with("sweep.") && equals != std::string::npos;
    if (!own) {
      sweep.overrides.push_back(argument);
      continue;
    }
    const std::string name = "--set " + argument;
    schema::SweepReader(sweep, name)
        .read_option(argument.substr(6, equals - 6), parse(argument.substr(equals + 1), name), name);
  }
}

/// The base's configuration overridden by the sweep file's keys, as far as reading the axes depends on it.
/// Whether its values contradict each other is checked at the points, which may change them.
Config base_config(SweepFile& sweep, const YAML::Node& config, const std::string& path) {
  schema::Reader reader;
  reader.read_text(sweep.base_text, sweep.base_name, schema::names_in(sweep.base_name));
  if (config.IsDefined()) {
    reader.read_node(config, path);
    sweep.config_text = reader.printed();
  }
  for (const auto& argument : sweep.overrides) reader.read_override(argument);
  return reader.unchecked();
}

bool excluded(const SweepFile& sweep, const Settings& point, std::vector<bool>& used) {
  for (std::size_t r = 0; r < sweep.excluded.size(); ++r) {
    const auto& rule = sweep.excluded[r];
    const bool all = std::all_of(rule.begin(), rule.end(), [&](const auto& condition) {
      return std::any_of(point.begin(), point.end(), [&](const auto& setting) {
        const auto& values = condition.second;
        return setting.first == condition.first &&
               std::find(values.begin(), values.end(), setting.second) != values.end();
      });
    });
    if (!all) continue;
    used[r] = true;
    return true;
  }
  return false;
}

}  // namespace

SweepFile load_sweep(const std::string& path, const std::vector<std::string>& overrides) {
  SweepFile sweep;
  sweep.name = fs::path(path).stem().string();
  sweep.path = path;
  std::error_code unknown;
  sweep.origin = fs::weakly_canonical(fs::absolute(path, unknown), unknown).string();
  const YAML::Node root = parse(
      read_text_file(path, "the sweep file", "give a YAML file, for example one of configs/sweep"), path);
  const schema::SweepReader reader(sweep, path);
  require_sections(root, reader, path);
  sweep.base_name = path;
  sweep.base_text = "{}";
  if (root["base"].IsDefined()) {
    if (!root["base"].IsScalar())
      throw usage_error(reader.place(root["base"]) + ": base: found " + schema::describe(root["base"]),
                        "allowed: the path of a configuration", "write base: ../mnist.yaml");
    const fs::path base = fs::path(path).parent_path() / root["base"].Scalar();
    sweep.base_name = base.lexically_normal().string();
    sweep.base_text = read_text_file(base.lexically_normal(), "the base configuration",
                                     "correct base: in " + path + " (it is relative to that file's folder)");
  }
  read_overrides(sweep, overrides);
  const Config base = base_config(sweep, root["config"], path);
  if (base.run.stop.seconds > 0.0)
    throw usage_error("run.stop.seconds is set in a sweep",
                      "a cell's result would depend on how fast its machine is",
                      "set it to 0; a sweep is stopped by a signal and continues where it was");
  const auto options = sweep.options;  // --set beats the file
  schema::SweepReader(sweep, path).read(root);
  for (const auto& argument : overrides) {
    if (argument.starts_with("sweep.ranks_per_cell=")) sweep.options.ranks_per_cell = options.ranks_per_cell;
    if (argument.starts_with("sweep.retries=")) sweep.options.retries = options.retries;
  }
  return sweep;
}

std::vector<Settings> points_of(const SweepFile& sweep) {
  double count = 1.0;
  for (const auto& axis : sweep.axes) count *= static_cast<double>(axis.values.size());
  if (count > static_cast<double>(most_points))
    throw usage_error("sweep " + sweep.name + " has more than a million points", "its axes multiply",
                      "split it, or use zip for values that belong together");
  std::vector<Settings> points;
  std::vector<bool> used(sweep.excluded.size());
  for (std::size_t n = 0; n < static_cast<std::size_t>(count); ++n) {
    std::vector<std::size_t> at(sweep.axes.size());
    std::size_t rest = n;
    for (std::size_t a = sweep.axes.size(); a-- > 0;) {
      at[a] = rest % sweep.axes[a].values.size();
      rest /= sweep.axes[a].values.size();
    }
    Settings point;
    for (std::size_t a = 0; a < at.size(); ++a)
      for (std::size_t k = 0; k < sweep.axes[a].keys.size(); ++k)
        point.emplace_back(sweep.axes[a].keys[k], sweep.axes[a].values[at[a]][k]);
    if (!excluded(sweep, point, used)) points.push_back(std::move(point));
  }
  for (std::size_t r = 0; r < used.size(); ++r)
    if (!used[r])
      throw usage_error(
          "exclude, entry " + std::to_string(r + 1) + " of sweep " + sweep.name + ", excludes nothing",
          "no point has these values at once, or an earlier entry excludes them", "correct or remove it");
  if (points.empty())
    throw usage_error("sweep " + sweep.name + " has no point", "exclude leaves none", "exclude less");
  return points;
}

std::vector<std::optional<std::size_t>> neighbours_of(const SweepFile& sweep,
                                                      const std::vector<Settings>& points) {
  std::vector<std::optional<std::size_t>> before(points.size());
  if (sweep.chain.empty()) return before;
  // The positions of one axis follow each other in the order of points_of, even if other axes move faster.
  std::map<Settings, std::size_t> latest;
  for (std::size_t p = 0; p < points.size(); ++p) {
    Settings others = points[p];
    std::erase_if(others, [&](const auto& setting) { return setting.first == sweep.chain; });
    const auto [at, is_first] = latest.try_emplace(std::move(others), p);
    if (!is_first) before[p] = std::exchange(at->second, p);
  }
  return before;
}

Config config_at(const SweepFile& sweep, const Settings& point) {
  try {
    schema::Reader reader;
    const auto names = schema::Names::any;  // the store may contain a sweep of an earlier version
    reader.read_text(sweep.base_text, sweep.base_name, names);
    if (!sweep.config_text.empty()) reader.read_text(sweep.config_text, "sweep " + sweep.name, names);
    for (const auto& argument : sweep.overrides) reader.read_override(argument, names);
    for (const auto& [key, value] : point) reader.read_printed(key, value);
    return reader.config();
  } catch (const Error& error) {
    throw Error(error.code(),
                "the point " + describe(point) + " of sweep " + sweep.name + " is not valid: " + error.what(),
                "", "");
  }
}

std::string describe(const Settings& settings) {
  std::string text;
  for (const auto& [key, value] : settings)
    if (!value.empty()) text += (text.empty() ? "" : " ") + key + "=" + value;
  return text;
}

std::optional<std::string> plain_text(const std::string& key, const std::string& value) {
  const auto slot = schema::find_slot(key);
  if (!slot || !slot->row->text) return std::nullopt;
  if (!value.starts_with('"')) return value;
  try {
    return YAML::Load(value).Scalar();
  } catch (const YAML::Exception& error) {
    throw data_error(key + ": " + value + " is not text as zerogap writes it", error.msg,
                     "run zerogap sweep again to write the sweep's file");
  }
}

Settings settings_of(const Config& config, Network network) {
  Settings result;
  for (const schema::Row& row : schema::rows()) result.emplace_back(row.key, row.print(config, network));
  return result;
}

}  // namespace zerogap

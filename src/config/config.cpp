// SPDX-License-Identifier: Apache-2.0
#include "config/config.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "config/reader.hpp"
#include "config/renamed_keys.hpp"
#include "config/schema.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace zerogap {
namespace {

using schema::Effect;
using schema::Row;

constexpr Network both_networks[] = {Network::primal, Network::dual};

std::string read_file(const std::string& path) {
  const auto unreadable = [&](const std::string& why) {
    return usage_error("cannot read the configuration " + path, why,
                       "give a YAML file, for example one of configs/");
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw unreadable("it is a folder");
  constexpr std::uintmax_t largest_size = 16 << 20;
  if (const auto size = std::filesystem::file_size(path, ignored); !ignored && size > largest_size)
    throw unreadable("it is larger than 16 MiB");
  std::string text;
  if (const int failure = read_fully(path, text); failure != 0) throw unreadable(std::strerror(failure));
  return text;
}

struct Line {
  std::string key, value;
};

/// Every key and value: those that both optimizers share under optimizer, then those of each optimizer.
std::vector<Line> resolved_lines(const Config& config) {
  std::vector<Line> lines, primal, dual;
  const auto flush_networks = [&] {
    for (auto* own : {&primal, &dual}) {
      lines.insert(lines.end(), own->begin(), own->end());
      own->clear();
    }
  };
  for (const Row& row : schema::rows()) {
    const std::string value = row.print(config, Network::primal);
    const std::string dual_value = row.print(config, Network::dual);
    if (!row.per_network) flush_networks();
    if (value == dual_value) {
      lines.push_back({row.key, value});
    } else {
      primal.push_back({schema::key_for(row, Network::primal), value});
      dual.push_back({schema::key_for(row, Network::dual), dual_value});
    }
  }
  flush_networks();
  return lines;
}

std::vector<std::string> split(const std::string& key) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = key.find('.', begin);
    parts.push_back(key.substr(begin, end - begin));
  }
  return parts;
}

/// Whether more epochs leave a run's earlier steps unchanged.
bool constant_schedule(const Config& config, Network network) {
  const OptimizerOptions& options = config.optimizer(network);
  return options.schedule == Schedule::constant || !options.has_rate();
}

bool matters(const Row& row, const Config& before, const Config& after, Network network) {
  if (row.effect != Effect::schedule) return row.effect == Effect::result;
  return !constant_schedule(before, network) || !constant_schedule(after, network);
}

}  // namespace

Config load_config(const std::string& path, const std::vector<std::string>& overrides) {
  schema::Reader reader;
  reader.read_text(read_file(path), path, schema::names_in(path));
  for (const std::string& argument : overrides) reader.read_override(argument);
  return reader.config();
}

Config parse_config(const std::string& text, const std::string& name,
                    const std::vector<std::string>& overrides, const std::vector<OptionValue>& options) {
  schema::Reader reader;
  reader.read_text(text, name, schema::Names::any);
  for (const OptionValue& option : options) reader.read_option(option);
  for (const std::string& argument : overrides) reader.read_override(argument);
  return reader.config();
}

std::string dump_config(const Config& config) {
  std::string text;
  std::vector<std::string> open;
  for (const Line& line : resolved_lines(config)) {
    const std::vector<std::string> parts = split(line.key);
    const std::size_t depth = parts.size() - 1;
    std::size_t shared = 0;
    while (shared < std::min(depth, open.size()) && open[shared] == parts[shared]) ++shared;
    for (std::size_t i = shared; i < depth; ++i) text += std::string(2 * i, ' ') + parts[i] + ":\n";
    text += std::string(2 * depth, ' ') + parts[depth] + ": " + line.value + "\n";
    open.assign(parts.begin(), parts.end() - 1);
  }
  return text;
}

std::vector<Difference> differences_that_matter(const Config& before, const Config& after) {
  std::vector<Difference> result;
  for (const Row& row : schema::rows()) {
    for (const Network network : both_networks) {
      if (network == Network::dual && !row.per_network) continue;
      const std::string was = row.print(before, network);
      const std::string is = row.print(after, network);
      if (was != is && matters(row, before, after, network))
        result.push_back({schema::key_for(row, network), was, is});
    }
  }
  return result;
}

std::vector<KeyDescription> describe_keys() {
  const Config defaults;
  std::vector<KeyDescription> result;
  for (const Row& row : schema::rows()) {
    result.push_back({row.key, row.allowed, row.print(defaults, Network::primal), row.help, row.per_network,
                      row.effect != Effect::none});
  }
  return result;
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"

namespace zerogap {

/// Keys with one value each, as text that parses to it, in the order of the file.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// One axis of the grid: keys that vary together, with a list of their values for each position.
struct SweepAxis {
  std::string section;                           ///< where it was written: axes, zip, log or seeds
  std::vector<std::string> keys;                 ///< one, or several for zip
  std::vector<std::vector<std::string>> values;  ///< (positions, keys), as dump_config prints them
};

/// Keys sweep.*.
struct SweepOptions {
  std::int64_t ranks_per_cell = 1;  ///< under mpirun: ranks that compute a cell together
  std::int64_t retries = 1;         ///< retries of a failed cell
};

/// Configurations that differ along axes. Contains texts only, so that it can be stored and sent.
struct SweepFile {
  std::string name;         ///< of the sweep: the file's name without extension
  std::string path;         ///< where it was read
  std::string origin;       ///< the same, absolute and without links
  std::string base_name;    ///< of the base configuration, for messages
  std::string base_text;    ///< YAML
  std::string config_text;  ///< YAML of keys that override the base's
  std::vector<std::string> overrides;
  std::vector<SweepAxis> axes;
  std::vector<std::vector<std::pair<std::string, std::vector<std::string>>>> excluded;  ///< key, values
  /// The key of an axis along which each cell starts from its neighbour's solution; empty if all cells start
  /// cold.
  std::string chain;
  SweepOptions options;
};

/// Reads configs/sweep/*.yaml (docs/sweeps.md); `overrides` are KEY=VALUE for the base, or sweep.KEY=VALUE.
/// Every key, every value and the base are checked individually. Throws Error (exit 2) naming file, line,
/// key, what was found, what is allowed and the nearest known word.
SweepFile load_sweep(const std::string& path, const std::vector<std::string>& overrides);

/// The points of the grid in order, the last axis moving fastest, without the excluded ones. Throws Error
/// (exit 2) if none is left or an exclusion excludes nothing.
std::vector<Settings> points_of(const SweepFile& sweep);

/// For each of `points` (points_of) its predecessor along the chain, if any: the point at the nearest earlier
/// position on the chain's axis that is not excluded, with the same values on all other axes.
std::vector<std::optional<std::size_t>> neighbours_of(const SweepFile& sweep,
                                                      const std::vector<Settings>& points);

/// The configuration at a point. Throws Error (exit 2) naming the point if its values contradict each other.
Config config_at(const SweepFile& sweep, const Settings& point);

/// "network.beta=50 network.lambda=0.1"; keys without a value are left out.
std::string describe(const Settings& settings);

/// A value as dump_config prints it, without YAML's quotes and escapes; none if the key's values are not
/// text. Throws Error (exit 3) if quotes do not end.
std::optional<std::string> plain_text(const std::string& key, const std::string& value);

/// Every key of a configuration with its value for this network (for optimizer.lr the network's own).
Settings settings_of(const Config& config, Network network);

}  // namespace zerogap

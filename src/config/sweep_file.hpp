// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"

namespace zerogap {

/// Keys with a value each, as text that parses to it, in the order of the file.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// One direction of the grid: keys that move together, a list of their values for each place along it.
struct SweepAxis {
  std::string section;                           ///< where it was written: axes, zip, log or seeds
  std::vector<std::string> keys;                 ///< one, or several for zip
  std::vector<std::vector<std::string>> values;  ///< (places, keys), as dump_config prints them
};

/// Keys sweep.*.
struct SweepOptions {
  std::int64_t ranks_per_cell = 1;  ///< under mpirun: ranks that work on a cell together
  std::int64_t retries = 1;         ///< of a cell that failed
};

/// Configurations that differ along axes. Holds texts, so that it can be stored and sent.
struct SweepFile {
  std::string name;         ///< of the sweep: the file's name without extension
  std::string path;         ///< where it was read
  std::string origin;       ///< the same, absolute and without links
  std::string base_name;    ///< of the base configuration, for messages
  std::string base_text;    ///< YAML
  std::string config_text;  ///< YAML of keys that stand over the base's
  std::vector<std::string> overrides;
  std::vector<SweepAxis> axes;
  std::vector<std::vector<std::pair<std::string, std::vector<std::string>>>> excluded;  ///< key, values
  /// The key of an axis along which each cell starts from its neighbour's solution; empty: all start cold.
  std::string chain;
  SweepOptions options;
};

/// Reads configs/sweep/*.yaml (docs/sweeps.md); `overrides` are KEY=VALUE for the base, or sweep.KEY=VALUE.
/// Every key and every value is checked by itself, and so is the base. Throws Error (exit 2) naming
/// file, line, key, what was found, what is allowed and the nearest known word.
SweepFile load_sweep(const std::string& path, const std::vector<std::string>& overrides);

/// The points of the grid in order, the last axis moving fastest, without the excluded ones. Throws Error
/// (exit 2) when none is left or an exclusion excludes nothing.
std::vector<Settings> points_of(const SweepFile& sweep);

/// For each of `points` (points_of) the one before it along the chain, if any: with the same values
/// elsewhere, and the nearest earlier place of the chain's axis that is not excluded.
std::vector<std::optional<std::size_t>> neighbours_of(const SweepFile& sweep,
                                                      const std::vector<Settings>& points);

/// The configuration at a point. Throws Error (exit 2) naming the point when its values contradict each
/// other.
Config config_at(const SweepFile& sweep, const Settings& point);

/// "network.beta=50 network.lambda=0.1"; keys without a value are left out.
std::string describe(const Settings& settings);

/// A value as dump_config prints it without the quotes and escapes that YAML has around text; none where the
/// key's values are no text. Throws Error (exit 3) where quotes do not end.
std::optional<std::string> plain_text(const std::string& key, const std::string& value);

/// Every key of a configuration with its value for this network (that of optimizer.lr is its own one's).
Settings settings_of(const Config& config, Network network);

}  // namespace zerogap

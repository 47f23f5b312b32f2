// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"

/// The table of all keys, the only place that lists them: reading, printing, comparing and documenting use
/// it.
namespace zerogap::schema {

/// The effect of a difference between two runs in a key.
enum class Effect {
  result,    ///< another result
  schedule,  ///< another result unless the learning rate is constant, or a solver has none
  none,      ///< the same result
};

/// One key of a configuration: how it is read, printed and explained.
struct Row {
  std::string key;
  std::string help;
  std::string allowed;
  Effect effect = Effect::result;
  bool per_network = false;  ///< optimizer.KEY, which optimizer.primal.KEY and optimizer.dual.KEY override
  bool text = false;         ///< any text is a value, so that on a command line it needs no YAML quoting
  int step = 0;              ///< step between allowed whole numbers: 1, or 2 for odd ones; 0 for other values
  /// Sets the value; throws BadValue. The network matters to per_network rows only.
  std::function<void(Config&, Network, const YAML::Node&)> read;
  std::function<std::string(const Config&, Network)> print;
};

/// In the order in which they are printed; a section's rows are neighbours.
const std::vector<Row>& rows();

/// A key as written: its row and, if it is optimizer.primal.* or optimizer.dual.*, the network.
struct Slot {
  const Row* row = nullptr;
  std::optional<Network> network;
};

/// The row of a key, and the network; none for an unknown key.
std::optional<Slot> find_slot(const std::string& key);
/// The value of any key except a shared optimizer.KEY, which has no value of its own.
std::string value_of(const Config& config, const std::string& key);
/// optimizer.lr as optimizer.primal.lr
std::string key_for(const Row& row, Network network);

/// Every key that may be written.
const std::vector<std::string>& all_keys();
/// The keys of the table, in which optimizer.primal.* and optimizer.dual.* have no rows.
std::vector<std::string> table_keys();
/// Whether keys begin with `section` and a dot.
bool is_section(const std::string& section);
/// The names allowed directly in a section; the empty section is the top of a file.
std::vector<std::string> members(const std::string& section);

}  // namespace zerogap::schema

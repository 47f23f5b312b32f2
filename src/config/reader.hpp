// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/consistency.hpp"
#include "config/removed_keys.hpp"
#include "config/renamed_keys.hpp"
#include "config/schema.hpp"

namespace zerogap::schema {

/// Throws if the key is <<, which not every YAML library treats as a merge key; `at` is its position.
void refuse_merge_key(const std::string& key, const std::string& at);

/// Collects keys, first a file's, then overrides, and makes a Config of them. All functions throw Error (exit
/// 2) at the first key or value that is not allowed.
class Reader {
 public:
  /// Reads YAML text; `name` is the file's name in messages. Keys may be nested, dotted, or both; `names`
  /// says which names they may have.
  void read_text(const std::string& text, const std::string& name, Names names = Names::present);
  /// The same for a map within a larger file.
  void read_node(const YAML::Node& map, const std::string& name);
  /// Reads one key of a larger file, written at `mark`, with one of the values that the file lists for it.
  void read_one(const std::string& key, const YAML::Mark& mark, const YAML::Node& value,
                const std::string& name);
  /// Reads KEY=VALUE, where VALUE is YAML. For keys of text it is everything after '=', byte for byte.
  void read_override(const std::string& argument, Names names = Names::present);
  /// Reads a key with its value as dump_config of this or an earlier version prints it.
  void read_printed(const std::string& key, const std::string& value);
  /// Reads a key set by a command's own option rather than by a file or --set.
  void read_option(const OptionValue& option);
  /// The keys of the text or map read last, with their values as dump_config prints them, one on each line.
  std::string printed() const;
  /// The defaults with what has been read. Later values override earlier ones, and optimizer.primal.* and
  /// optimizer.dual.* override optimizer.* in any order.
  Config config() const;
  /// The same without checking whether values contradict each other.
  Config unchecked() const;

 private:
  struct Given {
    Slot slot;
    YAML::Node value;
  };

  YAML::Node load(const std::string& text) const;
  YAML::Node load_word(const std::string& key, const std::string& text) const;
  void begin(const std::string& name, bool is_file, Names names = Names::present);
  void read_root(const YAML::Node& root);
  void read_map(const YAML::Node& map, const std::string& section);
  void read_key(const std::string& key, const YAML::Node& value, const YAML::Mark& mark);
  void read_section(const std::string& section, const YAML::Node& value, const std::string& at);
  void read_value(const Slot& slot, const std::string& key, const YAML::Node& value, const std::string& at);
  void read_renamed(const RenamedKey& renamed, const YAML::Node& value, const YAML::Mark& mark);
  [[noreturn]] void unknown_key(const std::string& key, const std::string& at) const;
  std::string place(const YAML::Mark& mark) const;

  std::string name_;                         ///< the file or override being read
  bool is_file_ = false;                     ///< false for an override, which has no lines
  Names names_ = Names::present;             ///< names that its keys may have
  std::map<std::string, std::string> seen_;  ///< keys and sections read from the current text, with positions
  std::size_t first_ = 0;                    ///< the first entry of given_ from the current text
  Origins origins_;
  std::vector<Given> given_;
};

}  // namespace zerogap::schema

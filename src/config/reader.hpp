// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/consistency.hpp"
#include "config/renamed_keys.hpp"
#include "config/schema.hpp"

namespace zerogap::schema {

/// Throws where the key is <<, which not every YAML library takes for a merge key; `at`: its place.
void refuse_merge_key(const std::string& key, const std::string& at);

/// Collects given keys, first a file's, then overrides, and makes a Config of them. Everything throws Error
/// (exit 2) at the first key or value that is not allowed.
class Reader {
 public:
  /// YAML text; `name` stands for the file in messages. Keys may be nested, dotted, or both, and have
  /// `names`.
  void read_text(const std::string& text, const std::string& name, Names names = Names::present);
  /// The same for a map that stands in a larger file.
  void read_node(const YAML::Node& map, const std::string& name);
  /// One key of a larger file, written at `mark`, with one of the values that the file gives it.
  void read_one(const std::string& key, const YAML::Mark& mark, const YAML::Node& value,
                const std::string& name);
  /// KEY=VALUE, where VALUE is YAML, but for keys of text: all that follows '=' is theirs, byte for byte.
  void read_override(const std::string& argument, Names names = Names::present);
  /// A key with its value as dump_config prints it.
  void read_printed(const std::string& key, const std::string& value);
  /// What an option of a command, which is no file's and no --set, makes of a key.
  void read_option(const OptionValue& option);
  /// The keys of the text or map that was read last, with their values as dump_config prints them, a line
  /// each.
  std::string printed() const;
  /// What has been read, over the defaults. Later beats earlier, and optimizer.primal.* and optimizer.dual.*
  /// beat optimizer.* wherever they stand.
  Config config() const;
  /// The same without looking whether its values contradict each other.
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

  std::string name_;                         ///< of the file or override being read
  bool is_file_ = false;                     ///< else an override, which has no lines
  Names names_ = Names::present;             ///< that its keys may have
  std::map<std::string, std::string> seen_;  ///< keys and sections of what is being read, and where
  std::size_t first_ = 0;                    ///< of given_ that what is being read has given
  Origins origins_;
  std::vector<Given> given_;
};

}  // namespace zerogap::schema

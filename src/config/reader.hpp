#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/consistency.hpp"
#include "config/schema.hpp"

namespace zerogap::schema {

/// Collects given keys, first a file's, then overrides, and makes a Config of them. Everything throws Error
/// (exit 2) at the first key or value that is not allowed.
class Reader {
 public:
  /// YAML text; `name` stands for the file in messages. Keys may be nested, dotted, or both.
  void read_text(const std::string& text, const std::string& name);
  /// The same for a map that stands in a larger file.
  void read_node(const YAML::Node& map, const std::string& name);
  /// One key of a larger file, written at `mark`, with one of the values that the file gives it.
  void read_one(const std::string& key, const YAML::Mark& mark, const YAML::Node& value,
                const std::string& name);
  /// KEY=VALUE
  void read_override(const std::string& argument);
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
  void read_root(const YAML::Node& root);
  void read_map(const YAML::Node& map, const std::string& section);
  void read_key(const std::string& key, const YAML::Node& value, const YAML::Mark& mark);
  void read_section(const std::string& section, const YAML::Node& value, const std::string& at);
  void read_value(const Slot& slot, const std::string& key, const YAML::Node& value, const std::string& at);
  [[noreturn]] void unknown_key(const std::string& key, const std::string& at) const;
  std::string place(const YAML::Mark& mark) const;

  std::string name_;                         ///< of the file or override being read
  bool is_file_ = false;                     ///< else an override, which has no lines
  std::map<std::string, std::string> seen_;  ///< keys and sections of what is being read, and where
  Origins origins_;
  std::vector<Given> given_;
};

}  // namespace zerogap::schema

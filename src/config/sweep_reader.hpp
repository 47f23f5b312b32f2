// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "config/sweep_file.hpp"

namespace zerogap::schema {

/// Reads the sections of a sweep file.
class SweepReader {
 public:
  /// `name` is the file's name in messages.
  SweepReader(SweepFile& sweep, std::string name) : sweep_(sweep), name_(std::move(name)) {}

  /// Reads everything but base and config, which the caller has read.
  void read(const YAML::Node& root);
  /// Reads KEY=VALUE for a key sweep.KEY.
  void read_option(const std::string& key, const YAML::Node& value, const std::string& at);
  std::string place(const YAML::Node& node) const;

 private:
  using Entry =
      std::function<void(const std::string& key, const YAML::Node& key_node, const YAML::Node& value)>;

  void for_keys(const YAML::Node& map, const std::string& section, const Entry& entry) const;
  void read_axes(const YAML::Node& map);
  void read_zip(const YAML::Node& node);
  void read_zip_group(const YAML::Node& map);
  void read_log(const YAML::Node& map);
  void read_seeds(const YAML::Node& node);
  void read_excluded(const YAML::Node& list);
  void read_chain(const YAML::Node& node);
  void add(SweepAxis axis, const YAML::Node& at);
  /// Refuses an axis with this many positions if the sweep would have too many points, before its values are
  /// generated.
  void require_room(std::int64_t places, const YAML::Node& at) const;
  void require_axis_key(const std::string& key, const YAML::Node& key_node) const;
  std::string canonical(const std::string& key, const YAML::Node& key_node, const YAML::Node& value) const;
  std::vector<std::string> canonical_list(const std::string& key, const YAML::Node& key_node,
                                          const YAML::Node& list) const;
  const SweepAxis* axis_of(const std::string& key) const;

  SweepFile& sweep_;
  std::string name_;
  std::map<std::string, std::string> moved_;  ///< by key: the position in the file where an axis moves it
};

}  // namespace zerogap::schema

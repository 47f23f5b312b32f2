// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

/// Names that keys had in earlier versions. In a person's file they are errors that name the present ones; in
/// what zerogap wrote (a checkpoint, a run's config.yaml, a sweep's plan) they are read.
namespace zerogap::schema {

/// A key that had another name.
struct RenamedKey {
  std::string before, now;
  /// Values that changed with the name, before and now; empty if none did.
  std::vector<std::pair<std::string, std::string>> values = {};

  /// The value as it is written under the present name; itself if that did not change or is not known.
  std::string present_value(const std::string& value) const;
};

/// Which names keys may have in a text.
enum class Names {
  present,  ///< those of this version, in what a person writes
  any,      ///< also those of earlier versions, in what zerogap wrote
};
/// The names that a configuration file may have: zerogap wrote the config.yaml of a run's folder (one with
/// checkpoints), a person any other file.
Names names_in(const std::filesystem::path& file);

/// The rename of a key that has its earlier name; null for any other.
const RenamedKey* find_renamed(const std::string& key);
/// The present section of keys that were in `section`; empty if it still is one, or never was.
std::string renamed_section(const std::string& section);

/// A key with a value, as an earlier or this version printed them, under the key's present name.
std::pair<std::string, std::string> present_setting(const std::string& key, const std::string& value);
/// The name that a key had first, for what must not change when a key is renamed: the names of cells.
std::string first_name(const std::string& key);

}  // namespace zerogap::schema

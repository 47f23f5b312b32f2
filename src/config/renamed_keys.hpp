// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

/// Names that keys had in earlier versions. In a user's file they are errors that give the current name; in
/// files that zerogap wrote (a checkpoint, a run's config.yaml, a sweep's plan) they are accepted.
namespace zerogap::schema {

/// A key that was renamed.
struct RenamedKey {
  std::string before, now;
  /// Values that changed with the name, as pairs of old and new; empty if none did.
  std::vector<std::pair<std::string, std::string>> values = {};

  /// The value under the current name; unchanged if it was not renamed or is not known.
  std::string present_value(const std::string& value) const;
};

/// Which names keys may have in a text.
enum class Names {
  present,  ///< those of this version, for users' files
  any,      ///< also those of earlier versions, for files that zerogap wrote
};
/// The names allowed in a configuration file: the config.yaml of a run's folder (one with checkpoints) was
/// written by zerogap, any other file by a user.
Names names_in(const std::filesystem::path& file);

/// The rename of a key given by its earlier name; null for any other key.
const RenamedKey* find_renamed(const std::string& key);
/// The current section of keys that were in `section`; empty if it still is a section, or never was.
std::string renamed_section(const std::string& section);

/// A key with a value as printed by this or an earlier version, converted to the current name.
std::pair<std::string, std::string> present_setting(const std::string& key, const std::string& value);
/// The first name that a key had. The names of cells are made from it, so that they do not change when a key
/// is renamed.
std::string first_name(const std::string& key);

}  // namespace zerogap::schema

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/temporary_name.hpp"

namespace zerogap {

/// The folder of `file` ("." for a bare name).
inline std::filesystem::path folder_of(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

/// Suffix of a file that does not have its final name yet.
constexpr const char* temporary_suffix = ".writing";

/// Prefix of the temporary names of `file`: ".NAME."
inline std::string hidden_name(const std::filesystem::path& file) {
  return "." + short_name(file.filename().string(), 200) + ".";
}

/// Temporary path under which `file` is written: folder/.NAME.MARK.writing. The mark is random for each
/// writing, so that a host that sees another folder of the same name cannot mistake an earlier writer's
/// leftover for this file.
inline std::filesystem::path temporary_of(const std::filesystem::path& file, const std::string& mark) {
  return folder_of(file) / (hidden_name(file) + mark + temporary_suffix);
}

/// Whether `found` is a temporary name of `file`.
inline bool is_temporary_of(const std::filesystem::path& found, const std::filesystem::path& file) {
  const std::string name = found.filename().string();
  return name.starts_with(hidden_name(file)) && name.ends_with(temporary_suffix);
}

/// Whether this is a temporary name of any HDF5 file.
inline bool is_temporary(const std::filesystem::path& found) {
  const std::string name = found.filename().string();
  return name.starts_with('.') && name.find(".h5.") != std::string::npos && name.ends_with(temporary_suffix);
}

}  // namespace zerogap

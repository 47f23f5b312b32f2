// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/temporary_name.hpp"

namespace zerogap {

/// The folder that `file` lies in ("." for a bare name).
inline std::filesystem::path folder_of(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

/// Of a file that has not got its name yet.
constexpr const char* temporary_suffix = ".writing";

/// How the names begin that `file` has before its own: ".NAME."
inline std::string hidden_name(const std::filesystem::path& file) {
  return "." + short_name(file.filename().string(), 200) + ".";
}

/// Where `file` is written before it gets its name: folder/.NAME.MARK.writing. The mark is drawn anew for
/// each writing, so that a host that sees another folder of the same name cannot take what an earlier writer
/// left there for this file.
inline std::filesystem::path temporary_of(const std::filesystem::path& file, const std::string& mark) {
  return folder_of(file) / (hidden_name(file) + mark + temporary_suffix);
}

/// Whether `found` is such a name of `file`.
inline bool is_temporary_of(const std::filesystem::path& found, const std::filesystem::path& file) {
  const std::string name = found.filename().string();
  return name.starts_with(hidden_name(file)) && name.ends_with(temporary_suffix);
}

/// Whether this is such a name of any HDF5 file.
inline bool is_temporary(const std::filesystem::path& found) {
  const std::string name = found.filename().string();
  return name.starts_with('.') && name.find(".h5.") != std::string::npos && name.ends_with(temporary_suffix);
}

}  // namespace zerogap

#pragma once

#include <filesystem>
#include <string>

namespace zerogap {

/// The folder that `file` lies in ("." for a bare name).
inline std::filesystem::path folder_of(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

/// Of a file that has not got its name yet.
constexpr const char* temporary_suffix = ".writing";

/// Where `file` is written before it gets its name: folder/.NAME.MARK.writing. The mark is drawn anew for
/// each writing, so that a host that sees another folder of the same name cannot take what an earlier writer
/// left there for this file.
inline std::filesystem::path temporary_of(const std::filesystem::path& file, const std::string& mark) {
  return folder_of(file) / ("." + file.filename().string() + "." + mark + temporary_suffix);
}

/// Whether `found` is such a name of `file`.
inline bool is_temporary_of(const std::filesystem::path& found, const std::filesystem::path& file) {
  const std::string name = found.filename().string();
  return name.starts_with("." + file.filename().string() + ".") && name.ends_with(temporary_suffix);
}

/// Whether this is such a name of any HDF5 file.
inline bool is_temporary(const std::filesystem::path& found) {
  const std::string name = found.filename().string();
  return name.starts_with('.') && name.find(".h5.") != std::string::npos && name.ends_with(temporary_suffix);
}

}  // namespace zerogap

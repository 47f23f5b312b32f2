#pragma once

#include <filesystem>

namespace zerogap {

/// The folder that `file` lies in ("." for a bare name).
inline std::filesystem::path folder_of(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

/// Of a file that has not got its name yet.
constexpr const char* temporary_suffix = ".writing";

/// Where `file` is written before it gets its name: folder/.NAME.writing.
inline std::filesystem::path temporary_of(const std::filesystem::path& file) {
  return folder_of(file) / ("." + file.filename().string() + temporary_suffix);
}

/// Whether this is such a name of an HDF5 file.
inline bool is_temporary(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with('.') && name.ends_with(std::string(".h5") + temporary_suffix);
}

}  // namespace zerogap

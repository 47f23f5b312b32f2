// SPDX-License-Identifier: Apache-2.0
#include "core/install_paths.hpp"

#include "core/error.hpp"

namespace zerogap {

namespace fs = std::filesystem;

fs::path executable_path() {
  std::error_code error;
  fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error)
    throw data_error("cannot find the path of this program", "/proc/self/exe: " + error.message(),
                     "mount /proc");
  return self;
}

fs::path installed_file_of(const fs::path& program, const fs::path& name) {
  for (fs::path folder = program.parent_path();; folder = folder.parent_path()) {
    for (const fs::path& place : {folder / name, folder / "share" / "zerogap" / name}) {
      std::error_code ignored;
      if (fs::exists(place, ignored)) return place;
    }
    if (folder == folder.parent_path()) return {};
  }
}

fs::path installed_file(const fs::path& name) { return installed_file_of(executable_path(), name); }

}  // namespace zerogap

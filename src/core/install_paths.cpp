#include "core/install_paths.hpp"

#include "core/error.hpp"

namespace zerogap {

namespace fs = std::filesystem;

fs::path own_program() {
  std::error_code error;
  fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error)
    throw data_error("this program does not find itself", "/proc/self/exe: " + error.message(),
                     "mount /proc");
  return self;
}

fs::path file_of_program(const fs::path& program, const fs::path& name) {
  for (fs::path folder = program.parent_path();; folder = folder.parent_path()) {
    for (const fs::path& place : {folder / name, folder / "share" / "zerogap" / name}) {
      std::error_code ignored;
      if (fs::exists(place, ignored)) return place;
    }
    if (folder == folder.parent_path()) return {};
  }
}

fs::path own_file(const fs::path& name) { return file_of_program(own_program(), name); }

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "run/run_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "core/atomic_file.hpp"
#include "core/files.hpp"

namespace zerogap {
namespace {

/// Folders created so far, removed again unless everything succeeded. Those that others have filled meanwhile
/// remain.
class MadeFolders {
 public:
  ~MadeFolders() {
    for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) ::rmdir(folder->c_str());
  }
  void keep() { made_.clear(); }

  /// Creates a folder with its parents. Does nothing if it exists.
  void make(const std::filesystem::path& folder) {
    std::filesystem::path partial;
    for (const auto& name : folder) {
      partial /= name;
      if (name.empty() || is_folder(partial)) continue;
      made_.reserve(made_.size() + 1);
      if (::mkdir(partial.c_str(), 0777) == 0) {
        made_.push_back(partial);
      } else if (const int failure = errno; failure != EEXIST || !is_folder(partial)) {
        throw file_error("cannot make the folder " + partial.string(), failure == EEXIST ? ENOTDIR : failure);
      }
    }
  }

 private:
  static bool is_folder(const std::filesystem::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  }

  std::vector<std::filesystem::path> made_;
};

/// Temporary files left by a killed process.
void remove_leftovers(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    for (const char* prefix : {"config.yaml.tmp.", "result.json.tmp.", "lock.stale."})
      if (name.starts_with(prefix)) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace

RunFolder::RunFolder(const std::filesystem::path& path) : path_(path) {
  if (path_.empty())
    throw usage_error("the run has no folder", "its path is empty", "name one with --out DIR");
  std::error_code ignored;
  if (std::filesystem::exists(path_ / "store.json", ignored))
    throw usage_error(path_.string() + " holds sweeps", "a run keeps a folder of its own",
                      "give another --out");
  MadeFolders folders;
  folders.make(path_);
  lock_ = std::make_unique<RunLock>(lock_file());
  try {
    folders.make(checkpoints());
    remove_leftovers(path_);
  } catch (...) {
    lock_.reset();
    throw;
  }
  folders.keep();
}

void RunFolder::heartbeat() { lock_->heartbeat(); }

void RunFolder::require_lock() { lock_->heartbeat_now(); }

void RunFolder::write_text(const std::filesystem::path& file, std::string_view text) const {
  write_file(file, text);
}

}  // namespace zerogap

#include "core/new_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "core/beside.hpp"
#include "core/files.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

/// Links that lead nowhere are there, too.
bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(file, ignored));
}

Error in_the_way(const fs::path& file) {
  std::error_code ignored;
  const auto status = fs::symlink_status(file, ignored);
  const char* what = fs::is_directory(status) ? "there is a folder of this name"
                     : fs::is_symlink(status) ? "there is a link of this name"
                                              : "it exists";
  return data_error("will not overwrite " + file.string(), what, "give another name, or remove it");
}

}  // namespace

void require_new(const fs::path& file) {
  if (!file.has_filename())
    throw data_error("cannot write " + file.string(), "it is the name of a folder", "name a file in it");
  if (is_there(file)) throw in_the_way(file);
  std::error_code ignored;
  const fs::path folder = file.parent_path();
  if (!folder.empty() && !fs::is_directory(folder, ignored))
    throw data_error("cannot write " + file.string(), "there is no folder " + folder.string(),
                     "make it first");
}

void require_new_or(const fs::path& file, bool (*ours)(const fs::path&), const std::string& what) {
  std::error_code ignored;
  if (!fs::is_regular_file(fs::symlink_status(file, ignored))) return require_new(file);
  if (!ours(file))
    throw data_error("will not overwrite " + file.string(), "it is not " + what,
                     "give another name, or remove it");
}

int rename_to_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;  // EINVAL: this file system cannot
  if (::link(from.c_str(), to.c_str()) == 0) {
    ::unlink(from.c_str());
    return 0;
  }
  if (errno == EEXIST || is_there(to)) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

NewFile::NewFile(fs::path file) : file_(std::move(file)) {
  require_new(file_);
  for (int n = 0; beside_.empty(); ++n) {
    const fs::path name =
        name_beside(file_, ".", "." + std::to_string(::getpid()) + "." + std::to_string(n) + ".writing");
    const FileHandle taken(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (taken) beside_ = name;
    if (!taken && errno != EEXIST) throw file_error("cannot write " + file_.string(), errno);
  }
}

NewFile::~NewFile() {
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

void NewFile::keep() {
  const FileHandle written(::open(beside_.c_str(), O_RDONLY | O_CLOEXEC));
  int failure = !written || (::fsync(written.get()) != 0 && errno != EINVAL) ? errno : 0;
  if (failure == 0) failure = rename_to_new(beside_, file_);
  if (failure == EEXIST) throw in_the_way(file_);
  if (failure != 0) throw file_error("cannot write " + file_.string(), failure);
  beside_.clear();
  if (failure = sync_folder(file_.parent_path()); failure != 0)
    throw file_error("cannot write " + file_.string(), failure);
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "core/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "core/files.hpp"
#include "core/temporary_name.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

/// A dangling link counts as existing.
bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(file, ignored));
}

bool is_same_file(const fs::path& a, const fs::path& b) {
  struct stat of_a {};
  struct stat of_b {};
  return ::lstat(a.c_str(), &of_a) == 0 && ::lstat(b.c_str(), &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
         of_a.st_ino == of_b.st_ino;
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

void require_new_or(const fs::path& file, bool (*is_replaceable)(const fs::path&), const std::string& what) {
  std::error_code ignored;
  if (!fs::is_regular_file(fs::symlink_status(file, ignored))) return require_new(file);
  if (!is_replaceable(file))
    throw data_error("will not overwrite " + file.string(), "it is not " + what,
                     "give another name, or remove it");
}

int rename_to_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;  // EINVAL: not supported by this file system
  const int failure = ::link(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  // On a network file system the reply to a successful link() may be lost.
  if (failure == 0 || (failure == EEXIST && is_same_file(from, to))) {
    ::unlink(from.c_str());
    return 0;
  }
  if (failure == EEXIST || is_there(to)) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

void write_file(const std::filesystem::path& file, std::string_view text) {
  const std::string what = "cannot write " + file.string();
  const std::filesystem::path temporary = temporary_name(file, "", ".tmp." + std::to_string(::getpid()));
  FileHandle handle(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!handle) throw file_error(what, errno);
  int failure = write_fully(handle.get(), text, 0);
  if (failure == 0) failure = sync_file(handle.get());
  // Some network file systems report a full disk only here.
  if (::close(handle.release()) != 0 && failure == 0 && errno != EINTR) failure = errno;
  if (failure == 0 && ::rename(temporary.c_str(), file.c_str()) != 0) failure = errno;
  if (failure != 0) {
    ::unlink(temporary.c_str());
    throw file_error(what, failure);
  }
  if (failure = sync_folder(file.parent_path()); failure != 0) throw file_error(what, failure);
}

AtomicFile::AtomicFile(fs::path file) : file_(std::move(file)) {
  require_new(file_);
  for (int n = 0; made_.empty(); ++n) {
    const fs::path name =
        temporary_name(file_, ".", "." + std::to_string(::getpid()) + "." + std::to_string(n) + ".writing");
    const FileHandle taken(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (taken) made_ = name;
    if (!taken && errno != EEXIST) throw file_error("cannot write " + file_.string(), errno);
  }
}

AtomicFile::~AtomicFile() {
  if (!made_.empty()) ::unlink(made_.c_str());
}

void AtomicFile::keep() {
  const FileHandle written(::open(made_.c_str(), O_RDONLY | O_CLOEXEC));
  if (const int failure = written ? sync_file(written.get()) : errno; failure != 0)
    throw file_error("cannot write " + file_.string(), failure);
  rename();
}

void AtomicFile::rename() {
  int failure = rename_to_new(made_, file_);
  if (failure == EEXIST) throw in_the_way(file_);
  if (failure == 0) {
    made_ = file_;
    failure = sync_folder(file_.parent_path());
  }
  if (failure != 0) throw file_error("cannot write " + file_.string(), failure);
  made_.clear();
}

const fs::path& AtomicFiles::add(const fs::path& file) {
  names_.push_back(file);
  files_.push_back(std::make_unique<AtomicFile>(file));
  return files_.back()->temporary();
}

void AtomicFiles::keep() {
  for (; named_ < files_.size(); ++named_) files_[named_]->keep();
  names_.clear();
  files_.clear();
  named_ = 0;
}

void AtomicFiles::discard() {
  std::error_code ignored;
  for (std::size_t i = 0; i < named_; ++i) fs::remove(names_[i], ignored);
  names_.clear();
  files_.clear();
  named_ = 0;
}

}  // namespace zerogap

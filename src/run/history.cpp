// SPDX-License-Identifier: Apache-2.0
#include "run/history.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "core/json.hpp"
#include "core/log.hpp"

namespace zerogap {
namespace {

/// Bytes of the complete lines within the first `end` bytes, up to and including the last newline. -1 on
/// error, with errno set.
std::int64_t whole_lines(int descriptor, std::int64_t end) {
  std::array<char, 4096> block;
  while (end > 0) {
    const std::int64_t first = std::max<std::int64_t>(0, end - static_cast<std::int64_t>(block.size()));
    const ssize_t count = ::pread(descriptor, block.data(), static_cast<std::size_t>(end - first), first);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    const std::string_view text(block.data(), static_cast<std::size_t>(count));
    if (const std::size_t newline = text.rfind('\n'); newline != std::string_view::npos)
      return first + static_cast<std::int64_t>(newline) + 1;
    end = first;
  }
  return 0;
}

}  // namespace

History::History(const std::filesystem::path& path, std::int64_t keep_bytes) : path_(path) {
  const std::string what = "cannot open " + path_.string();
  file_ = FileHandle(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  struct stat status {};
  if (!file_ || ::fstat(file_.get(), &status) != 0) throw file_error(what, errno);
  keep_bytes = std::max<std::int64_t>(keep_bytes, 0);
  position_ = whole_lines(file_.get(), std::min<std::int64_t>(keep_bytes, status.st_size));
  if (position_ < 0) throw file_error("cannot read " + path_.string(), errno);
  if (position_ != keep_bytes)
    log::warn(
        "{} has only {} of the {} bytes that the checkpoint knows of (it was shortened or edited); the "
        "evaluations "
        "between are missing from it, nothing else is affected",
        path_.string(), position_, keep_bytes);
  if (::ftruncate(file_.get(), position_) != 0) throw file_error("cannot shorten " + path_.string(), errno);
  int failure = sync_data(file_.get());
  if (failure == 0) failure = sync_folder(path_.parent_path());
  if (failure != 0) throw file_error("cannot write " + path_.string(), failure);
}

void History::require_unmodified() const {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0 || status.st_size == position_) return;
  throw data_error(path_.string() + " was written to by another process",
                   "this one must have been suspended for so long that the run was taken over",
                   "let the other one continue, or stop it and resume with --resume");
}

void History::append(const nlohmann::ordered_json& record) {
  const std::string line = print_json(record) + '\n';
  int failure = write_fully(file_.get(), line, position_);
  if (failure == 0) failure = sync_data(file_.get());
  if (failure != 0) {
    const bool shortened = ::ftruncate(file_.get(), position_) == 0;
    if (!shortened) log::warn("{} ends with part of a line; a resume removes it", path_.string());
    throw file_error("cannot write " + path_.string(), failure);
  }
  position_ += static_cast<std::int64_t>(line.size());
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "inference/output_files.hpp"

#include "core/error.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
constexpr const char* kCheckFolder = "check the folder, its permissions and the free space, or give another";

}  // namespace

OutputFiles::OutputFiles(fs::path folder) : folder_(std::move(folder)) {
  std::error_code failure;
  for (fs::path at = fs::absolute(folder_).lexically_normal();
       !fs::exists(at, failure) && at.has_relative_path(); at = at.parent_path())
    made_ = at;
  fs::create_directories(folder_, failure);
  if (failure || !fs::is_directory(folder_, failure))
    throw data_error("cannot make the folder " + folder_.string(),
                     failure ? failure.message() : "something else has that name", kCheckFolder);
}

OutputFiles::~OutputFiles() {
  if (kept_) return;
  files_.discard();
  if (made_.empty()) return;
  std::error_code ignored;
  // Only empty folders, innermost first: others may have put files there meanwhile.
  for (fs::path at = fs::absolute(folder_).lexically_normal(); fs::remove(at, ignored) && at != made_;)
    at = at.parent_path();
}

void OutputFiles::require_new(const std::string& name) const { zerogap::require_new(folder_ / name); }

std::string OutputFiles::add(const std::string& name) { return files_.add(folder_ / name).string(); }

void OutputFiles::keep() {
  files_.keep();
  kept_ = true;
}

}  // namespace zerogap

#include "use/output_files.hpp"

#include "core/beside.hpp"
#include "core/error.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
constexpr const char* kCheckFolder = "check the folder, its permissions and the free space, or give another";

fs::path temporary(const fs::path& folder, const std::string& name) {
  return name_beside(folder / name, ".", ".writing");
}

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
  std::error_code ignored;
  for (std::size_t i = 0; i < names_.size(); ++i)
    fs::remove(i < renamed_ ? folder_ / names_[i] : temporary(folder_, names_[i]), ignored);
  if (made_.empty()) return;
  // Only what is empty, from within: others may have put files there meanwhile.
  for (fs::path at = fs::absolute(folder_).lexically_normal(); fs::remove(at, ignored) && at != made_;)
    at = at.parent_path();
}

void OutputFiles::require_new(const std::string& name) const {
  std::error_code ignored;
  if (fs::exists(folder_ / name, ignored))
    throw data_error("will not overwrite " + (folder_ / name).string(), "it exists",
                     "give another folder, or remove it");
}

std::string OutputFiles::add(const std::string& name) {
  names_.push_back(name);
  return temporary(folder_, name).string();
}

void OutputFiles::keep() {
  for (; renamed_ < names_.size(); ++renamed_) {
    std::error_code failure;
    fs::rename(temporary(folder_, names_[renamed_]), folder_ / names_[renamed_], failure);
    if (failure)
      throw data_error("cannot rename a file to " + (folder_ / names_[renamed_]).string(), failure.message(),
                       kCheckFolder);
  }
  kept_ = true;
}

}  // namespace zerogap

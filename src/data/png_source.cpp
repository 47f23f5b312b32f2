// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "data/places.hpp"
#include "data/png.hpp"
#include "data/source.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

bool has_png_suffix(const fs::path& path) {
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return suffix == ".png";
}

/// What a folder holds, in the order of names.
struct Content {
  std::vector<std::string> images, folders;
  std::size_t hidden = 0;  ///< PNG files whose names begin with a dot
};

/// Names that begin with a dot are ignored: macOS writes a ._NAME.png without a picture for each NAME.png on
/// a foreign disk, and an interrupted program may leave a .NAME.png.
Content content_of(const fs::path& folder) {
  Content found;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    std::error_code ignored;
    const bool hidden = entry->path().filename().native().starts_with(".");
    if (entry->is_directory(ignored)) {
      if (!hidden) found.folders.push_back(entry->path().string());
    } else if (has_png_suffix(entry->path())) {
      if (hidden)
        ++found.hidden;
      else
        found.images.push_back(entry->path().string());
    }
  }
  if (failure)
    throw data_error("cannot read the folder " + folder.string(), failure.message(),
                     "check data.path and permissions");
  std::sort(found.images.begin(), found.images.end());
  std::sort(found.folders.begin(), found.folders.end());
  return found;
}

/// The error for a folder without images. Images of subfolders are not used: they may be classes, but also
/// `clean` and `noisy`, or images and their masks.
Error no_images(const std::string& folder, const Content& found) {
  constexpr std::size_t kShown = 4;
  std::size_t count = 0;
  std::string inside;
  std::vector<std::string> with_images;
  for (const std::string& each : found.folders) {
    const std::size_t images = content_of(each).images.size();
    if (images > 0) with_images.push_back(fs::path(each).filename().string());
    count += images;
  }
  for (std::size_t k = 0; k < std::min(kShown, with_images.size()); ++k)
    inside += (k > 0 ? ", " : "") + with_images[k];
  if (with_images.size() > kShown) inside += ", ...";
  if (count > 0)
    return data_error("no PNG files in " + folder,
                      std::to_string(count) + " are in its subfolders " + inside + ", which are not searched",
                      "name one of them by data.path, or gather the files in one folder (datasets/README.md "
                      "shows how)");
  return data_error(
      "no PNG files in " + folder,
      found.hidden > 0 ? std::to_string(found.hidden) + " with names that begin with a dot are ignored" : "",
      "set data.path to a folder of grey PNG files");
}

/// The PNG files of a folder, or of its subfolders train and test, in the order of their names.
class PngFolder final : public ImageSource {
 public:
  PngFolder(const std::string& folder, Part part) : folder_(folder) {
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored))
      throw data_error("no folder " + folder, "data.path names it" + seen_from(folder),
                       "set data.path to a folder of grey PNG files, or give it as an absolute path");
    const fs::path inner = fs::path(folder) / (part == Part::train ? "train" : "test");
    const bool split = fs::is_directory(inner, ignored);
    if (part == Part::test && !split) return;
    if (split) folder_ = inner.string();
    Content found = content_of(folder_);
    if (found.images.empty()) throw no_images(folder_, found);
    files_ = std::move(found.images);
    check_headers();
  }

  std::int64_t images() const override { return static_cast<std::int64_t>(files_.size()); }
  int height() const override { return size_.height; }
  int width() const override { return size_.width; }
  std::string name() const override { return "PNG folder " + folder_; }

  void read(std::int64_t index, std::span<double> clean, std::span<double>) override {
    read_png(files_[static_cast<std::size_t>(index)], clean);
  }

 private:
  void check_headers() {
    size_ = read_png_header(files_.front());
    for (const std::string& file : files_) {
      const PngHeader other = read_png_header(file);
      if (other.width == size_.width && other.height == size_.height) continue;
      const auto shown = [](const PngHeader& h) {
        return std::to_string(h.width) + " x " + std::to_string(h.height);
      };
      throw data_error("the images in " + folder_ + " differ in size",
                       files_.front() + " is " + shown(size_) + ", " + file + " is " + shown(other),
                       "use images of one size");
    }
  }

  std::string folder_;
  std::vector<std::string> files_;
  PngHeader size_;
};

}  // namespace

std::unique_ptr<ImageSource> open_png_folder(const std::string& folder, Part part) {
  return std::make_unique<PngFolder>(folder, part);
}

}  // namespace zerogap

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <vector>

#include "core/error.hpp"
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

std::vector<std::string> png_files(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure))
    if (has_png_suffix(entry->path())) files.push_back(entry->path().string());
  if (failure)
    throw data_error("cannot read the folder " + folder.string(), failure.message(),
                     "check data.path and permissions");
  std::sort(files.begin(), files.end());
  return files;
}

/// The PNG files of a folder, or of its subfolders train and test, in the order of their names.
class PngFolder final : public ImageSource {
 public:
  PngFolder(const std::string& folder, Part part) : folder_(folder) {
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored))
      throw data_error("no folder " + folder, "data.path names it",
                       "set data.path to a folder of grey PNG files");
    const fs::path inner = fs::path(folder) / (part == Part::train ? "train" : "test");
    const bool split = fs::is_directory(inner, ignored);
    if (part == Part::test && !split) return;
    if (split) folder_ = inner.string();
    files_ = png_files(folder_);
    if (files_.empty())
      throw data_error("no PNG files in " + folder_, "", "set data.path to a folder of grey PNG files");
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

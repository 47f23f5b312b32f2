// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "data/places.hpp"
#include "data/source.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kHeader = 16;
constexpr std::uint32_t kImageMagic = 0x00000803;  // unsigned bytes, three dimensions
constexpr std::uint32_t kLargestSide = 1 << 14;

constexpr const char* kFetchAgain = "fetch the file again (datasets/fetch checks checksums)";

/// Files that are mistaken for MNIST's, by their first bytes after zlib has read them.
struct Foreign {
  std::string_view begin;
  const char* what;
  const char* todo;
};

constexpr std::array<Foreign, 7> kForeign{{
    {"\x1f\x8b", "it is compressed twice", "run gunzip on it once"},
    {"PK\x03\x04", "it is a zip archive", "unpack it with unzip"},
    {"BZh", "it is compressed with bzip2", "run bunzip2 on it"},
    {"\xfd\x37zXZ", "it is compressed with xz", "run unxz on it"},
    {"\x28\xb5\x2f\xfd", "it is compressed with zstd", "run unzstd on it"},
    {"\x89HDF", "it is an HDF5 file", "set data.source to hdf5"},
    {"<", "it is a web page, perhaps the login page of a server", kFetchAgain},
}};

/// MNIST's file format: big-endian magic, count, height, width, then one byte for each pixel. zlib reads both
/// plain and compressed files.
class IdxSource final : public ImageSource {
 public:
  explicit IdxSource(std::string path)
      : path_(std::move(path)), file_(gzopen(path_.c_str(), "rb"), gzclose_r) {
    if (!file_)
      throw data_error("cannot open " + path_, std::strerror(errno),
                       "check that the file is there and readable");
    gzbuffer(file_.get(), 1 << 17);
    read_header();
    check_length();
  }

  std::int64_t images() const override { return images_; }
  int height() const override { return height_; }
  int width() const override { return width_; }
  std::string name() const override { return "MNIST file " + path_; }

  void read(std::int64_t index, std::span<double> clean, std::span<double>) override {
    const std::int64_t pixels = std::int64_t{height_} * width_;
    bytes_.resize(static_cast<std::size_t>(pixels));
    if (gzseek(file_.get(), kHeader + index * pixels, SEEK_SET) < 0 || read_some(bytes_) != pixels)
      throw data_error("cannot read image " + std::to_string(index) + " of " + path_, reason(), kFetchAgain);
    for (std::int64_t k = 0; k < pixels; ++k) clean[k] = bytes_[k] / 255.0;
  }

 private:
  std::int64_t read_some(std::span<unsigned char> bytes) {
    return gzread(file_.get(), bytes.data(), static_cast<unsigned>(bytes.size()));
  }

  int code() {
    int number = Z_OK;
    gzerror(file_.get(), &number);
    return number;
  }

  std::string reason() {
    int number = Z_OK;
    const char* text = gzerror(file_.get(), &number);
    if (number == Z_ERRNO) return std::strerror(errno);
    return number == Z_OK ? "the file ended" : text;
  }

  void read_header() {
    std::array<unsigned char, kHeader> bytes{};
    const std::int64_t got = read_some(bytes);
    if (got < 0 && code() != Z_BUF_ERROR) throw data_error(path_ + " is damaged", reason(), kFetchAgain);
    if (got != kHeader)
      throw data_error(path_ + " is no IDX file of images", "its header of 16 bytes is cut off", kFetchAgain);
    std::array<std::uint32_t, 4> words{};
    for (int k = 0; k < 16; ++k) words[k / 4] = words[k / 4] << 8 | bytes[k];
    if (words[0] != kImageMagic) {
      const std::string_view begin(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      for (const Foreign& kind : kForeign)
        if (begin.starts_with(kind.begin))
          throw data_error(path_ + " is no IDX file of images", kind.what, kind.todo);
      const bool idx = words[0] >> 16 == 0 && (words[0] & 0xff) != 0;
      throw data_error(
          path_ + " is no IDX file of images",
          "its magic number is " + std::to_string(words[0]) +
              (idx ? ", " + std::to_string(words[0] & 0xff) + " dimensions of another kind," : "") +
              " where 2051 stands for images of bytes",
          kFetchAgain);
    }
    if (words[1] == 0 || words[2] == 0 || words[3] == 0 || words[2] > kLargestSide || words[3] > kLargestSide)
      throw data_error(path_ + " has senseless sizes",
                       std::to_string(words[1]) + " images of " + std::to_string(words[2]) + " x " +
                           std::to_string(words[3]),
                       kFetchAgain);
    images_ = words[1];
    height_ = static_cast<int>(words[2]);
    width_ = static_cast<int>(words[3]);
  }

  /// Reads to the end, so that zlib also verifies a compressed file's checksum.
  void check_length() {
    const std::int64_t promised = kHeader + images_ * height_ * width_;
    std::vector<unsigned char> block(1 << 18);
    std::int64_t found = kHeader, got = 0;
    while ((got = read_some(block)) > 0) found += got;
    const std::string sizes = "its header promises " + std::to_string(images_) + " images of " +
                              std::to_string(height_) + " x " + std::to_string(width_) + ", " +
                              std::to_string(promised) + " bytes, and it holds " + std::to_string(found);
    if (got < 0 && code() != Z_BUF_ERROR) throw data_error(path_ + " is damaged", reason(), kFetchAgain);
    if (found < promised || code() == Z_BUF_ERROR)
      throw data_error(path_ + " is truncated", sizes, kFetchAgain);
    if (found > promised) throw data_error(path_ + " has trailing bytes", sizes, kFetchAgain);
    gzrewind(file_.get());
  }

  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
  std::int64_t images_ = 0;
  int height_ = 0;
  int width_ = 0;
  std::vector<unsigned char> bytes_;
};

/// Where a part's images may be in a folder: as datasets/fetch stores them, as torchvision does (MNIST/raw),
/// and as Kaggle's archive does (a dot in the name, each file in a folder of the same name).
std::vector<fs::path> places_of(const fs::path& folder, const std::string& stem) {
  std::vector<fs::path> places;
  for (const char* inner : {"", "raw", "MNIST/raw"})
    for (const char* ending : {"-idx3-ubyte", ".idx3-ubyte"})
      for (const char* suffix : {"", ".gz"}) places.push_back(folder / inner / (stem + ending + suffix));
  for (const char* ending : {"-idx3-ubyte", ".idx3-ubyte"})
    places.push_back(folder / (stem + ending) / (stem + ending));
  return places;
}

/// The first few names of a folder, for a message.
std::string names_in(const fs::path& folder) {
  constexpr std::size_t kShown = 6;
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure))
    names.push_back(entry->path().filename().string());
  std::sort(names.begin(), names.end());
  std::string text;
  for (std::size_t k = 0; k < std::min(kShown, names.size()); ++k) text += (k > 0 ? ", " : "") + names[k];
  if (names.size() > kShown) text += ", ...";
  return text;
}

}  // namespace

std::unique_ptr<ImageSource> open_idx(const std::string& folder, Part part) {
  const std::string stem = part == Part::train ? "train-images" : "t10k-images", usual = stem + "-idx3-ubyte";
  const std::string todo =
      "run datasets/fetch, or name a folder that has MNIST's files by data.path or ZEROGAP_DATA_DIR";
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    throw data_error("cannot read MNIST from " + folder, "there is no such folder" + seen_from(folder), todo);
  for (const fs::path& place : places_of(folder, stem))
    if (fs::exists(place, ignored) && !fs::is_directory(place, ignored))
      return std::make_unique<IdxSource>(place.string());
  const std::string there = names_in(folder);
  throw data_error(
      "no MNIST " + std::string(name_of(part)) + " images in " + folder,
      "neither " + usual + " nor " + usual + ".gz is there, but " + (there.empty() ? "nothing" : there),
      todo);
}

}  // namespace zerogap

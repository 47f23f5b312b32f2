// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "data/hdf5_file.hpp"
#include "data/source.hpp"

namespace zerogap {
namespace {

constexpr std::int64_t kLargestSide = 1 << 14;

std::string shown(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "(" : ", ") + std::to_string(size);
  return text + ")";
}

/// `clean`, or `noisy` and `clean`, (N, n, h) at the top of a file (training) or in its group `test`.
class Hdf5Images final : public ImageSource {
 public:
  Hdf5Images(const std::string& path, Part part) : file_(Hdf5Arrays::open(path)) {
    if (part == Part::test) {
      if (!file_.has("test")) return;
      group_ = "test/";
    }
    require_clean();
    const std::vector<std::int64_t> shape = file_.shape(group_ + "clean", 3);
    if (shape[1] > kLargestSide || shape[2] > kLargestSide)
      throw data_error("'" + group_ + "clean' in " + path + " has the wrong shape",
                       shown(shape) + " is no stack of images", "store (images, height, width)");
    noisy_ = file_.has(group_ + "noisy");
    if (noisy_ && file_.shape(group_ + "noisy", 3) != shape)
      throw data_error("'noisy' and 'clean' in " + path + " differ in shape",
                       shown(file_.shape(group_ + "noisy", 3)) + " and " + shown(shape),
                       "store them with one shape");
    for (const std::string& name : arrays()) file_.require_stored(name);
    images_ = shape[0];
    height_ = static_cast<int>(shape[1]);
    width_ = static_cast<int>(shape[2]);
  }

  std::int64_t images() const override { return images_; }
  int height() const override { return height_; }
  int width() const override { return width_; }
  bool noisy_given() const override { return noisy_; }
  std::string name() const override { return "HDF5 file " + file_.path(); }

  void expect(std::span<const std::int64_t> indices) override {
    std::vector<Range> rows;
    for (const std::int64_t index : indices) {
      if (rows.empty() || rows.back().last != index) rows.push_back({index, index});
      ++rows.back().last;
    }
    for (const std::string& name : arrays()) file_.expect_rows(name, rows);
  }

  void read(std::int64_t index, std::span<double> clean, std::span<double> noisy) override {
    file_.read_rows(group_ + "clean", index, 1, clean);
    if (noisy_) file_.read_rows(group_ + "noisy", index, 1, noisy);
  }

 private:
  std::vector<std::string> arrays() const {
    return noisy_ ? std::vector{group_ + "clean", group_ + "noisy"} : std::vector{group_ + "clean"};
  }

  void require_clean() const {
    if (file_.has(group_ + "clean")) return;
    std::string found;
    for (const std::string& name : file_.names()) found += (found.empty() ? "it has " : ", ") + name;
    throw data_error("'" + group_ + "clean' is missing in " + file_.path(),
                     found.empty() ? "the file is empty" : found,
                     "store clean, or noisy and clean, (N, n, h), or patches (I, d) and target (I)");
  }

  Hdf5Arrays file_;
  std::string group_;
  bool noisy_ = false;
  std::int64_t images_ = 0;
  int height_ = 0;
  int width_ = 0;
};

}  // namespace

std::unique_ptr<ImageSource> open_hdf5_images(const std::string& path, Part part) {
  return std::make_unique<Hdf5Images>(path, part);
}

}  // namespace zerogap

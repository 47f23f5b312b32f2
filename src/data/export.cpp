// SPDX-License-Identifier: Apache-2.0
#include "data/export.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/hdf5_file.hpp"
#include "data/png.hpp"

namespace zerogap {
namespace {

/// The complete part on one process, as stored.
Dataset<double> load_alone(DataOptions options, Part part) {
  options.normalise = false;
  const std::unique_ptr<Communicator> alone = make_serial();
  return load_dataset<double>(options, part, 1, *alone, nullptr);
}

DatasetSummary::Range range_of(std::span<const double> values) {
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  double sum = 0.0;
  for (const double value : values) sum += value;
  return {*low, *high, sum / static_cast<double>(values.size())};
}

/// A list's values without the padding of its last group.
std::span<const double> given(const Dataset<double>& data, std::span<const double> values, int per_patch) {
  return values.first(static_cast<std::size_t>(data.shape.patches * per_patch));
}

double psnr(std::span<const double> clean, std::span<const double> noisy) {
  double squares = 0.0;
  for (std::size_t k = 0; k < clean.size(); ++k) squares += (noisy[k] - clean[k]) * (noisy[k] - clean[k]);
  return -10.0 * std::log10(squares / static_cast<double>(clean.size()));
}

std::string shown(const char* what, const DatasetSummary::Range& range) {
  std::array<char, 128> line{};
  std::snprintf(line.data(), line.size(), "%-8s %.6g to %.6g, mean %.6g\n", what, range.smallest,
                range.largest, range.mean);
  return line.data();
}

}  // namespace

DatasetSummary summarise(const DataOptions& options, Part part) {
  const Dataset<double> data = load_alone(options, part);
  const int per_patch = data.shape.patch_list ? data.shape.patch_length : 1;
  const std::span<const double> clean = given(data, data.target, 1),
                                noisy = given(data, data.pixels, per_patch);
  const double ratio =
      data.shape.patch_list || clean.empty() ? std::numeric_limits<double>::quiet_NaN() : psnr(clean, noisy);
  return {data.shape, range_of(clean), range_of(noisy), ratio, data.content_hash, data.origin};
}

std::string describe(const DatasetSummary& summary) {
  const DatasetShape& s = summary.shape;
  std::string text = "origin   " + summary.origin + "\n";
  if (s.patch_list) {
    text += "shape    " + std::to_string(s.patches) + " patches of " + std::to_string(s.patch_length) +
            ", in " + std::to_string(s.images) + " groups of " + std::to_string(s.width) + "\n";
  } else {
    text += "shape    " + std::to_string(s.images) + " images of " + std::to_string(s.height) + " x " +
            std::to_string(s.width) + ", " + std::to_string(s.patches) + " patches\n";
  }
  if (s.images > 0) text += shown("clean", summary.clean) + shown("noisy", summary.noisy);
  if (!std::isnan(summary.noisy_psnr)) {
    std::array<char, 64> line{};
    std::snprintf(line.data(), line.size(), "psnr     %.4f dB, noisy against clean\n", summary.noisy_psnr);
    text += line.data();
  }
  return text + "hash     " + summary.content_hash + "\n";
}

void write_dataset_hdf5(const DataOptions& options, Part part, const std::string& path) {
  AtomicFile out(path);
  const Dataset<double> data = load_alone(options, part);
  const DatasetShape& s = data.shape;
  if (s.images == 0)
    throw data_error(std::string("there are no ") + name_of(part) + " images to write", data.origin,
                     "choose another part");
  Hdf5Arrays file = Hdf5Arrays::create(out.temporary().string());
  if (s.patch_list) {
    file.write("patches", {s.patches, s.patch_length}, given(data, data.pixels, s.patch_length));
    file.write("target", {s.patches}, given(data, data.target, 1));
  } else {
    file.write("noisy", {s.images, s.height, s.width}, data.pixels);
    file.write("clean", {s.images, s.height, s.width}, data.target);
  }
  file.close();
  out.keep();
}

void write_contact_sheet(const DataOptions& options, int count, const std::string& path) {
  AtomicFile out(path);
  constexpr int kGap = 2, kMostColumns = 16;
  const Dataset<double> data = load_alone(options, Part::train);
  if (data.shape.patch_list)
    throw usage_error("a list of patches cannot be shown as a picture", data.origin,
                      "choose a source of images");
  const int images = static_cast<int>(std::min<std::int64_t>(count, data.shape.images));
  if (images < 1)
    throw usage_error("no images to show", "asked for " + std::to_string(count), "ask for at least 1");
  const int columns = std::min(images, kMostColumns), strips = 2 * ((images + columns - 1) / columns);
  const int height = data.shape.height, width = data.shape.width;
  const int sheet_width = columns * (width + kGap) + kGap, sheet_height = strips * (height + kGap) + kGap;
  std::vector<std::uint8_t> sheet(static_cast<std::size_t>(sheet_width) * sheet_height, 255);
  for (int k = 0; k < images; ++k)
    for (int noisy = 0; noisy < 2; ++noisy) {
      const double* image =
          (noisy != 0 ? data.pixels : data.target).data() + std::int64_t{k} * height * width;
      const int top = kGap + (2 * (k / columns) + noisy) * (height + kGap),
                left = kGap + k % columns * (width + kGap);
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
          sheet[static_cast<std::size_t>(top + y) * sheet_width + left + x] =
              static_cast<std::uint8_t>(std::lround(255.0 * std::clamp(image[y * width + x], 0.0, 1.0)));
    }
  write_png(out.temporary().string(), sheet_width, sheet_height, sheet);
  out.keep();
}

}  // namespace zerogap

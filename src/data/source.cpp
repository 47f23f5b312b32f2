// SPDX-License-Identifier: Apache-2.0
#include "data/source.hpp"

#include <cstdlib>
#include <filesystem>

#include "core/error.hpp"
#include "core/install_paths.hpp"

namespace zerogap {
namespace {

const std::string& needed_path(const DataOptions& options, const char* source, const char* kind) {
  if (options.path.empty())
    throw usage_error("data.path is empty", std::string("data.source: ") + source + " reads " + kind,
                      std::string("set data.path to ") + kind);
  return options.path;
}

}  // namespace

std::string mnist_folder(const DataOptions& options) {
  if (!options.path.empty()) return options.path;
  const char* folder = std::getenv("ZEROGAP_DATA_DIR");
  if (folder != nullptr && *folder != '\0') return folder;
  const std::filesystem::path usual = "datasets/mnist";
  std::error_code ignored;
  const auto own = std::filesystem::exists(usual, ignored) ? std::filesystem::path() : installed_file(usual);
  return own.empty() ? usual : own;
}

std::unique_ptr<ImageSource> open_source(const DataOptions& options, Part part) {
  switch (options.source) {
    case DataSource::digits:
      return open_digits(part);
    case DataSource::mnist:
      return open_idx(mnist_folder(options), part);
    case DataSource::hdf5:
      return open_hdf5_images(needed_path(options, "hdf5", "an HDF5 file"), part);
    case DataSource::images:
      return open_png_folder(needed_path(options, "images", "a folder of grey PNG files"), part);
  }
  throw usage_error("data.source is not one this program knows", "", "choose digits, mnist, hdf5 or images");
}

}  // namespace zerogap

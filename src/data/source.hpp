// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include "data/options.hpp"

namespace zerogap {

/// The two parts of a source.
enum class Part { train, test };

/// For messages.
inline const char* name_of(Part part) { return part == Part::train ? "training" : "test"; }

/// The key of the random numbers of image `index` of a part; keys of the two parts differ.
inline std::uint64_t image_key(Part part, std::int64_t index) {
  return static_cast<std::uint64_t>(index) | (part == Part::test ? std::uint64_t{1} << 62 : 0);
}

/// One part (training or test) of an image source. Opening it checks everything that can be checked without
/// keeping pixels; images are then read one at a time, so a file is never held in memory.
class ImageSource {
 public:
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

  virtual ~ImageSource() = default;

  virtual std::int64_t images() const = 0;  ///< 0 if there is no test part; kUnlimited for drawn images
  virtual int height() const = 0;
  virtual int width() const = 0;
  virtual bool noisy_given() const { return false; }
  virtual std::string name() const = 0;  ///< for messages: the kind and the path

  /// Announces the images that read() will be called for, increasing, so that a source whose images share
  /// compressed chunks can read them together.
  virtual void expect(std::span<const std::int64_t> /*indices*/) {}
  /// Reads image `index` into clean (height * width), and into noisy if the source has noisy images (else
  /// unchanged). Fast only if indices increase from call to call. Throws Error (exit 3).
  virtual void read(std::int64_t index, std::span<double> clean, std::span<double> noisy) = 0;
};

/// Opens the source that the options name. Throws Error (exit 3) with the reason and what to do, exit 2 if
/// data.path is needed and empty. Not for lists of patches (data/patch_list.hpp).
std::unique_ptr<ImageSource> open_source(const DataOptions& options, Part part);

/// Digits drawn by zerogap (data/digits.hpp).
std::unique_ptr<ImageSource> open_digits(Part part);
/// MNIST's files in a folder, plain or .gz. Throws Error (exit 3).
std::unique_ptr<ImageSource> open_idx(const std::string& folder, Part part);
/// `clean` and, if present, `noisy` of an HDF5 file. Throws Error (exit 3).
std::unique_ptr<ImageSource> open_hdf5_images(const std::string& path, Part part);
/// Grey PNG files of one size. Throws Error (exit 3).
std::unique_ptr<ImageSource> open_png_folder(const std::string& folder, Part part);

/// The folder with MNIST's files: data.path, else ZEROGAP_DATA_DIR, else datasets/mnist in the current
/// folder, else that of the program's own tree, where datasets/fetch puts them.
std::string mnist_folder(const DataOptions& options);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inference/network.hpp"

namespace zerogap {

/// The arguments of `zerogap denoise`.
struct DenoiseArguments {
  NetworkChoice network;
  std::vector<std::string> images;  ///< grey PNG files of any size
  /// Folder for one PNG for each image, with the same name, size and bits; created if missing.
  std::string out;
  std::string clean;   ///< the clean image, or a folder with images of the same names; empty if none is known
  double sigma = 0.0;  ///< deviation of the noise that is added first; pixels range from 0 to 1
  std::uint64_t seed = 1;  ///< of that noise; image i of the list has its own
};

/// One written image.
struct DenoisedImage {
  std::string name;
  int height = 0, width = 0;
  /// Squared error per pixel against the clean image, before and after, if one is known. With sigma > 0 and
  /// no `clean` the given image counts as clean. Not clipped, not rounded.
  std::optional<double> noisy_error, error;
};

/// Writes all images or none: a failure leaves no file behind, nor a folder that was created. Does not
/// overwrite. Throws Error: exit 2 for arguments that contradict each other, 3 for images that are not plain
/// grey PNG files or do not fit together, and if writing fails; see load_network() for the weights.
std::vector<DenoisedImage> denoise_images(const DenoiseArguments& arguments, const TrainedNetwork& network);

/// A line for the network, a line for each image, and, for several with clean images, their pooled PSNR.
std::string denoised_text(const TrainedNetwork& network, const std::vector<DenoisedImage>& images);

}  // namespace zerogap

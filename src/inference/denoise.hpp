// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inference/network.hpp"

namespace zerogap {

/// What `zerogap denoise` was asked for.
struct DenoiseArguments {
  NetworkChoice network;
  std::vector<std::string> images;  ///< grey PNG files of any size
  std::string out;    ///< folder that gets one PNG an image, of the same name, size and bits; made if missing
  std::string clean;  ///< the clean image, or a folder with images of the same names; empty: none known
  double sigma = 0.0;      ///< deviation of the noise that is added first; pixels reach from 0 to 1
  std::uint64_t seed = 1;  ///< of that noise; image i of the list has its own
};

/// One image that was written.
struct DenoisedImage {
  std::string name;
  int height = 0, width = 0;
  /// Squared errors a pixel against the clean image, before and after, where one is known. With sigma > 0
  /// and no `clean` it is the image as given. Not clipped, not rounded.
  std::optional<double> noisy_error, error;
};

/// Writes all images or none: a failure leaves no file behind, nor the folder if it was made. Does not
/// overwrite. Throws Error: exit 2 for arguments that do not go together, 3 for images that are no plain grey
/// PNG files or do not fit together, and where writing fails; see load_network() for the weights.
std::vector<DenoisedImage> denoise_images(const DenoiseArguments& arguments, const TrainedNetwork& network);

/// A line for the network, a line an image, and, for several with a clean twin, their pooled PSNR.
std::string denoised_text(const TrainedNetwork& network, const std::vector<DenoisedImage>& images);

}  // namespace zerogap

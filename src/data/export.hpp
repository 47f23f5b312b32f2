// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "data/dataset.hpp"

namespace zerogap {

/// What `zerogap data` prints about a part.
struct DatasetSummary {
  /// Of the pixels of all images.
  struct Range {
    double smallest = 0.0, largest = 0.0, mean = 0.0;
  };
  DatasetShape shape;
  Range clean, noisy;
  double noisy_psnr =
      0.0;  ///< dB, peak 1, error pooled over all pixels; NaN for a list of patches, infinite without noise
  std::string content_hash, origin;
};

/// Reads the selected images of a part on this process alone; pixels are summarised as stored, not
/// normalised. Throws as load_dataset does.
DatasetSummary summarise(const DataOptions& options, Part part);

/// The summary as lines of text.
std::string describe(const DatasetSummary& summary);

/// Writes the selected images of a part as a training part: `noisy` and `clean` (N, n, h), or `patches` (I,
/// d) and `target` (I), doubles, not normalised. data.source: hdf5 with data.images: 0 then reads the same
/// pixels, with the same content hash. The file is written under a temporary name and renamed, so it is
/// complete or absent. Throws Error (exit 3), also for an empty part.
void write_dataset_hdf5(const DataOptions& options, Part part, const std::string& path);

/// Writes a PNG of the first `count` selected training images: strips of clean images, each above its noisy
/// images. Values are clipped to [0, 1]. Throws Error (exit 2) for a list of patches.
void write_contact_sheet(const DataOptions& options, int count, const std::string& path);

}  // namespace zerogap

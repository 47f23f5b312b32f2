// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace zerogap {

/// Kinds of image sources (datasets/README.md).
enum class DataSource { digits, mnist, hdf5, images };

/// Test images of the last evaluation: the same as in the others, or all images of the source.
enum class FinalTest { same, all };

/// data.pool: every training image of the source; of the digits, which are drawn, the first kDrawnPool.
inline constexpr std::int64_t kWholePool = 0;

/// The pool of a source without an end, unless data.pool names another.
inline constexpr std::int64_t kDrawnPool = 10000;

/// data.test_images of an evaluation on the complete test part.
inline constexpr std::int64_t kEveryTestImage = std::numeric_limits<std::int64_t>::max();

/// Where images come from and how they are prepared before they are cut into patches.
///
/// For an HDF5 file with given noisy images, `images` is an upper limit. Every other source must have that
/// many. A list of patches is always used completely: images, pool and test_images (unless 0) do not apply to
/// it. If a source has fewer images than a count requests, a warning gives both numbers unless the count is
/// the default; with `strict` it is an Error, for the defaults too.
struct DataOptions {
  DataSource source = DataSource::digits;
  std::string path;  ///< folder (mnist, images) or file (hdf5); empty for mnist: ZEROGAP_DATA_DIR, else
                     ///< datasets/mnist
  std::int64_t images =
      600;  ///< training images selected, at most the pool; 0: all images of the source (digits: the pool)
  std::int64_t pool = kWholePool;  ///< the number of first training images from which they are selected
  std::int64_t test_images =
      -1;  ///< -1: as many as training images, or all if there are fewer; 0: none; kEveryTestImage
  bool strict = false;  ///< an Error instead of a warning if a source has fewer images than a count requests
  FinalTest final_test = FinalTest::same;
  bool normalise = false;  ///< subtract the mean and divide by the deviation of the clean training pixels
  std::uint64_t seed = 1;  ///< selection
  double noise_sigma = 0.25;
  std::uint64_t noise_seed = 1;
};

}  // namespace zerogap

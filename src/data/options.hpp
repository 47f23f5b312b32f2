// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace zerogap {

/// Kinds of places that images come from (datasets/README.md).
enum class DataSource { digits, mnist, hdf5, images };

/// Test images of the last evaluation: those of every other one, or all that the source has.
enum class FinalTest { same, all };

/// data.test_images of an evaluation that takes the whole test part.
inline constexpr std::int64_t kEveryTestImage = std::numeric_limits<std::int64_t>::max();

/// Where images come from and what is done to them before they are cut into patches.
///
/// An HDF5 file whose noisy images are given takes `images` as "at most". From every other source so many
/// must be there. A list of patches is always used whole: images, pool and test_images (unless 0) do not
/// apply to it. Where a source has fewer images than a count that is not the default's asks for, a warning
/// names both numbers; with `strict` it is an Error, for the defaults too.
struct DataOptions {
  DataSource source = DataSource::digits;
  std::string path;  ///< folder (mnist, images) or file (hdf5); empty for mnist: ZEROGAP_DATA_DIR, else
                     ///< datasets/mnist
  std::int64_t images =
      600;  ///< training images selected, at most the pool; 0: all the source has (digits: the pool)
  std::int64_t pool = 10000;  ///< the first so many training images, from which they are selected
  std::int64_t test_images =
      -1;  ///< -1: as many as training images, or all if there are fewer; 0: none; kEveryTestImage
  bool strict = false;  ///< an Error, not a warning, where a source has fewer images than a count asks for
  FinalTest final_test = FinalTest::same;
  bool normalise = false;  ///< subtract the mean and divide by the deviation of the clean training pixels
  std::uint64_t seed = 1;  ///< selection
  double noise_sigma = 0.25;
  std::uint64_t noise_seed = 1;
};

}  // namespace zerogap

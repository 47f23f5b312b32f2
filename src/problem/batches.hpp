// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "comm/share.hpp"
#include "data/dataset.hpp"

namespace zerogap {

/// One mini-batch: this rank's images in it, and the factor of its sums that makes their expectation the full
/// objective.
struct Batch {
  std::vector<std::int32_t> images;  ///< indices in this rank's share, ascending
  double factor = 1.0;               ///< I/|batch|, counted in patches
  std::int64_t patches = 0;          ///< |batch| over all ranks
};

/// Splits the images into mini-batches, differently in each epoch. The sequence is a pure function of (seed,
/// epoch): the same on any number of ranks and after any resume.
class Batches {
 public:
  /// `size`: images in a batch; 0: all of them.
  Batches(const DatasetShape& shape, Range own, std::int64_t size, std::uint64_t seed);

  std::int64_t count() const;  ///< batches in an epoch; the last may be smaller
  Batch batch(std::int64_t epoch, std::int64_t index);
  std::int64_t patches() const { return shape_.patches; }  ///< I
  ImageList all_images() const { return all_images_; }     ///< all images of this rank

 private:
  void shuffle(std::int64_t epoch);

  DatasetShape shape_;
  Range own_;
  std::int64_t size_;
  std::uint64_t seed_;
  std::int64_t shuffled_epoch_ = -1;
  std::vector<std::int64_t> order_;
  std::vector<std::int32_t> all_images_;
};

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "comm/grid.hpp"
#include "core/memory.hpp"
#include "data/dataset.hpp"

namespace zerogap {

/// Bounds on a data set of all ranks, from which the fixed-point scale of every sum follows
/// (core/fixed_point.hpp). Column a of Y holds every pixel at most once, so sums over a column are bounded by
/// sums over pixels; and |y_i| <= sqrt(d) * largest.
struct DataBounds {
  double largest = 0.0;         ///< max |pixel|
  double absolute_sum = 0.0;    ///< sum |pixel| >= sum_i |y_ia| for every a
  double patch_norm = 0.0;      ///< >= |y_i| for every i
  double patch_norm_sum = 0.0;  ///< >= sum_i |y_i|
  double target = 0.0;          ///< max |x|
};

/// One data set for passes: this rank's share, the bounds on the complete set, and the list of this rank's
/// images.
template <class T>
struct PatchSet {
  Dataset<T> data;
  Buffer<T> pixels, target;  ///< copies for kernels that cannot access the host's memory, or empty
  DataBounds bounds;
  double target_square = 0.0;  ///< |x|^2 over all ranks: the zero network's fit
  double noisy_error =
      0.0;  ///< |noisy - x|^2 over all ranks, from the centre of each patch; 0 for a list of patches
  std::vector<std::int32_t> all_images;

  std::int64_t patches() const { return data.shape.patches; }
  /// The patches as kernels read them.
  PatchSource<T> source() const {
    auto source = data.source();
    if (pixels.size() > 0) source.pixels = pixels.data();
    return source;
  }
  /// x of every image of this rank, in the kernels' memory.
  const T* resident_target() const { return target.size() > 0 ? target.data() : data.target.data(); }
  /// dB of a summed squared error over all patches: peak 1, as before normalising (section 2).
  double psnr(double error) const {
    const double deviation = data.normalisation.deviation;
    return -10.0 * std::log10(error * deviation * deviation / static_cast<double>(patches()));
  }
};

/// Takes a loaded data set, computes its bounds, and copies it to `memory` if kernels cannot access it
/// otherwise. Collective over the patch axis; the same for any number of ranks.
template <class T>
PatchSet<T> measure(Dataset<T> data, Communicator& patch_axis, Memory& memory);

}  // namespace zerogap

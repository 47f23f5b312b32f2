// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace zerogap {

/// The noisy patches Y (I, d) of some images, extracted on demand: nothing of size I x d is stored for
/// images. Patch i of an image is the m x m window around pixel i, row by row, zeros outside the image.
template <class T>
struct PatchSource {
  const T* pixels = nullptr;  ///< images: (images, height + 2p, width + 2p), p = (side-1)/2, zero border; a
                              ///< list: (images, width, length)
  std::int64_t images = 0;    ///< a list of patches counts groups of `width` patches; a short last group is
                              ///< filled with zero patches
  int height = 0;             ///< 1 for a list
  int width = 0;
  int side = 0;    ///< m, odd; 0: a list of patches
  int length = 0;  ///< d = m * m, or the list's patch length

  int pixels_per_image() const { return height * width; }
  std::int64_t stride() const {
    return side == 0 ? std::int64_t{width} * length : std::int64_t{height + side - 1} * (width + side - 1);
  }
  /// Entry k < d of patch `pixel` (row by row) of image `image`. Like copy_patch(), for host memory.
  const T& entry(std::int64_t image, std::int64_t pixel, int k) const {
    const T* base = pixels + image * stride();
    if (side == 0) return base[pixel * length + k];
    const std::int64_t padded_width = width + side - 1;
    return base[(pixel / width + k / side) * padded_width + pixel % width + k % side];
  }
  /// Copies such a patch, row by row, to out (d).
  template <class Number>
  void copy_patch(std::int64_t image, std::int64_t pixel, Number* out) const {
    const T* row = &entry(image, pixel, 0);
    if (side == 0) {
      for (int k = 0; k < length; ++k) out[k] = row[k];
      return;
    }
    for (int a = 0; a < side; ++a, row += width + side - 1)
      for (int b = 0; b < side; ++b) *out++ = row[b];
  }
};

/// Images (by index in a PatchSource) that a pass runs over; results are in this order.
using ImageList = std::span<const std::int32_t>;

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
// A grey PNG file, alone and as the only one of a folder.

#include "data/png.hpp"

#include "images.hpp"

namespace zerogap::fuzzing {

void fuzz(std::string_view bytes) {
  constexpr double most_pixels = 1 << 22;
  const std::string path = put("a.png", bytes);
  const PngHeader header = read_png_header(path);
  require(header.width > 0 && header.height > 0 && (header.bits == 8 || header.bits == 16),
          "a PNG's header has a size and 8 or 16 bits");
  if (double(header.width) * header.height <= most_pixels) {
    std::vector<double> pixels(static_cast<std::size_t>(header.width) * header.height);
    accepts([&] { read_png(path, pixels); });
    for (const double pixel : pixels) require(pixel >= 0.0 && pixel <= 1.0, "a pixel is between 0 and 1");
  }
  DataOptions options;
  options.source = DataSource::images;
  options.path = folder().string();
  options.images = 0;
  read_like_a_run(options);
}

}  // namespace zerogap::fuzzing

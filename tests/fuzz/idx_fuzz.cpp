// SPDX-License-Identifier: Apache-2.0
// MNIST's file of images, plain or gzipped (the reader looks at its bytes, not at its name).

#include "data/source.hpp"
#include "images.hpp"

namespace zerogap::fuzzing {

void fuzz(std::string_view bytes) {
  const std::string path = folder().string();
  put("train-images-idx3-ubyte", bytes);
  put("t10k-images-idx3-ubyte", bytes);
  DataOptions options;
  options.source = DataSource::mnist;
  options.path = path;
  for (const std::int64_t images : {0, 2}) {
    options.images = images;
    options.normalise = images == 2;
    read_like_a_run(options);
  }
}

}  // namespace zerogap::fuzzing

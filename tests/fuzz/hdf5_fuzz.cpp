// SPDX-License-Identifier: Apache-2.0
// Images and lists of patches in HDF5, from a recipe (recipe.hpp) or as a file. A recipe's line "take IMAGES"
// is data.images, "normalise" data.normalise.

#include <algorithm>
#include <charconv>

#include "images.hpp"
#include "recipe.hpp"

namespace zerogap::fuzzing {

void fuzz(std::string_view bytes) {
  DataOptions options;
  options.source = DataSource::hdf5;
  options.path = cook(bytes);
  options.images = 0;
  if (!bytes.starts_with("\x89HDF"))
    for (const auto& line : lines_of(bytes)) {
      if (line == "normalise") options.normalise = true;
      if (line.starts_with("take "))
        std::from_chars(line.data() + 5, line.data() + line.size(), options.images);
    }
  options.images = std::max<std::int64_t>(options.images, 0);
  read_like_a_run(options);
}

}  // namespace zerogap::fuzzing

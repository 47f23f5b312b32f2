// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <vector>

#include "comm/communicator.hpp"
#include "data/dataset.hpp"
#include "support.hpp"

namespace zerogap::fuzzing {

/// As a training run reads a data set: what it says of itself, and its pixels where those are few enough to
/// be read in a moment. A list of patches is always read completely.
inline void read_like_a_run(DataOptions options) {
  constexpr double most_numbers = 1 << 20;
  for (const Part part : {Part::train, Part::test})
    accepts([&] {
      const DatasetShape shape = inspect_dataset(options, part);
      const double row =
          shape.patch_list ? double(shape.width) * shape.patch_length : double(shape.height) * shape.width;
      if (double(shape.images) * row > most_numbers) return;
      const auto data = load_dataset<float>(options, part, 3, *make_serial(), nullptr);
      for (const float value : data.target) require(std::isfinite(value), "a pixel is a finite number");
    });
}

}  // namespace zerogap::fuzzing

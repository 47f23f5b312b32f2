// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "data/options.hpp"
#include "data/source.hpp"

namespace zerogap {

/// How many images of `source` a part uses, by the rules of DataOptions. `training` is the number of selected
/// training images, which test_images = -1 requests. Throws Error: exit 2 for data.images over data.pool,
/// exit 3 if the source has too few.
std::int64_t selected_count(const DataOptions& options, Part part, const ImageSource& source,
                            std::int64_t training);

/// The indices of `count` images among those of the source, increasing: the `count` smallest of the random
/// keys Random(seed, selection).bits(image_key(part, i), 0), i in the pool, which is the beginning of a
/// random permutation of the pool.
std::vector<std::int64_t> select_images(const DataOptions& options, Part part, const ImageSource& source,
                                        std::int64_t count);

}  // namespace zerogap

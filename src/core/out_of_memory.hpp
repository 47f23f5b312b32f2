// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace zerogap {

/// The advice for any failed allocation.
inline constexpr const char* out_of_memory_advice =
    "free some; a run takes less on more ranks, or with a smaller data.images and data.test_images (zerogap "
    "train --dry-run says how much)";

}  // namespace zerogap

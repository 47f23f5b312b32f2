// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "problem/problem.hpp"

namespace zerogap {

/// A sample of all patches of the training set, the same on every rank.
struct PatchSample {
  std::int64_t count = 0;    ///< S
  int length = 0;            ///< d
  std::vector<double> rows;  ///< y_s (S, d)
  double weight = 1.0;       ///< I/S
};

/// One patch from each of `most` equal stretches of all patches; all patches if that is I or more.
/// Collective over the grid's patch axis.
template <class T>
PatchSample sample_patches(const Problem<T>& problem, std::int64_t most);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "problem/problem.hpp"

namespace zerogap {

/// The training set on every rank, as proofs about single filters need it: Y (I, d), row-major, and x (I).
struct GatheredData {
  int length = 0;  ///< d
  std::vector<double> y, x;
};
/// Takes 8 (d + 1) bytes for each patch. Collective over the grid's patch axis.
GatheredData gather_training_set(const Problem<double>& problem);

/// z = 2 (x - pred) of all patches, on every rank, from this rank's predictions. Collective.
std::vector<double> gather_multiplier(const Problem<double>& problem, const GatheredData& data,
                                      const std::vector<double>& predictions);

/// r = pred - x of this rank's patches for given predictions, in the kernels' memory; `bound` >= |r_i| on all
/// ranks. Collective.
struct ResidentResidual {
  Buffer<double> values;
  double bound = 0.0;
};
/// `predictions`: of this rank's patches, in order.
ResidentResidual residual_at(const Problem<double>& problem, const std::vector<double>& predictions);

}  // namespace zerogap

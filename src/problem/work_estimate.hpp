// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/config.hpp"
#include "data/dataset.hpp"

namespace zerogap {

/// Estimated cost of a run: pairs (a patch with a block or filter, forward and backward) over all epochs, and
/// bytes a rank, without what the program takes to start. Those of solvers are guesses.
struct WorkEstimate {
  double pairs = 0.0;
  double bytes = 0.0;
  double on_gpu = 0.0;  ///< of the bytes: all but what solvers keep for themselves
};
/// For data sets of these shapes, on so many ranks.
WorkEstimate estimate_work(const Config& config, const DatasetShape& train, const DatasetShape& test,
                           int ranks);

/// `zerogap train --dry-run`: resolved configuration, process grid, memory a rank and work an epoch, as text.
/// Reads no pixels.
std::string dry_run(const Config& config, int ranks);

}  // namespace zerogap

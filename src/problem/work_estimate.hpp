// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/config.hpp"
#include "data/dataset.hpp"

namespace zerogap {

/// Estimated cost of a run: pairs (a patch with a block or filter, forward and backward) over all epochs, and
/// bytes per rank, without the program's own memory. The numbers for solvers are guesses.
struct WorkEstimate {
  double pairs = 0.0;
  double bytes = 0.0;
  double on_gpu = 0.0;  ///< the part of the bytes on a GPU: all but the solvers' own memory
};
/// For data sets of these shapes, on so many ranks.
WorkEstimate estimate_work(const Config& config, const DatasetShape& train, const DatasetShape& test,
                           int ranks);

/// `zerogap train --dry-run`: resolved configuration, process grid, memory per rank and work per epoch, as
/// text. Reads no pixels.
std::string dry_run(const Config& config, int ranks);

}  // namespace zerogap

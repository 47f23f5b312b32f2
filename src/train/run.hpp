#pragma once

#include <filesystem>
#include <string>

#include "comm/communicator.hpp"
#include "config/config.hpp"
#include "core/error.hpp"
#include "data/dataset.hpp"

namespace zerogap {

/// `zerogap train`: trains the configured networks in folder `out`, from the start or from its newest whole
/// checkpoint. Collective. done: complete (now or before); stopped: on request, with a checkpoint. Error
/// (exit 2) for an incomplete or another run in the folder when `resume` is false, and for a resume whose
/// configuration or data changes the mathematics.
ExitCode run_training(const Config& config, const std::filesystem::path& out, bool resume,
                      Communicator& world);

/// `zerogap train --dry-run`: resolved configuration, process grid, memory a rank and work an epoch, as text.
/// Reads no pixels.
std::string dry_run(const Config& config, int ranks);

/// What a run takes, before it is known: pairs (a patch with a block or filter, forward and backward) over
/// all epochs, and bytes a rank beside what the program takes to start. Solvers' pairs are guesses.
struct WorkEstimate {
  double pairs = 0.0;
  double bytes = 0.0;
  double on_gpu = 0.0;  ///< what of them may lie on a GPU: all but what solvers keep for themselves
};
/// For data sets of these shapes, on so many ranks.
WorkEstimate estimate_work(const Config& config, const DatasetShape& train, const DatasetShape& test,
                           int ranks);

}  // namespace zerogap

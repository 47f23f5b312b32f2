// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "comm/communicator.hpp"
#include "config/config.hpp"
#include "train/run_result.hpp"

namespace zerogap {

class DatasetCache;

/// How a start treats an existing run in its folder.
enum class StartMode {
  fresh,   ///< an incomplete run is an error
  resume,  ///< continues from the newest valid checkpoint, or starts from the beginning if there is none
  cell,    ///< a sweep's cell: like resume, but only checkpoints decide where it continues, and the sweep
           ///< writes result.json
};

/// The arguments of a training.
struct RunRequest {
  Config config;
  std::filesystem::path folder;
  StartMode start = StartMode::fresh;
  DatasetCache* cache = nullptr;  ///< for data that the next training reads too; null: none
};

/// `zerogap train`: trains the configured networks in a folder. Its rank 0 writes history and log there,
/// result.json once at the end, and all ranks write checkpoints. Returns the result, the same on all ranks
/// except for what each of them measures itself. Throws Error: exit 2 for an incomplete or another run in the
/// folder and for a resume whose configuration or data changes the mathematics, exit 4 (Diverged) if the
/// training diverges. Collective.
RunResult run_training(const RunRequest& request, Communicator& world);

}  // namespace zerogap

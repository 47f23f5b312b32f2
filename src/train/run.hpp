// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "comm/communicator.hpp"
#include "config/config.hpp"
#include "train/run_result.hpp"

namespace zerogap {

class DatasetCache;

/// How a start treats what lies in its folder.
enum class StartMode {
  fresh,   ///< a run that is not complete is an error
  resume,  ///< goes on from the newest valid checkpoint; from the beginning where there is none
  cell,  ///< a sweep's cell: like resume, but checkpoints alone say what it goes on from, and result.json is
         ///< the sweep's to write
};

/// What a training is asked to do.
struct RunRequest {
  Config config;
  std::filesystem::path folder;
  StartMode start = StartMode::fresh;
  DatasetCache* cache = nullptr;  ///< for data that the next training reads too; null: none
};

/// `zerogap train`: trains the configured networks in a folder. Its rank 0 writes history and log there,
/// result.json once at the end, and all ranks write checkpoints. Returns what came of it, the same on all
/// ranks but for what each of them measures itself. Throws Error: exit 2 for an incomplete or another run in
/// the folder and for a resume whose configuration or data changes the mathematics, exit 4 (Diverged) where
/// numbers leave their range. Collective.
RunResult run_training(const RunRequest& request, Communicator& world);

}  // namespace zerogap

#pragma once

#include <filesystem>
#include <string>

#include "comm/communicator.hpp"
#include "config/config.hpp"
#include "core/error.hpp"

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

}  // namespace zerogap

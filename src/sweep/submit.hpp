// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "sweep/run_sweep.hpp"

namespace zerogap {

/// The arguments of `zerogap sweep --slurm`.
struct SlurmArguments {
  std::string environment = {};           ///< slurm/env/*.sh
  std::vector<std::string> options = {};  ///< of sbatch: "--time=01:00:00"
  bool dry_run = false;                   ///< print the script
};

/// `zerogap sweep --slurm ENV`: expands the sweep, so that errors in it are reported before anything is
/// submitted, counts the cells missing from the store and estimates their cost, and passes both to
/// slurm/sweep, which writes the array's script and submits it. Returns done, also if no cell is left. Error
/// (exit 2) if the script or the environment is not found, (exit 4) if sbatch is missing or refuses; its
/// message is on stderr.
ExitCode submit_sweep(const SweepArguments& arguments, const SlurmArguments& slurm);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "sweep/run_sweep.hpp"

namespace zerogap {

/// What `zerogap sweep --slurm` was asked for.
struct SlurmArguments {
  std::string environment = {};           ///< slurm/env/*.sh
  std::vector<std::string> options = {};  ///< of sbatch: "--time=01:00:00"
  bool dry_run = false;                   ///< print the script
};

/// `zerogap sweep --slurm ENV`: expands the sweep, so that what is wrong with it is told before anything is
/// submitted, counts the cells that the store has not and what they take, and hands both to slurm/sweep,
/// which writes the array's script and submits it. done, also where no cell is left. Error (exit 2) when the
/// script or the environment cannot be had, (exit 4) when sbatch is missing or refuses; its words are on
/// stderr.
ExitCode submit_sweep(const SweepArguments& arguments, const SlurmArguments& slurm);

}  // namespace zerogap

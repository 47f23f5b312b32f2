// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "core/error.hpp"

namespace zerogap {

/// What `zerogap sweep` was asked for.
struct SweepArguments {
  std::string file = {};  ///< the sweep file
  std::vector<std::string> overrides = {};
  std::filesystem::path out = "sweep";
  std::string only = {};        ///< run this cell alone; empty: all
  bool retry_failed = false;    ///< also those that have failed for good
  std::int64_t gpu_memory = 0;  ///< GiB, for how many cells a GPU has room; 0: this host's, or assumed
};

/// `zerogap sweep`: computes the cells that the store in `out` has not, on all ranks in groups of
/// sweep.ranks_per_cell (without mpirun: on one rank), each group taking the largest cell that nobody has.
/// Any number of such processes may work on one store. Collective. done: nothing is left to take; runtime:
/// some cell has failed for good; stopped: on request, with checkpoints and claims given back.
ExitCode run_sweep(const SweepArguments& arguments, Communicator& world);

/// `zerogap sweep --dry-run`: what a sweep comes to, as text: axes and what they move, cells to compute,
/// pairs, memory, how many fit a GPU, hours, the first cells. Writes nothing; reads the data, whose content
/// names the cells.
std::string describe_sweep(const SweepArguments& arguments, int ranks);

}  // namespace zerogap

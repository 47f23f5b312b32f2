// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "core/error.hpp"

namespace zerogap {

/// The arguments of `zerogap sweep`.
struct SweepArguments {
  std::string file = {};  ///< the sweep file
  std::vector<std::string> overrides = {};
  std::filesystem::path out = "sweep";
  std::string only = {};        ///< compute only this cell; empty: all
  bool retry_failed = false;    ///< also those that have failed permanently
  std::int64_t gpu_memory = 0;  ///< GiB of a GPU, to estimate how many cells fit; 0: this host's, or assumed
};

/// `zerogap sweep`: computes the cells missing from the store in `out`, on all ranks in groups of
/// sweep.ranks_per_cell (without mpirun: on one rank); each group takes the largest free cell. Any number of
/// such processes may work on one store. Collective. Returns done if nothing is left to take, runtime if some
/// cell has failed permanently, and stopped on request, with checkpoints written and claims released.
ExitCode run_sweep(const SweepArguments& arguments, Communicator& world);

/// `zerogap sweep --dry-run`: an expanded sweep as text: axes and what they move, cells to compute, pairs,
/// memory, how many fit a GPU, hours, the first cells. Writes nothing; reads the data, whose content names
/// the cells.
std::string describe_sweep(const SweepArguments& arguments, int ranks);

}  // namespace zerogap

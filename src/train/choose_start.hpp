// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "problem/problem.hpp"
#include "run/run_folder.hpp"
#include "train/run.hpp"

namespace zerogap {

/// The differences between a configuration and that of an earlier start of the run.
struct RunChange {
  std::vector<Difference> differences;  ///< differences that would make it another run
  std::vector<Network> added;           ///< networks that were not trained before
  std::vector<Network> epochs_raised;

  bool raised(Network network) const;
  /// Whether a complete run would continue.
  bool asks_for_more() const { return !added.empty() || !epochs_raised.empty(); }
};
/// Decides, here only, whether a run may continue with another configuration.
RunChange compare_runs(const Config& before, const Config& now);

/// What a start has to do in its folder.
enum class Todo { from_start, from_checkpoint, nothing };

/// For rank 0, which holds the folder. Throws Error (exit 2) for another or an incomplete run in the folder,
/// as RunRequest says.
Todo choose_start(const RunFolder& folder, const RunRequest& request);

/// Throws Error (exit 2) if the checkpoint belongs to a mathematically different problem or to other data.
/// Warns of other kernels.
template <class T>
void require_resumable(const std::filesystem::path& checkpoint, const Config& config,
                       const Problem<T>& problem);

/// Throws Error (exit 3) if the dual's start weights belong to other blocks than the problem's: weights are
/// meaningless without their gates. Other data and parameters are a warm start, and are logged. Collective.
template <class T>
void require_own_blocks(const Config& config, const Problem<T>& problem);

/// Throws Error (exit 2) on all ranks if they differ in configuration or folder, which would otherwise be
/// detected only at the first checkpoint. Collective.
void require_agreement(const RunRequest& request, Communicator& world);

}  // namespace zerogap

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

/// What a configuration changes of a run that was begun with another.
struct RunChange {
  std::vector<Difference> differences;  ///< those that matter: it would be another run
  std::vector<Network> added;           ///< networks that were not trained before
  std::vector<Network> epochs_raised;

  bool raised(Network network) const;
  /// Whether a complete run would go on.
  bool asks_for_more() const { return !added.empty() || !epochs_raised.empty(); }
};
/// The one place where "may this run go on?" is asked.
RunChange compare_runs(const Config& before, const Config& now);

/// What a start finds to do in its folder.
enum class Todo { from_start, from_checkpoint, nothing };

/// For rank 0, which holds the folder. Throws Error (exit 2) for another or an incomplete run in the folder,
/// as RunRequest says.
Todo choose_start(const RunFolder& folder, const RunRequest& request);

/// Throws Error where the checkpoint belongs to other mathematics (exit 2) or other data (exit 2). Warns of
/// other kernels.
template <class T>
void require_resumable(const std::filesystem::path& checkpoint, const Config& config,
                       const Problem<T>& problem);

/// Throws Error (exit 3) where the dual's start weights belong to other blocks than the problem's: weights
/// mean nothing without their gates. Other data and parameters are a warm start, and are logged. Collective.
template <class T>
void require_own_blocks(const Config& config, const Problem<T>& problem);

/// Throws Error (exit 2) on all ranks where they differ in configuration or folder: they would find out at
/// the first checkpoint only. Collective.
void require_agreement(const RunRequest& request, Communicator& world);

}  // namespace zerogap

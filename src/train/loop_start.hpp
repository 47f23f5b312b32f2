// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "train/loop_state.hpp"

namespace zerogap {

/// Makes the networks and the schedule of a training: from their start weights, or where a checkpoint (empty:
/// none) left off; with them all else that a run knows before its first step. Collective.
template <class T>
void start_networks(LoopState<T>& state, const std::filesystem::path& checkpoint);

/// What a training has come to.
template <class T>
RunResult result_of(const LoopState<T>& state, RunStatus status);

}  // namespace zerogap

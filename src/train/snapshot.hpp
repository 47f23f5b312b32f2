// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "checkpoint/checkpoint.hpp"
#include "train/loop_state.hpp"

namespace zerogap {

/// Writes a checkpoint of a training (docs/formats.md lists its arrays and attributes). Collective over the
/// world.
template <class T>
void save_state(const std::filesystem::path& file, const LoopState<T>& state);

/// Whether a checkpoint holds this network in training.
bool holds(const CheckpointReader& file, Network network);

/// Restores the networks and the last evaluation from a checkpoint; works on any grid. A network that is not
/// in the file keeps its start weights. Throws Error (exit 3) if the file does not fit.
template <class T>
void restore_state(const CheckpointReader& file, LoopState<T>& state);

}  // namespace zerogap

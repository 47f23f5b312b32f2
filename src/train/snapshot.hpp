#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "methods/network_trainer.hpp"
#include "run/run_record.hpp"

namespace zerogap {

/// The networks in training, in the order of run.networks.
template <class T>
using NetworkTrainers = std::vector<std::unique_ptr<NetworkTrainer<T>>>;

/// Writes a generation (docs/formats.md lists its arrays). Collective over the world.
template <class T>
void save_state(const std::filesystem::path& file, const RunRecord& record, NetworkTrainers<T>& trainers,
                const Problem<T>& problem);

/// Whether a generation holds this network in training.
bool holds(const CheckpointReader& file, Network network);

/// Puts the training loops where the generation left them; works on any grid. A network that the file does
/// not hold starts anew.
template <class T>
void restore_state(const CheckpointReader& file, NetworkTrainers<T>& trainers);

}  // namespace zerogap

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "train/trainee.hpp"

namespace zerogap {

/// The networks in training, in the order of run.networks.
template <class T>
using Trainees = std::vector<std::unique_ptr<Trainee<T>>>;

/// What a generation records beside the networks. Random numbers are counter-based: their position is the
/// networks' in the data.
struct RunRecord {
  std::int64_t epoch = 0;             ///< epochs that all networks have done
  std::int64_t evaluated_epoch = -1;  ///< the last evaluation's; -1: none yet
  std::string last_report;            ///< that evaluation's networks, as JSON
  std::int64_t history_bytes = 0;     ///< position in the history behind that line
  double seconds = 0.0;               ///< of training, over all starts
  std::string programs;               ///< Programs::state()
  std::string rounds;                 ///< BlockRounds::state()
  std::string config;                 ///< resolved, as YAML
  std::string train_hash, test_hash;
  double beta = 0.0;   ///< absolute, of the present program; 0: not recorded, as before it was
  std::string target;  ///< kernels' backend and SIMD target
  bool complete = false;
};

/// Writes a generation (docs/formats.md lists its arrays). Collective over the world.
template <class T>
void save_state(const std::filesystem::path& file, const RunRecord& record, Trainees<T>& trainees,
                const Problem<T>& problem);

/// What a generation records, without its arrays.
RunRecord read_record(const CheckpointReader& file);

/// Whether a generation holds this network in training.
bool holds(const CheckpointReader& file, Network network);

/// Puts the trainees where the generation left them; works on any grid. A network that the file does not hold
/// starts anew.
template <class T>
void restore_state(const CheckpointReader& file, Trainees<T>& trainees);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/checkpoint.hpp"

namespace zerogap {

/// What a generation records in addition to the networks. Random numbers are counter-based, so their position
/// follows from the networks' position in the data.
struct RunRecord {
  std::int64_t epoch = 0;             ///< epochs completed by all networks
  std::int64_t evaluated_epoch = -1;  ///< epoch of the last evaluation; -1 if none yet
  std::string last_report;            ///< that evaluation's networks, as JSON
  std::int64_t history_bytes = 0;     ///< position in the history after that line
  double seconds = 0.0;               ///< of training, over all starts of the run
  std::string programs;               ///< ProgramSequence::state()
  std::string rounds;                 ///< ColumnGeneration::state()
  std::string config;                 ///< resolved, as YAML
  std::string train_hash, test_hash;
  double beta = 0.0;   ///< absolute, of the current program; 0 in files that do not record it
  std::string target;  ///< kernels' backend and SIMD target
  bool complete = false;
};

/// Reads the record of a generation, without its arrays.
RunRecord read_record(const CheckpointReader& file);

/// A text of a checkpoint that is empty or a JSON object. Throws Error (exit 3) if it is neither.
std::string report_of(const CheckpointReader& file, const std::string& key);

}  // namespace zerogap

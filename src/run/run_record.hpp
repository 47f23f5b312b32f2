// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/checkpoint.hpp"

namespace zerogap {

/// What a generation records beside the networks. Random numbers are counter-based: their position is the
/// networks' in the data.
struct RunRecord {
  std::int64_t epoch = 0;             ///< epochs that all networks have done
  std::int64_t evaluated_epoch = -1;  ///< the last evaluation's; -1: none yet
  std::string last_report;            ///< that evaluation's networks, as JSON
  std::int64_t history_bytes = 0;     ///< position in the history behind that line
  double seconds = 0.0;               ///< of training, over all starts
  std::string programs;               ///< ProgramSequence::state()
  std::string rounds;                 ///< ColumnGeneration::state()
  std::string config;                 ///< resolved, as YAML
  std::string train_hash, test_hash;
  double beta = 0.0;   ///< absolute, of the present program; 0: not recorded, as before it was
  std::string target;  ///< kernels' backend and SIMD target
  bool complete = false;
};

/// What a generation records, without its arrays.
RunRecord read_record(const CheckpointReader& file);

/// A text of a checkpoint that is empty or a JSON object. Throws Error (exit 3) where it is neither.
std::string report_of(const CheckpointReader& file, const std::string& key);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "evaluation/baselines.hpp"
#include "evaluation/evaluation.hpp"
#include "problem/program_schedule.hpp"

namespace zerogap {

/// How a training ended.
enum class RunStatus {
  complete,  ///< every network is finished, now or before
  stopped,   ///< on request (a signal, run.stop.seconds); with a checkpoint, unless it was still starting
  diverged,  ///< numbers left their range; the last checkpoint is from before
};
/// As result.json has it.
const char* name_of(RunStatus status);

/// What the process exits with; a divergence is thrown instead.
ExitCode exit_code(RunStatus status);

/// Where the time of a run went, in seconds of this start.
struct TimeShares {
  double steps = 0.0, evaluations = 0.0, checkpoints = 0.0;
};

/// What a run was about and where it ran; known once its data are read.
struct RunDescription {
  std::string data_origin = {};
  std::int64_t images = 0, patches = 0;
  int patch_length = 0;
  std::string train_hash = {};
  std::optional<std::int64_t> test_images = {};
  std::string test_hash = {};
  ProgramParameters parameters = {};  ///< of the last program, beta absolute
  std::int64_t blocks = 0, dead_blocks = 0;
  std::string host = {};
  int ranks = 1;
  std::array<int, 2> grid{1, 1};  ///< patches, arrangements
  int threads = 1;
  std::string kernels = {}, communicator = {};
  std::size_t start_memory = 0, peak_memory = 0;  ///< bytes of rank 0
  std::string config = {};                        ///< resolved, as YAML
};

/// What a solver came to.
struct SolverRecord {
  TerminationReason ended = TerminationReason::running;
  bool budget = false;  ///< its epochs were used up while it was running
  std::int64_t programs_solved = 0, programs = 0, cut_steps = 0;
  std::optional<ConstraintStatus> constraints = {};  ///< hard ones only
};

/// What one network came to.
struct NetworkRecord {
  Network network = Network::primal;
  std::int64_t steps = 0;
  std::int64_t best_epoch = 0;
  std::optional<Evaluation> best = {};  ///< its part of the best evaluation
};

/// What came of a training. result.json is written from it, once.
struct RunResult {
  RunStatus status = RunStatus::complete;
  bool earlier = false;  ///< the folder held this run, complete: nothing else here is set
  std::filesystem::path checkpoint = {};
  double seconds = 0.0;  ///< of training, over all starts
  TimeShares time = {};
  std::optional<double> sums_hidden_share = {};  ///< of the time of sums over ranks; none without such sums
  double pairs_per_second = 0.0;
  RunDescription description = {};
  Baselines baselines = {};
  std::int64_t epoch = 0, evaluated_epoch = -1;
  Evaluation evaluation = {};  ///< the last; of every test image where data.final_test is all
  std::optional<SolverRecord> solver = {};
  ScheduleRecords programs = {};
  std::vector<NetworkRecord> networks = {};
};

/// What a run says when it is complete: values, what to make of them, and where everything is.
std::string summary_text(const RunResult& result, const std::filesystem::path& folder);

}  // namespace zerogap

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
#include "methods/program_record.hpp"
#include "problem/program_schedule.hpp"

namespace zerogap {

/// How a training ended.
enum class RunStatus {
  complete,  ///< every network is finished, now or before
  stopped,   ///< on request (a signal, run.stop.seconds); with a checkpoint, unless it was still starting
  diverged,  ///< numbers left their range; the last checkpoint was written before that
};
/// The name in result.json.
const char* name_of(RunStatus status);

/// Exit code of the process; a divergence is thrown instead.
ExitCode exit_code(RunStatus status);

/// How this start of the run spent its time, in seconds.
struct TimeShares {
  double steps = 0.0, evaluations = 0.0, checkpoints = 0.0;
};

/// Description of a run and where it ran; known once its data are read.
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

/// The result of a solver.
struct SolverRecord {
  TerminationReason ended = TerminationReason::running;
  bool budget = false;  ///< its epochs were used up before it ended
  std::int64_t programs_solved = 0, programs = 0, cut_steps = 0;
  std::optional<ConstraintStatus> constraints = {};  ///< hard ones only
};

/// The result of one network.
struct NetworkRecord {
  Network network = Network::primal;
  std::int64_t steps = 0;
  std::int64_t best_epoch = 0;
  std::optional<Evaluation> best = {};               ///< its part of the best evaluation
  std::optional<NetworkProgramRecord> program = {};  ///< frank_wolfe only
};

/// The result of a training. result.json is written from it, once.
struct RunResult {
  RunStatus status = RunStatus::complete;
  bool earlier = false;  ///< the folder already held the complete run; nothing else here is set
  std::filesystem::path checkpoint = {};
  double seconds = 0.0;  ///< of training, over all starts
  TimeShares time = {};
  std::optional<double> sums_hidden_share = {};  ///< of the time of sums over ranks; none without such sums
  double pairs_per_second = 0.0;
  RunDescription description = {};
  Baselines baselines = {};
  std::int64_t epoch = 0, evaluated_epoch = -1;
  Evaluation evaluation = {};  ///< the last one; on every test image if data.final_test is all
  std::optional<SolverRecord> solver = {};
  ScheduleRecords programs = {};
  std::vector<NetworkRecord> networks = {};
};

/// The summary of a complete run: values, their interpretation, and the paths of its files.
std::string summary_text(const RunResult& result, const std::filesystem::path& folder);

}  // namespace zerogap

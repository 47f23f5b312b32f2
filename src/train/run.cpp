// SPDX-License-Identifier: Apache-2.0
#include "train/run.hpp"

#include <nlohmann/json.hpp>

#include "comm/collective.hpp"
#include "core/activity.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "core/signals.hpp"
#include "problem/weights_file.hpp"
#include "run/watchdog.hpp"
#include "search/pricing.hpp"
#include "train/announce.hpp"
#include "train/choose_start.hpp"
#include "train/result_json.hpp"
#include "train/training_loop.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

/// One training in its folder.
struct Training {
  const RunRequest& request;
  RunFolder* folder;    ///< null on every rank but 0
  fs::path checkpoint;  ///< to continue from; empty if none
  Communicator& world;
};

void write_result(const Training& training, const RunResult& result) {
  if (training.folder == nullptr || training.request.start == StartMode::cell) return;
  activity::begin("writing the result");
  training.folder->require_lock();
  training.folder->write_text(training.folder->result_file(), print_json(to_json(result), 2) + "\n");
  if (result.status == RunStatus::complete) log::info("{}", summary_text(result, training.folder->path()));
}

/// What a checkpoint provides to the problem when it is resumed.
Given given_by(const fs::path& checkpoint) {
  Given given;
  if (checkpoint.empty()) return given;
  const CheckpointReader file(checkpoint, false);
  given.blocks = read_weights<double>(file, "dual/g");
  if (file.has("primal/v")) given.filters = static_cast<std::int64_t>(file.shape("primal/v")[0]);
  return given;
}

template <class T>
RunResult train_as(const Training& training) {
  const Config& config = training.request.config;
  activity::begin("reading the checkpoint");
  const Given given = given_by(training.checkpoint);
  activity::begin("reading the data");
  Problem<T> problem(config, training.world, given, training.request.cache);
  activity::begin("preparing the first step");
  if (training.world.rank() == 0) log_problem(config, problem);
  require_filters(config.arrangements, problem.length());
  if (training.checkpoint.empty())
    require_own_blocks(config, problem);
  else
    require_resumable(training.checkpoint, config, problem);
  TrainingLoop<T> loop(config, problem, training.folder, training.request.folder / "checkpoints");
  loop.start(training.checkpoint);
  // Written only now, so that a start that failed because of its data can be corrected in the same folder.
  if (training.folder != nullptr)
    training.folder->write_text(training.folder->config_file(), dump_config(config));
  try {
    RunResult result = loop.result(loop.run());
    write_result(training, result);
    return result;
  } catch (const Diverged&) {
    write_result(training, loop.result(RunStatus::diverged));
    throw;
  }
}

}  // namespace

RunResult run_training(const RunRequest& request, Communicator& world) {
  const Config& config = request.config;
  require_parts(config.run);
  require_agreement(request, world);
  install_stop_signals();
  activity::begin("opening the run's folder");
  const Watchdog watchdog(config.run.watchdog, world);
  std::unique_ptr<RunFolder> folder;
  std::int64_t todo = 0;
  on_root(world, [&] {
    folder = std::make_unique<RunFolder>(request.folder);
    todo = static_cast<std::int64_t>(choose_start(*folder, request));
  });
  todo = world.max(todo);  // the other ranks contribute 0
  if (static_cast<Todo>(todo) == Todo::nothing) {
    log::info("{} holds this run, complete: {}", request.folder.string(),
              (request.folder / "result.json").string());
    return {.earlier = true};
  }
  if (folder) log::open_file(folder->log_file());
  if (world.rank() == 0) log_job();
  fs::path checkpoint;
  if (static_cast<Todo>(todo) == Todo::from_checkpoint) {
    const auto checkpoints = request.folder / "checkpoints";
    checkpoint = latest_valid(checkpoints, world);
    if (checkpoint.empty())
      log::info("no intact checkpoint in {}: starting from the beginning", checkpoints.string());
    else
      log::info("resuming from {}", checkpoint.string());
  }
  const Training training{request, folder.get(), checkpoint, world};
  return config.run.precision == Precision::fp64 ? train_as<double>(training) : train_as<float>(training);
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "sweep/run_sweep.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "checkpoint/checkpoint.hpp"
#include "comm/collective.hpp"
#include "core/build_info.hpp"
#include "core/files.hpp"
#include "core/format.hpp"
#include "core/host_info.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "core/signals.hpp"
#include "data/dataset_cache.hpp"
#include "problem/threads.hpp"
#include "run/run_record.hpp"
#include "sweep/cell_group.hpp"
#include "sweep/cell_key.hpp"
#include "sweep/cell_status.hpp"
#include "sweep/certified.hpp"
#include "sweep/describe_sweep.hpp"
#include "sweep/json_text.hpp"
#include "sweep/queue.hpp"
#include "sweep/warm_start_chain.hpp"
#include "train/result_json.hpp"
#include "train/run.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

/// Failures that are repeated at the end of a sweep; zerogap status shows all.
constexpr std::size_t told_failures = 10;

std::string version_text() {
  return std::string(build_info().version) + " " + std::string(build_info().revision);
}

/// `only` must be a cell that can be computed now: the store must hold its start, if it has one.
void require_cell(const SweepPlan& plan, const std::string& only, const std::filesystem::path& out) {
  if (only.empty()) return;
  const auto found =
      std::find_if(plan.cells.begin(), plan.cells.end(), [&](const Cell& cell) { return cell.name == only; });
  if (found != plan.cells.end()) {
    const Store store = Store::create(out);
    Config scratch;
    if (store.checkpoint(*found).empty()) set_start(scratch, store, plan, *found);
    return;
  }
  if (is_cell_name(only))
    throw usage_error("sweep " + plan.file.name + " has no cell " + only,
                      "with the present file and --set; a cell's name changes with its configuration",
                      "give the same --set as when it was computed; zerogap status DIR prints the command");
  throw usage_error("--only " + only + " is no cell", "names are 16 hexadecimal digits",
                    "zerogap status DIR lists those that failed, --dry-run the first ones");
}

/// One group's work on a store.
class Runner {
 public:
  Runner(const SweepArguments& arguments, const SweepPlan& plan, const Store& store, Communicator& world)
      : plan_(plan),
        store_(store),
        group_(world, world.size() == 1 ? 1 : static_cast<int>(plan.file.options.ranks_per_cell)),
        threads_(threads_per_rank(0, world)) {
    if (world.rank() == 0)
      log::info("threads     {} a rank where run.threads is 0 ({})", threads_.count, threads_.why);
    if (group_.leads())
      queue_ = std::make_unique<CellQueue>(store, plan, arguments.only, arguments.retry_failed);
  }

  bool run();
  std::int64_t computed() const { return computed_; }
  const CellQueue* queue() const { return queue_.get(); }

 private:
  Outcome compute(const Cell& cell, RunResult& result);
  Config configured(const Cell& cell) const;
  void record_outcome(std::size_t index, const Outcome& outcome, const RunResult& result, Claim& claim);
  void record(const Cell& cell, const Outcome& outcome, const RunResult& result, const Claim& claim);
  Json about(const Cell& cell, const Claim& claim) const;
  void announce(const Cell& cell, const RunResult& result, bool diverged) const;
  void announce_failure(std::size_t index, const std::string& message) const;

  const SweepPlan& plan_;
  const Store& store_;
  CellGroup group_;
  Threads threads_;
  std::unique_ptr<CellQueue> queue_;  ///< the leader's
  DatasetCache datasets_;             ///< most cells read the same
  std::int64_t computed_ = 0;
};

/// Takes and computes cells until none is left (true) or a stop was requested (false).
bool Runner::run() {
  for (;;) {
    if (group_.stop_requested()) return false;
    std::optional<CellQueue::Taken> taken;
    const std::string answer = group_.on_leader([&] {
      taken = queue_->next();
      return taken ? std::to_string(taken->cell) : std::string();
    });
    if (answer.empty()) return true;
    const std::size_t index = std::stoul(answer);
    const Cell& cell = plan_.cells[index];
    RunResult result;
    const Outcome outcome = compute(cell, result);
    const bool stopped = outcome.code == ExitCode::stopped && outcome.message.empty();
    group_.on_leader([&] {
      if (!stopped) record_outcome(index, outcome, result, *taken->claim);
    });
    taken.reset();
    if (stopped) return false;
    ++computed_;
  }
}

/// Records the outcome of a cell: a result or a failure.
void Runner::record_outcome(std::size_t index, const Outcome& outcome, const RunResult& result,
                            Claim& claim) {
  const Cell& cell = plan_.cells[index];
  if (claim.lost()) {
    log::warn("cell {} was taken over by another process while this one was suspended", cell.name);
    return;
  }
  const bool failed = !outcome.message.empty() && !outcome.diverged;
  // Not the cell's fault, and the next cells would only use up their retries.
  if (failed && reports_full_disk(outcome.message)) throw Error(outcome.code, outcome.message, "", "");
  const std::string open = outcome.message.empty() && cell.certified
                               ? why_not_certified(cell_config(plan_, cell), result, store_.cell(cell.name))
                               : "";
  if (failed || !open.empty()) {
    announce_failure(index, failed ? outcome.message : open);
    queue_->failed(index, failed ? outcome.message : open, !failed);
    return;
  }
  record(cell, outcome, result, claim);
  queue_->mark_done(index);
  claim.finish();
}

/// The configuration with which the cell continues, or starts if there is nothing to continue from.
Config Runner::configured(const Cell& cell) const {
  if (const auto begun = store_.checkpoint(cell); !begun.empty())
    return cell_config(plan_, cell, read_record(CheckpointReader(begun, false)).config);
  Config config = cell_config(plan_, cell);
  set_start(config, store_, plan_, cell);
  return config;
}

Outcome Runner::compute(const Cell& cell, RunResult& result) {
  const auto folder = store_.cell(cell.name);
  Config config;
  try {
    config = parse_config(group_.on_leader([&] { return dump_config(configured(cell)); }), "config.yaml", {});
  } catch (const Error& error) {
    return {error.code(), error.what(), false};
  }
  if (config.run.threads == 0) config.run.threads = threads_.count;
  // The group's first rank writes a log in the cell's folder; the console shows the sweep's messages.
  log::keep_to_file(true);
  Outcome outcome;
  try {
    outcome = group_.run([&](Communicator& ranks) {
      result = run_training({config, folder, StartMode::cell, &datasets_}, ranks);
      return exit_code(result.status);
    });
  } catch (const Error& error) {
    // This rank ends the job; the failure is recorded so that the cell does not end every later job too.
    const auto before = store_.failure(cell.name);
    store_.save_failure(cell.name,
                        {(before ? before->attempts : 0) + 1, error.what(), host_name(), time_now()});
    throw;
  }
  log::close_file();
  log::keep_to_file(false);
  return outcome;
}

Json Runner::about(const Cell& cell, const Claim& claim) const {
  const auto failure = store_.failure(cell.name);
  const char* job = std::getenv("SLURM_JOB_ID");
  Json about{{"sweep", plan_.file.name},
             {"finished", time_now()},
             {"host", host_name()},
             {"ranks", group_.size()},
             {"job", job != nullptr ? Json(job) : Json()},
             {"failures", failure ? failure->attempts : 0}};
  if (!cell.start.empty()) about["start"] = cell.start;
  if (!claim.taken_over().empty()) about["taken_over_from"] = claim.taken_over();
  return about;
}

void Runner::record(const Cell& cell, const Outcome& outcome, const RunResult& result, const Claim& claim) {
  store_.finish(cell,
                outcome.diverged ? Json{{"status", "diverged"},
                                        {"message", outcome.message},
                                        {"config", dump_config(cell_config(plan_, cell))},
                                        {"versions", {{"zerogap", version_text()}}}}
                                 : to_json(result),
                about(cell, claim));
  announce(cell, result, outcome.diverged);
}

void Runner::announce(const Cell& cell, const RunResult& result, bool diverged) const {
  std::string text =
      fmt::format("cell {}  {:6}  {}", cell.name, name_of(cell.network), describe(cell.settings));
  const auto& values = result.evaluation;
  if (diverged) {
    text += "  diverged";
  } else {
    if (cell.network == Network::primal && values.primal)
      text += fmt::format("  objective {:g}", values.primal->train.objective());
    if (cell.network == Network::dual && values.dual)
      text += fmt::format("  objective {:g}  gap {}", values.dual->objective(),
                          format_percent(values.dual->gap()));
    text += "  " + format_duration(result.seconds);
  }
  log::announce(text);
}

void Runner::announce_failure(std::size_t index, const std::string& message) const {
  const Cell& cell = plan_.cells[index];
  log::announce(fmt::format("cell {}  {:6}  {}  failed: {}", cell.name, name_of(cell.network),
                            describe(cell.settings), message));
}

/// The summary of all cells of the plan at the end: the first rank's last messages and the exit code.
ExitCode close_sweep(const SweepArguments& arguments, const SweepPlan& plan, const Store& store, bool stopped,
                     const CellQueue& queue) {
  std::size_t finished = 0, failed = 0, open = 0, waiting = 0;
  const auto starts = predecessors(plan);
  std::vector<bool> unreachable(plan.cells.size());
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    const Cell& cell = plan.cells[i];
    if (!arguments.only.empty() && cell.name != arguments.only) continue;
    const auto failure = store.failure(cell.name);
    const auto unusable = queue.unusable().find(i);
    std::string message = unusable != queue.unusable().end() ? unusable->second : "";
    if (message.empty() && failure && failure->attempts > plan.file.options.retries)
      message = failure->message;
    unreachable[i] = !message.empty();
    if (message.empty() && starts[i] && unreachable[*starts[i]] && !store.result(cell)) {
      unreachable[i] = true;
      ++waiting;
    } else if (!message.empty()) {
      if (++failed <= told_failures)
        log::warn("cell {} ({} {}) failed: {}; to run it alone: {}", cell.name, name_of(cell.network),
                  describe(cell.settings), message, rerun_command(store, plan, cell));
    } else {
      ++(store.result(cell) ? finished : open);
    }
  }
  log::info("{} of {} cells are finished{}{}{}; zerogap status {}; zerogap collect {}", finished,
            arguments.only.empty() ? plan.cells.size() : 1,
            failed > 0 ? fmt::format(", {} failed", failed) : "",
            waiting > 0 ? fmt::format(", {} start from failed ones", waiting) : "",
            open > 0 ? fmt::format(", {} are left or with other processes", open) : "", store.path().string(),
            store.path().string());
  if (stopped) {
    log::info("stopped on request; the same command goes on");
    return ExitCode::stopped;
  }
  return failed > 0 ? ExitCode::runtime : ExitCode::done;
}

}  // namespace

ExitCode run_sweep(const SweepArguments& arguments, Communicator& world) {
  const HeldStopRequests held;
  const std::string text = on_root(world, [&] {
    const SweepPlan plan = plan_sweep(load_sweep(arguments.file, arguments.overrides));
    require_cell(plan, arguments.only, arguments.out);
    warn_of_idle_axes(plan);
    Store::create(arguments.out).save(plan);
    log::info("sweep {}: {} points, {} cells; {} data set{} read in {}", plan.file.name, plan.points.size(),
              plan.cells.size(), plan.data_sets, plan.data_sets == 1 ? "" : "s",
              format_duration(plan.data_seconds));
    return json_text(to_json(plan), -1);
  });
  const SweepPlan plan = plan_from_json(json_from_text(text));
  const Store store = Store::open(arguments.out);
  if (world.size() == 1 && plan.file.options.ranks_per_cell > 1)
    log::info("sweep.ranks_per_cell is {}, but this is one process: cells run on one rank, to the same bits",
              plan.file.options.ranks_per_cell);
  if (world.size() > 1) ::unsetenv("ZEROGAP_TERMINAL");  // groups would overwrite each other's progress lines
  Runner runner(arguments, plan, store, world);
  bool stopped = !runner.run();
  CellGroup::meet(world, 0.0);
  stopped = world.max(std::int64_t{stopped ? 1 : 0}) > 0;
  std::int64_t code = 0;
  if (world.rank() == 0)
    code = static_cast<std::int64_t>(close_sweep(arguments, plan, store, stopped, *runner.queue()));
  return static_cast<ExitCode>(world.max(code));
}

}  // namespace zerogap

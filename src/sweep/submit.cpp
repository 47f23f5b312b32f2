// SPDX-License-Identifier: Apache-2.0
#include "sweep/submit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "core/install_paths.hpp"
#include "core/log.hpp"
#include "core/subprocess.hpp"
#include "sweep/cell_status.hpp"
#include "sweep/describe_sweep.hpp"
#include "sweep/fit.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

/// The submission script: $ZEROGAP_ROOT/slurm/sweep, or the program's own.
fs::path find_script() {
  std::error_code ignored;
  if (const char* root = std::getenv("ZEROGAP_ROOT")) {
    fs::path script = fs::path(root) / "slurm/sweep";
    if (fs::exists(script, ignored)) return script;
    throw usage_error("there is no " + script.string(), "ZEROGAP_ROOT names the folder with slurm/",
                      "correct or unset it");
  }
  if (fs::path script = installed_file("slurm/sweep"); !script.empty()) return script;
  throw usage_error("slurm/sweep was not found", "no folder above " + executable_path().string() + " has it",
                    "set ZEROGAP_ROOT to zerogap's folder");
}

/// The work left to compute.
struct Work {
  std::size_t cells = 0;
  double seconds = 0.0;
  bool guessed = false;  ///< seconds of one core, since no cell is finished
};

Work work_left(const SweepPlan& plan, const fs::path& out) {
  std::error_code ignored;
  std::vector<CellStatus> looks;
  if (fs::exists(out / "store.json", ignored)) {
    const Store store = Store::open(out);
    store.require_own(plan);
    looks = read_status(store, plan);
  }
  Work work;
  double pairs = 0.0;
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    if (!looks.empty() && (looks[i].state == CellState::done || looks[i].state == CellState::diverged))
      continue;
    ++work.cells;
    pairs += plan.cells[i].pairs;
  }
  work.seconds = looks.empty() ? std::nan("") : seconds_left(looks, 1);
  work.guessed = std::isnan(work.seconds);
  if (work.guessed) work.seconds = pairs / guessed_rate;
  return work;
}

std::vector<std::string> command(const SweepArguments& a, const SlurmArguments& slurm, const SweepPlan& plan,
                                 const Work& work) {
  const std::string out = fs::absolute(a.out).string();
  std::vector<std::string> words = {find_script().string(),
                                    slurm.environment,
                                    "--name",
                                    plan.file.name,
                                    "--out",
                                    out,
                                    "--cells",
                                    std::to_string(work.cells),
                                    "--seconds",
                                    fmt::format("{:.0f}", std::ceil(work.seconds)),
                                    "--ranks-per-cell",
                                    std::to_string(plan.file.options.ranks_per_cell)};
  if (const double bytes = bytes_on_gpu(plan); bytes > 0.0)
    words.insert(words.end(), {"--cell-bytes", fmt::format("{:.0f}", bytes)});
  if (a.gpu_memory > 0) words.insert(words.end(), {"--gpu-memory", std::to_string(a.gpu_memory)});
  if (work.guessed) words.emplace_back("--guess");
  if (slurm.dry_run) words.emplace_back("--dry-run");
  for (const auto& option : slurm.options) words.insert(words.end(), {"--sbatch", option});
  words.insert(words.end(), {"--", fs::absolute(a.file).string(), "--out", out});
  for (const auto& each : a.overrides) words.insert(words.end(), {"--set", each});
  if (!a.only.empty()) words.insert(words.end(), {"--only", a.only});
  if (a.retry_failed) words.emplace_back("--retry-failed");
  return words;
}

ProcessEnd run(const std::vector<std::string>& words) {
  try {
    return run_process(words);
  } catch (const std::system_error& failure) {
    throw runtime_failure(words[0] + " did not start", failure.code().message(), "make it executable");
  }
}

}  // namespace

ExitCode submit_sweep(const SweepArguments& arguments, const SlurmArguments& slurm) {
  const SweepPlan plan = plan_sweep(load_sweep(arguments.file, arguments.overrides));
  warn_of_idle_axes(plan);
  const Work work = work_left(plan, arguments.out);
  if (work.cells == 0) {
    log::info("sweep {}: all {} cells are finished; nothing to submit", plan.file.name, plan.cells.size());
    return ExitCode::done;
  }
  // The tasks run this program unless another one is set.
  ::setenv("ZEROGAP_PROGRAM", executable_path().c_str(), 0);
  std::fflush(stdout);
  const ProcessEnd end = run(command(arguments, slurm, plan, work));
  if (end.exit_code == 2) throw usage_error("nothing was submitted", "see above", "correct what it names");
  if (end.exit_code != 0 || end.signal != 0)
    throw runtime_failure("nothing was submitted", "see above", "correct what it names");
  return ExitCode::done;
}

}  // namespace zerogap

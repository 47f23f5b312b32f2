// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/commands.hpp"
#include "core/atomic_file.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "sweep/run_sweep.hpp"
#include "sweep/status.hpp"
#include "sweep/submit.hpp"
#include "sweep/table.hpp"

namespace zerogap {
namespace {

constexpr std::chrono::seconds watch_interval{5};

void add_run(CLI::App& app, Command& run) {
  auto* command = app.add_subcommand(
      "sweep", "Train cells of a grid of configurations, each once, on any number of processes");
  auto a = std::make_shared<SweepArguments>();
  auto slurm = std::make_shared<SlurmArguments>();
  command->add_option("file", a->file, "sweep file (configs/sweep/*.yaml)")->required();
  command
      ->add_option("--set", a->overrides,
                   "KEY=VALUE: overrides a key of the base, or sweep.KEY; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--out", a->out, "folder of cells and sweeps; several sweeps may share one")
      ->capture_default_str();
  command->add_option("--only", a->only, "compute only this cell, even if its retries are used up");
  command->add_flag("--retry-failed", a->retry_failed, "reset the retries of failed cells");
  command->add_flag("--dry-run", slurm->dry_run,
                    "print cells, pairs, memory, how many fit a GPU, and hours (with --slurm: the script), "
                    "and compute nothing");
  command
      ->add_option("--gpu-memory", a->gpu_memory,
                   "GiB of a GPU, for how many cells fit (default: this host's GPU, or 80; with --slurm "
                   "cluster_gpu_memory, or 80)")
      ->check(CLI::Range(1, 1 << 20));
  auto* environment = command->add_option(
      "--slurm", slurm->environment,
      "submit an array of tasks to Slurm, as configured by this environment file (slurm/env/*.sh)");
  command
      ->add_option("--sbatch", slurm->options,
                   "option of sbatch, as --sbatch=--time=01:00:00 or --sbatch=\"-t 30\"; may be repeated")
      ->allow_extra_args(false)
      ->needs(environment);
  command->footer(
      "Examples:\n"
      "  zerogap sweep configs/sweep/smoke.yaml --out runs/smoke --dry-run\n"
      "  zerogap sweep configs/sweep/smoke.yaml --out runs/smoke\n"
      "  launch/mpirun -n 8 build/zerogap sweep configs/sweep/mnist.yaml --out runs/mnist --set "
      "sweep.ranks_per_cell=2\n"
      "  zerogap sweep configs/sweep/mnist.yaml --out runs/mnist --slurm slurm/env/generic.sh --dry-run\n"
      "The same command goes on after a stop, and may run several times at once on hosts that share the "
      "folder.\n"
      "Exit codes: 0 nothing left to take, 2 configuration or usage, 3 data or file, 4 a cell failed, 75 "
      "stopped "
      "on request.");
  command->callback([a, slurm, &run] {
    run = [a, slurm](Communicator& world) {
      if (!slurm->environment.empty()) return world.rank() == 0 ? submit_sweep(*a, *slurm) : ExitCode::done;
      if (!slurm->dry_run) return run_sweep(*a, world);
      if (world.rank() == 0) std::fputs(describe_sweep(*a, world.size()).c_str(), stdout);
      return ExitCode::done;
    };
  });
}

struct StatusArguments {
  std::string folder;
  std::vector<std::string> sweeps;
  bool watch = false, json = false;
};

void show_status(const StatusArguments& a) {
  for (;;) {
    const auto status = sweep_status(a.folder, a.sweeps);
    const std::string text = a.json ? print_json(status, 2) + "\n" : status_text(status);
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    if (a.watch && terminal) std::fputs("\x1b[H\x1b[J", stdout);
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    if (!a.watch || nothing_left(status)) return;
    std::this_thread::sleep_for(watch_interval);
  }
}

void add_status(CLI::App& app, Command& run) {
  auto* command = app.add_subcommand(
      "status",
      "Show the progress of sweeps: cells done, running (where, how long, at which gap), failed, left");
  auto a = std::make_shared<StatusArguments>();
  command->add_option("folder", a->folder, "folder that zerogap sweep was given")->required();
  command->add_option("--sweep", a->sweeps, "this sweep; may be repeated (default: all)")
      ->allow_extra_args(false);
  command->add_flag("--watch", a->watch, "repeat every 5 seconds, until nothing is left");
  command->add_flag("--json", a->json, "print JSON");
  command->footer("Example:\n  zerogap status runs/mnist --watch");
  command->callback([a, &run] {
    run = [a](Communicator& world) {
      if (world.rank() == 0) show_status(*a);
      return ExitCode::done;
    };
  });
}

struct CollectArguments {
  std::string folder, out, hdf5;
  CollectOptions options;
  bool summary = false;
};

void collect_table(const CollectArguments& a) {
  if (!a.out.empty()) require_place_of_csv(a.out);
  if (!a.hdf5.empty()) require_place_of_hdf5(a.hdf5);
  if (!a.out.empty() && a.out == a.hdf5)
    throw usage_error("--out and --hdf5 name one file", a.out, "give two names");
  Table table = collect(a.folder, a.options);
  add_sanity_flags(table);
  for (const auto& warning : table.warnings) log::warn("{}", warning);
  if (!a.out.empty()) write_file(a.out, to_csv(table));
  if (!a.hdf5.empty()) write_hdf5(table, a.hdf5);
  if (a.summary) std::fputs(to_text(summarise(table)).c_str(), stdout);
  if (a.out.empty() && a.hdf5.empty() && !a.summary) std::fputs(to_csv(table).c_str(), stdout);
}

void add_collect(CLI::App& app, Command& run) {
  auto* command = app.add_subcommand("collect", "Put the finished cells of sweeps into one table");
  auto a = std::make_shared<CollectArguments>();
  command->add_option("folder", a->folder, "folder that zerogap sweep was given")->required();
  command->add_option(
      "--out", a->out,
      "CSV file to write (default: standard output); replaces an earlier table, nothing else");
  command->add_option(
      "--hdf5", a->hdf5,
      "HDF5 file to write, one dataset for each column; replaces an earlier one, nothing else");
  command->add_option("--sweep", a->options.sweeps, "this sweep; may be repeated (default: the only one)")
      ->allow_extra_args(false);
  command->add_flag("--summary", a->summary,
                    "print mean, deviation and best over seeds, and which learning rate is best");
  command->add_flag("--mixed", a->options.mixed, "allow cells of different versions or kernels in one table");
  command->add_flag("--reproducible", a->options.reproducible,
                    "leave out what differs from run to run: seconds, ranks, hosts, versions");
  command->footer(
      "Examples:\n  zerogap collect runs/mnist --out runs/mnist.csv --hdf5 runs/mnist.h5\n"
      "  zerogap collect runs/mnist --summary");
  command->callback([a, &run] {
    run = [a](Communicator& world) {
      if (world.rank() == 0) collect_table(*a);
      return ExitCode::done;
    };
  });
}

}  // namespace

void add_sweep(CLI::App& app, Command& run) {
  add_run(app, run);
  add_status(app, run);
  add_collect(app, run);
}

}  // namespace zerogap

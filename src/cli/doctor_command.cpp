// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "cli/commands.hpp"
#include "comm/nccl.hpp"
#include "core/atomic_file.hpp"
#include "core/build_info.hpp"
#include "core/host_info.hpp"
#include "core/torch_library.hpp"
#include "kernels/backend.hpp"
#include "kernels/device.hpp"

namespace zerogap {
namespace {

enum class State { works, absent, fails };  ///< absent: does not work, but is optional; fails: is required

struct Finding {
  State state;
  std::string what, found, todo;
};

/// Full name of a program on the path; empty if it is not there.
std::string on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string file = folder + "/" + program;
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

Finding find_processor() {
  return {State::works, "processor",
          fmt::format("{}, {} cores", cpu_target(), ::sysconf(_SC_NPROCESSORS_ONLN)), ""};
}

Finding find_gpus() {
  const auto devices = find_devices();
  if (devices.count > 0) return {State::works, "GPUs", fmt::format("{}", devices.count), ""};
  return {State::absent, "GPUs", "none (" + devices.why + ")",
          "everything runs on the CPU; for GPUs " + devices.todo};
}

Finding find_nccl() {
  try {
    return {State::works, "NCCL", nccl_version(), ""};
  } catch (const Error& error) {
    return {State::absent, "NCCL", error.what(),
            "only sums between GPUs use it; run.comm auto uses MPI instead"};
  }
}

Finding find_torch() {
  try {
    return {State::works, "LibTorch", "opened from " + torch_library().name(), ""};
  } catch (const Error& error) {
    return {State::absent, "LibTorch", error.what(),
            "the other optimizers, solvers and formats do not need it"};
  }
}

/// The first sum over the ranks, and whether it is right. Collective.
Finding first_sum(Communicator& world) {
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t n = world.size(), sum = world.sum(std::int64_t{world.rank()} + 1);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (sum != n * (n + 1) / 2)
    return {State::fails, "ranks", fmt::format("{} ranks sum up to {}", n, sum),
            "check the MPI installation"};
  if (n == 1)
    return {on_path("mpirun").empty() ? State::absent : State::works, "ranks",
            on_path("mpirun").empty() ? "one, and no mpirun on the path" : "one",
            "launch/mpirun -n 2 zerogap doctor times the first sum between ranks (Debian: openmpi-bin)"};
  return {State::works, "ranks",
          fmt::format("{}; first sum after {:.2f} s of the process, in {:.1f} ms", n, process_age(),
                      1e3 * seconds),
          ""};
}

Finding find_slurm() {
  std::string missing;
  for (const char* program : {"sbatch", "srun", "squeue"})
    if (on_path(program).empty()) missing += std::string(missing.empty() ? "" : ", ") + program;
  if (missing.empty()) return {State::works, "Slurm", on_path("sbatch"), ""};
  return {State::absent, "Slurm", "no " + missing + " on the path",
          "needed to hand jobs to a cluster only; load its module"};
}

/// Writes a file to the current folder as durably as checkpoints, and removes it.
Finding try_writing() {
  std::error_code ignored;
  const auto folder = std::filesystem::current_path(ignored);
  const auto file = folder / fmt::format(".zerogap-doctor-{}", ::getpid());
  try {
    const auto start = std::chrono::steady_clock::now();
    write_file(file, "written by zerogap doctor\n");
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::filesystem::remove(file, ignored);
    const auto space = std::filesystem::space(folder, ignored);
    return {State::works, "this folder",
            fmt::format("a durable file in {:.1f} ms, {:.1f} GB free", 1e3 * seconds,
                        static_cast<double>(space.available) / 1e9),
            ""};
  } catch (const Error& error) {
    return {State::fails, "this folder", error.what(),
            "run where you may write, or give --out such a folder"};
  }
}

std::string shown(const Finding& finding) {
  const char* state = finding.state == State::works ? "ok" : finding.state == State::absent ? "-" : "FAILS";
  std::string line = fmt::format("{:6}{:13}{}\n", state, finding.what, finding.found);
  if (!finding.todo.empty()) line += fmt::format("{:19}{}\n", "", finding.todo);
  return line;
}

ExitCode examine(Communicator& world) {
  const Finding ranks = first_sum(world);
  if (world.rank() != 0) return ExitCode::done;
  std::string text = describe(build_info());
  text += "neither parallel HDF5 nor file locks are needed: each rank writes its own rows of a file\n\n";
  bool fails = false;
  for (const auto& finding :
       {find_processor(), find_gpus(), ranks, find_nccl(), find_torch(), find_slurm(), try_writing()}) {
    text += shown(finding);
    fails = fails || finding.state == State::fails;
  }
  std::fputs(text.c_str(), stdout);
  return fails ? ExitCode::runtime : ExitCode::done;
}

}  // namespace

void add_doctor(CLI::App& app, Command& run) {
  auto* command =
      app.add_subcommand("doctor", "Report what is installed and works here, and what to do about the rest");
  command->footer(
      "\"-\" marks what zerogap can do without. Exit code 4 where something fails that it cannot do "
      "without.\n"
      "Examples:\n  zerogap doctor\n  launch/mpirun -n 2 build/zerogap doctor");
  command->callback([&run] { run = examine; });
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "cli/commands.hpp"
#include "core/install_paths.hpp"
#include "core/subprocess.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

/// The script that makes the page: launch/report in ZEROGAP_SHARE, or the program's own.
fs::path find_script() {
  const fs::path name = fs::path("launch") / "report";
  const char* share = std::getenv("ZEROGAP_SHARE");
  fs::path script = share != nullptr ? share / name : installed_file(name);
  if (::access(script.c_str(), X_OK) == 0) return script;
  if (share != nullptr)
    throw data_error("the report's script is missing", "ZEROGAP_SHARE=" + std::string(share),
                     "set it to the folder that holds launch/report");
  throw data_error("the report's script is missing",
                   "no executable launch/report in any folder above " + executable_path().string(),
                   "set ZEROGAP_SHARE to the repository");
}

/// The script's exit code.
int run_script(const fs::path& script, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), script.string());
  ProcessEnd end;
  try {
    end = run_process(std::move(arguments));
  } catch (const std::system_error& failure) {
    throw data_error(script.string() + " cannot be started", failure.code().message(), "make it executable");
  }
  if (end.signal != 0)
    throw runtime_failure("the report was not made", "its script was ended by a signal", "start it again");
  return end.exit_code;
}

struct ReportArguments {
  std::vector<std::string> folders, sweeps;
  std::string out, title;
  bool without_images = false;
};

/// The script's arguments. Folders come last, so that none of them is read as an option's value.
std::vector<std::string> for_script(const ReportArguments& a) {
  std::vector<std::string> all{"--out=" + a.out};
  if (!a.title.empty()) all.push_back("--title=" + a.title);
  for (const auto& sweep : a.sweeps) all.push_back("--sweep=" + sweep);
  if (a.without_images) all.emplace_back("--no-images");
  all.emplace_back("--");
  all.insert(all.end(), a.folders.begin(), a.folders.end());
  return all;
}

ExitCode report(const ReportArguments& a) {
  const fs::path script = find_script();
  ::setenv("ZEROGAP_PROGRAM", executable_path().c_str(), 1);
  return static_cast<ExitCode>(run_script(script, for_script(a)));
}

}  // namespace

void add_report(CLI::App& app, Command& run) {
  auto* command = app.add_subcommand(
      "report",
      "Make a page of runs and sweeps: curves, certified band, heat maps, filters, denoised images");
  auto a = std::make_shared<ReportArguments>();
  command->add_option("folders", a->folders, "folders of runs and of sweeps, finished or running")
      ->required();
  command
      ->add_option("--out", a->out, "folder to make, or an earlier report to replace: index.html, figures/")
      ->required();
  command->add_option("--title", a->title, "the page's heading");
  command->add_option("--sweep", a->sweeps, "this sweep; may be repeated (default: all)")
      ->allow_extra_args(false);
  command->add_flag("--no-images", a->without_images,
                    "leave out the denoised images, which need the data set");
  command->footer(
      "Examples:\n"
      "  zerogap report runs/mnist --out runs/mnist-report\n"
      "  zerogap report runs/newton runs/adam runs/sweep --out runs/report\n"
      "Draws with launch/report, which is looked for above the program, or in ZEROGAP_SHARE; matplotlib is\n"
      "that of launch/setup, or of the Python in ZEROGAP_PYTHON.");
  command->callback([a, &run] {
    run = [a](Communicator& world) { return world.rank() == 0 ? report(*a) : ExitCode::done; };
  });
}

}  // namespace zerogap

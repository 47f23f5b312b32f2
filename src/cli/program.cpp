// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "checkpoint/inspect.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "config/config.hpp"
#include "core/build_info.hpp"
#include "core/json.hpp"
#include "evaluation/evaluate_file.hpp"
#include "problem/work_estimate.hpp"
#include "train/run.hpp"

namespace zerogap {
namespace {

/// Output that only one rank writes.
void print(Communicator& world, const std::string& text) {
  if (world.rank() == 0) std::fputs(text.c_str(), stdout);
}

struct TrainArguments {
  std::string config;
  std::vector<std::string> overrides;
  std::string out = "run";
  bool resume = false, dry_run = false;
};

ExitCode train(const TrainArguments& a, Communicator& world) {
  const Config config = load_config(a.config, a.overrides);
  if (!a.dry_run) {
    const auto start = a.resume ? StartMode::resume : StartMode::fresh;
    return exit_code(run_training({config, a.out, start}, world).status);
  }
  print(world, dry_run(config, world.size()));
  return ExitCode::done;
}

void add_overrides(CLI::App& command, std::vector<std::string>& overrides) {
  command
      .add_option("--set", overrides,
                  "KEY=VALUE: overrides a key of the configuration (text, such as data.path, as it is; the "
                  "rest is YAML); may be repeated")
      ->allow_extra_args(false);
}

void add_train(CLI::App& app, Command& run) {
  auto* command = app.add_subcommand("train", "Train the primal and the dual network, with a certified gap");
  auto a = std::make_shared<TrainArguments>();
  command
      ->add_option("config", a->config,
                   "configuration (YAML); a file that contains only {} uses every default")
      ->required();
  add_overrides(*command, a->overrides);
  command->add_option("--out", a->out, "folder of the run: config, history, checkpoints, result, log")
      ->capture_default_str();
  command->add_flag("--resume", a->resume, "continue from the newest intact checkpoint in the folder");
  command->add_flag("--dry-run", a->dry_run,
                    "print configuration, process grid, memory and work, and start nothing");
  command->footer(
      "Examples:\n"
      "  zerogap train configs/smoke/digits.yaml --out runs/digits\n"
      "  launch/mpirun -n 2 build/zerogap train configs/mnist.yaml --out runs/mnist --set network.rho=0\n"
      "  launch/mpirun -n 2 build/zerogap train runs/mnist/config.yaml --out runs/mnist --resume\n"
      "Exit codes: 0 done, 2 configuration or usage, 3 data or file, 4 run time, 75 stopped on request with "
      "a checkpoint.");
  command->callback([a, &run] { run = [a](Communicator& world) { return train(*a, world); }; });
}

void add_evaluate(CLI::App& app, Command& run) {
  auto* command = app.add_subcommand(
      "evaluate", "Evaluate weights once: objective, certificate, mapped and embedded networks");
  auto a = std::make_shared<EvaluateOptions>();
  auto json = std::make_shared<bool>(false);
  command
      ->add_option(
          "run", a->weights,
          "a run's folder (newest checkpoint), a checkpoint, or an HDF5 file with primal/u, primal/v, "
          "dual/g, dual/w, dual/w_prime")
      ->required();
  command->add_option("--data", a->data, "data set (HDF5); without it a checkpoint's own data");
  command->add_option("--gradients", a->gradients,
                      "HDF5 file to write predictions and gradients to; replaces nothing");
  command->add_flag("--best", a->best, "use the checkpoint's best weights instead of its last");
  command->add_flag("--json", *json, "print JSON");
  add_overrides(*command, a->overrides);
  command->footer(
      "Examples:\n"
      "  zerogap evaluate runs/digits --best\n"
      "  zerogap evaluate W.h5 --data D.h5 --json --set run.precision=fp64 --set network.beta=5");
  command->callback([a, json, &run] {
    run = [a, json](Communicator& world) {
      const auto evaluation = evaluate_file(*a, world);
      print(world, *json ? print_json(evaluation, 2) + "\n" : evaluation_text(evaluation));
      return ExitCode::done;
    };
  });
}

void add_inspect(CLI::App& app, Command& run) {
  auto* command = app.add_subcommand(
      "inspect", "Show what a checkpoint or another HDF5 file holds, and whether it is intact");
  auto file = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("file", *file, "checkpoint")->required();
  command->add_flag("--json", *json, "print JSON");
  command->footer("Example:\n  zerogap inspect runs/digits/checkpoints/00000004.h5");
  command->callback([file, json, &run] {
    run = [file, json](Communicator& world) {
      const auto description = describe_json(*file);
      print(world, *json ? print_json(description, 2) + "\n" : describe_file(*file));
      return description.contains("damage") ? ExitCode::data : ExitCode::done;
    };
  });
}

std::string keys_text() {
  std::string text;
  for (const auto& k : describe_keys())
    text += k.key + "  [" + k.allowed + "]  default " + k.default_value + "\n    " + k.help + "\n";
  return text;
}

void add_config(CLI::App& app, Command& run) {
  auto* command =
      app.add_subcommand("config", "Check a configuration and print it resolved, every key with its value");
  auto path = std::make_shared<std::string>();
  auto overrides = std::make_shared<std::vector<std::string>>();
  auto keys = std::make_shared<bool>(false);
  auto* file = command->add_option("config", *path, "configuration (YAML)");
  auto* list = command->add_flag("--keys", *keys, "list every key, what it allows, its default and meaning");
  add_overrides(*command, *overrides);
  command->footer(
      "Examples:\n  zerogap config configs/mnist.yaml --set network.beta=5\n  zerogap config --keys");
  command->callback([=, &run] {
    if (file->count() + list->count() == 0) throw CLI::RequiredError("config or --keys");
    run = [path, overrides, keys](Communicator& world) {
      print(world, *keys ? keys_text() : dump_config(load_config(*path, *overrides)));
      return ExitCode::done;
    };
  });
}

int end_usage(const std::string& message) {
  std::fprintf(stderr, "error: %s\n", message.c_str());
  return static_cast<int>(ExitCode::usage);
}

/// Ranks with different commands would wait for each other forever.
void require_same_command(int argc, char** argv, Communicator& world) {
  std::string mine;
  for (int i = 1; i < argc; ++i) mine += std::string(argv[i]) + "\n";
  for (const auto& other : world.all_gather_text(mine))
    if (other != mine)
      throw usage_error("the ranks were started with different commands",
                        "all ranks of a job run the same command", "give mpirun one command");
}

/// The exit code, unless writing to standard output failed.
int flushed(int code) {
  std::cout.flush();
  const bool lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout;
  if (!lost || code != 0) return code;
  std::fputs(
      "error: cannot write to standard output (the disk is full or the pipe is closed); write somewhere "
      "else\n",
      stderr);
  return static_cast<int>(ExitCode::data);
}

}  // namespace

int run_program(int argc, char** argv) {
  return run_program(argc, argv, [&](const Command& body) { return run_guarded(argc, argv, body); });
}

int run_program(int argc, char** argv, const std::function<int(const Command&)>& run_on_ranks) {
  CLI::App app(
      "zerogap trains a two-layer convolutional network with soft-thresholding and its convex dual, and "
      "proves how far from the optimum it stopped.",
      "zerogap");
  app.require_subcommand(1);
  app.set_version_flag("--version", [] { return describe(build_info()) + describe_kernels(); });
  app.footer("All commands run alone or under mpirun. Each has its own --help, with examples.");
  Command run;
  add_train(app, run);
  add_evaluate(app, run);
  add_certify(app, run);
  add_inspect(app, run);
  add_config(app, run);
  add_data(app, run);
  add_sweep(app, run);
  add_report(app, run);
  add_use(app, run);
  add_doctor(app, run);
  add_descriptions(app, run);
  const Words words(argv + 1, argv + argc);
  try {
    const Words given = protected_words(app, words);
    app.parse(Words(given.rbegin(), given.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return flushed(app.exit(error));  // help and version, on stdout
    const std::string empty = empty_argument(app, words);
    return end_usage(empty.empty() ? parse_error_text(app, error, words) : empty);
  }
  if (const std::string empty = empty_argument(app, words); !empty.empty()) return end_usage(empty);
  return flushed(run_on_ranks([&](Communicator& world) {
    require_same_command(argc, argv, world);
    return run(world);
  }));
}

}  // namespace zerogap

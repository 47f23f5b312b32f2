// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "certify/certify_run.hpp"
#include "cli/commands.hpp"
#include "core/json.hpp"

namespace zerogap {

void add_certify(CLI::App& app, Command& run) {
  auto* command = app.add_subcommand(
      "certify", "Prove how far a run's networks are from their optimum, and judge what limits them");
  auto a = std::make_shared<CertifyArguments>();
  auto json = std::make_shared<bool>(false);
  command->add_option("run", a->run, "a run's folder, or a checkpoint")->required();
  command->add_option("--export", a->export_file,
                      "HDF5 file to write, with everything that tests/support/recheck.py needs to check the "
                      "proofs; replaces nothing");
  command->add_flag("--json", *json, "print JSON");
  command
      ->add_option("--set", a->overrides,
                   "KEY=VALUE: overrides certify.*, run.* or data.path of the run; may be repeated")
      ->allow_extra_args(false);
  command->footer(
      "Examples:\n"
      "  zerogap certify runs/mnist\n"
      "  zerogap certify runs/mnist --set certify.tolerance=1e-4 --set certify.seconds=60 --export proof.h5");
  command->callback([a, json, &run] {
    run = [a, json](Communicator& world) {
      const auto result = certify_run(*a, world);
      const std::string text = *json ? print_json(result, 2) + "\n" : certification_text(result);
      if (world.rank() == 0) std::fputs(text.c_str(), stdout);
      return ExitCode::done;
    };
  });
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.hpp"
#include "config/config.hpp"
#include "core/atomic_file.hpp"
#include "data/export.hpp"
#include "kernels/backend.hpp"

namespace zerogap {
namespace {

struct DataArguments {
  std::string config, out, picture;
  std::vector<std::string> overrides;
  bool test = false;
  int count = 16;
};

ExitCode data(const DataArguments& a, Communicator& world) {
  if (world.rank() != 0) return ExitCode::done;
  for (const auto& file : {a.out, a.picture})
    if (!file.empty()) require_new(file);
  if (!a.out.empty() && a.out == a.picture)
    throw usage_error("--out and --picture name one file", a.out, "give two names");
  const Config config =
      a.config.empty() ? parse_config("{}", "defaults", a.overrides) : load_config(a.config, a.overrides);
  const Part part = a.test ? Part::test : Part::train;
  std::fputs(describe(summarise(config.data, part)).c_str(), stdout);
  if (!a.out.empty()) {
    write_dataset_hdf5(config.data, part, a.out);
    std::printf("written      %s\n", a.out.c_str());
  }
  if (!a.picture.empty()) {
    write_contact_sheet(config.data, a.count, a.picture);
    std::printf("drawn        %s\n", a.picture.c_str());
  }
  return ExitCode::done;
}

}  // namespace

void add_data(CLI::App& app, Command& run) {
  auto* command =
      app.add_subcommand("data", "Show what images a configuration selects; write them as HDF5 or draw them");
  auto a = std::make_shared<DataArguments>();
  command->add_option("config", a->config, "configuration (YAML); without it the defaults");
  command
      ->add_option("--set", a->overrides,
                   "KEY=VALUE: overrides a key of the configuration (text, such as data.path, as it is; the "
                   "rest is YAML); may be repeated")
      ->allow_extra_args(false);
  command->add_option("--out", a->out, "HDF5 file to write noisy and clean images to; replaces nothing");
  command->add_option("--picture", a->picture,
                      "PNG to draw: clean images, each above its noisy image; replaces nothing");
  command->add_option("--count", a->count, "images in the picture")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  command->add_flag("--test", a->test, "use the test part instead of the training part");
  command->footer(
      "Examples:\n"
      "  zerogap data configs/mnist.yaml\n"
      "  zerogap data --set data.source=digits --set data.images=32 --out digits.h5 --picture digits.png");
  command->callback([a, &run] { run = [a](Communicator& world) { return data(*a, world); }; });
}

std::string describe_kernels() { return "cpu kernels  " + cpu_target() + "\n"; }

}  // namespace zerogap

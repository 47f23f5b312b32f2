// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "inference/denoise.hpp"
#include "inference/export.hpp"

namespace zerogap {
namespace {

const std::vector<std::string> kNetworks = {"primal", "mapped", "mapped_gate", "dual"};

void add_choice(CLI::App& command, NetworkChoice& choice) {
  command
      .add_option(
          "--network", choice.network,
          "primal, dual, or a network mapped from the dual; default: primal if there is one, otherwise "
          "dual")
      ->check(CLI::IsMember(kNetworks));
  command
      .add_option("--set", choice.overrides,
                  "KEY=VALUE: network.lambda and network.form for weights that are not a run's; data.path if "
                  "a run's images have moved and its checkpoint, written by 0.1.0, does not record their "
                  "normalisation; may be repeated")
      ->allow_extra_args(false);
}

ExitCode denoise(const DenoiseArguments& a, Communicator& world) {
  if (world.rank() != 0) return ExitCode::done;
  const auto network = load_network(a.network);
  std::fputs(denoised_text(network, denoise_images(a, network)).c_str(), stdout);
  return ExitCode::done;
}

ExitCode take_away(const ExportArguments& a, Communicator& world) {
  if (world.rank() != 0) return ExitCode::done;
  std::fputs(export_network(a).c_str(), stdout);
  return ExitCode::done;
}

void add_denoise(CLI::App& app, Command& run) {
  auto* command = app.add_subcommand("denoise", "Run images through a trained network: PNG in, PNG out");
  auto a = std::make_shared<DenoiseArguments>();
  command
      ->add_option("run", a->network.weights,
                   "a run's folder (newest checkpoint, its best weights), a checkpoint, or an HDF5 file of "
                   "weights")
      ->required();
  command->add_option("images", a->images, "grey PNG files, 8 or 16 bits, of any size")->required();
  command->add_option("--out", a->out, "folder for the results, under the same names; nothing is overwritten")
      ->required();
  add_choice(*command, a->network);
  command->add_option("--clean", a->clean,
                      "the clean image, or a folder with clean images of the same names: prints PSNR");
  auto* sigma =
      command->add_option("--sigma", a->sigma,
                          "adds noise of this deviation first (pixels range from 0 to 1) and prints "
                          "PSNR against the given images");
  command->add_option("--seed", a->seed, "seed of that noise")->capture_default_str()->needs(sigma);
  command->footer(
      "Examples:\n"
      "  zerogap denoise runs/mnist noisy.png --out denoised\n"
      "  zerogap denoise runs/mnist photos/*.png --out denoised --sigma 0.25 --seed 7\n"
      "  zerogap denoise runs/mnist --network dual noisy/*.png --clean clean --out denoised");
  command->callback([a, &run] { run = [a](Communicator& world) { return denoise(*a, world); }; });
}

void add_export(CLI::App& app, Command& run) {
  auto* command = app.add_subcommand("export", "Export a trained network for PyTorch, NumPy or HDF5");
  auto a = std::make_shared<ExportArguments>();
  command->add_option("run", a->network.weights, "a run's folder, a checkpoint, or an HDF5 file of weights")
      ->required();
  command->add_option("--format", a->format, "what to write")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>{"torchscript", "npz", "hdf5"}));
  command->add_option("--out", a->out, "file to write; nothing is overwritten")->required();
  add_choice(*command, a->network);
  command->footer(
      "Examples:\n"
      "  zerogap export runs/mnist --format torchscript --out mnist.pt\n"
      "  python -c \"import torch; f = torch.jit.load('mnist.pt'); print(f(torch.rand(8, 1, 28, "
      "28)).shape)\"\n"
      "  zerogap export runs/mnist --network dual --format npz --out mnist.npz");
  command->callback([a, &run] { run = [a](Communicator& world) { return take_away(*a, world); }; });
}

}  // namespace

void add_use(CLI::App& app, Command& run) {
  add_denoise(app, run);
  add_export(app, run);
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "problem/work_estimate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "comm/grid.hpp"
#include "core/format.hpp"
#include "problem/continuation.hpp"
#include "problem/execution.hpp"
#include "problem/initial_weights.hpp"

namespace zerogap {
namespace {

/// Copies of a parameter that its rule keeps in addition to value and gradient.
int state_copies(const OptimizerOptions& o) {
  switch (o.name) {
    case OptimizerName::sgd:
      return o.momentum != 0.0 ? 1 : 0;
    case OptimizerName::asgd:
    case OptimizerName::adagrad:
      return 1;
    case OptimizerName::svrg:
      return 3;
    case OptimizerName::newton:  // vectors in double; optimizer.preconditioner_mib is separate
    case OptimizerName::fista:
      return 16;
    case OptimizerName::frank_wolfe:
      return 0;
    case OptimizerName::adam:
      break;
  }
  return o.amsgrad ? 3 : 2;
}

/// Bytes of one network's parameters, gradients (also as 64-bit sums and in double), optimizer state and best
/// copy, for `entries` entries.
double state_bytes(const OptimizerOptions& o, double entries, double real) {
  return entries * (real * (3 + state_copies(o)) + 16.0);
}

double dataset_bytes(const DatasetShape& shape, std::int64_t images, int side, double real) {
  const double border = side - 1;
  const double noisy = shape.patch_list ? static_cast<double>(shape.width) * shape.patch_length
                                        : (shape.height + border) * (shape.width + border);
  const double pixels = static_cast<double>(shape.height) * shape.width;
  return static_cast<double>(images) *
         (real * (noisy + pixels) + pixels * (8.0 + real));  // and predictions, residual of a pass
}

std::string network_line(const char* name, const char* letter, std::int64_t count, const OptimizerOptions& o,
                         const DatasetShape& shape) {
  const std::int64_t batch = o.batch == 0 ? shape.images : std::min(o.batch, shape.images);
  const std::int64_t steps = (shape.images + batch - 1) / batch;
  double passes = 1.0;
  std::string note;
  if (o.name == OptimizerName::svrg) {
    passes = 2.0 + 1.0 / static_cast<double>(o.snapshot_every);
    note = fmt::format(" (svrg: {:g} gradients a patch)", passes);
  }
  const double pairs = passes * static_cast<double>(shape.patches) * static_cast<double>(count);
  return fmt::format(
      "{:8}{} = {}: {} steps an epoch, {:.4g} pairs an epoch{}, {} epochs, {:.4g} pairs in all\n", name,
      letter, count, steps, pairs, note, o.epochs, pairs * static_cast<double>(o.epochs));
}

/// The number of programs of a solver as text; empty for one.
std::string programs_line(const Config& config) {
  if (const auto& pricing = config.arrangements.pricing; pricing.active())
    return fmt::format("blocks  doubled {} times, then at most {} rounds of pricing, {} blocks each\n",
                       pricing.doublings, pricing.rounds, pricing.add);
  const Continuation programs(config);
  if (!programs.several()) return "";
  if (config.network.constraints != Constraints::hard)
    return fmt::format("path    {} programs\n", programs.planned());
  return fmt::format("path    {} to {} programs: rho from {:g} to at most {:g}\n", programs.planned(),
                     programs.most_planned(), programs.parameters().rho, config.hard.rho_max);
}

/// Passes over the images in an epoch. A Newton step takes an objective, a gradient, a preconditioner and
/// about thirty products with the Hessian.
double passes_an_epoch(const OptimizerOptions& o) {
  switch (o.name) {
    case OptimizerName::svrg:
      return 2.0 + 1.0 / static_cast<double>(o.snapshot_every);
    case OptimizerName::newton:
      return 40.0;
    case OptimizerName::fista:
      return 2.0;
    case OptimizerName::frank_wolfe:
      return 40.0;
    default:
      return 1.0;
  }
}

/// Guessed number of steps until a solver reaches run.stop.gap.
constexpr std::int64_t steps_to_a_gap = 40;

/// Blocks of a dual summed over its programs, and the most blocks of one program.
struct Blocks {
  double solved = 0.0;
  std::int64_t most = 0;
};

Blocks blocks_of(const Config& config) {
  const auto& pricing = config.arrangements.pricing;
  const std::int64_t first = config.network.arrangements;
  Blocks result{static_cast<double>(first), first};
  if (!config.dual_optimizer.solves()) return result;
  if (!pricing.active()) {
    result.solved *= static_cast<double>(Continuation(config).planned());
    return result;
  }
  for (std::int64_t d = 1; d <= pricing.doublings; ++d) {
    result.most = first << d;
    result.solved += static_cast<double>(result.most);
  }
  if (pricing.doublings > 0 && pricing.rounds > 0) result.solved += static_cast<double>(first);
  for (std::int64_t round = 1; round <= pricing.rounds; ++round)
    result.solved += static_cast<double>(first + round * pricing.add);
  result.most = std::max(result.most, first + pricing.rounds * pricing.add);
  return result;
}

}  // namespace

WorkEstimate estimate_work(const Config& config, const DatasetShape& train, const DatasetShape& test,
                           int ranks) {
  const int side = static_cast<int>(config.patches.filter);
  const int length = train.patch_list ? train.patch_length : side * side;
  const std::int64_t filters = configured_filters(config, length);
  const auto [solved, blocks] = blocks_of(config);
  const auto grid = complete_grid(
      {static_cast<int>(config.run.grid.patches), static_cast<int>(config.run.grid.arrangements)}, ranks,
      train.images, blocks);
  const double real = config.run.precision == Precision::fp64 ? 8.0 : 4.0;
  WorkEstimate result;
  double matrices = 0.0;
  result.bytes = dataset_bytes(train, share_of(train.images, grid.patches, 0).count(), side, real) +
                 dataset_bytes(test, share_of(test.images, grid.patches, 0).count(), side, real);
  for (const Network network : config.run.networks) {
    const bool primal = network == Network::primal;
    const auto& options = config.optimizer(network);
    const std::int64_t count = primal ? filters : blocks;
    const auto rows = static_cast<double>(block_share(count, grid.arrangements, 0).count());
    result.bytes += state_bytes(options, rows * (primal ? length + 1 : 2 * length), real);
    if (options.name == OptimizerName::newton)
      matrices += static_cast<double>(options.preconditioner_mib) * 0x1p20;
    const bool to_gap = options.solves() && config.run.stop.gap > 0.0;
    const std::int64_t epochs = to_gap ? std::min(options.epochs, steps_to_a_gap) : options.epochs;
    result.pairs += passes_an_epoch(options) * static_cast<double>(train.patches) *
                    (primal ? static_cast<double>(count) : solved) * static_cast<double>(epochs);
  }
  result.on_gpu = result.bytes;
  result.bytes += matrices;
  return result;
}

std::string dry_run(const Config& config, int ranks) {
  require_parts(config.run);
  const auto shape = inspect_dataset(config.data, Part::train);
  const auto test = inspect_dataset(config.data, Part::test);
  const int side = static_cast<int>(config.patches.filter),
            length = shape.patch_list ? shape.patch_length : side * side;
  const std::int64_t filters = configured_filters(config, length), blocks = config.network.arrangements;
  const auto grid = complete_grid(
      {static_cast<int>(config.run.grid.patches), static_cast<int>(config.run.grid.arrangements)}, ranks,
      shape.images, blocks);
  const double real = config.run.precision == Precision::fp64 ? 8.0 : 4.0;
  const std::int64_t images = share_of(shape.images, grid.patches, 0).count(),
                     test_images = share_of(test.images, grid.patches, 0).count();
  const double data = dataset_bytes(shape, images, side, real) + dataset_bytes(test, test_images, side, real);
  double states = 0.0, matrices = 0.0;
  std::string work;
  for (const Network network : config.run.networks) {
    const bool primal = network == Network::primal;
    const auto& options = config.optimizer(network);
    const double rows =
        static_cast<double>(block_share(primal ? filters : blocks, grid.arrangements, 0).count());
    states += state_bytes(options, rows * (primal ? length + 1 : 2 * length), real);
    if (!primal) states += rows * length * real;
    if (options.name == OptimizerName::newton)
      matrices = static_cast<double>(options.preconditioner_mib) * 0x1p20;
    work += network_line(name_of(network), primal ? "K" : "P", primal ? filters : blocks, options, shape);
  }
  return dump_config(config) +
         fmt::format("\ndata    {} training images, {} test images, {} patches of {} numbers\n", shape.images,
                     test.images, shape.patches, length) +
         fmt::format(
             "grid    {} ranks as {} x {} (patches x arrangements), at most {} images and {} blocks a rank\n",
             ranks, grid.patches, grid.arrangements, images,
             block_share(blocks, grid.arrangements, 0).count()) +
         fmt::format("memory  {} a rank: data {}, states {}{}, not counting the program itself\n",
                     format_bytes(static_cast<std::uint64_t>(data + states + matrices)),
                     format_bytes(static_cast<std::uint64_t>(data)),
                     format_bytes(static_cast<std::uint64_t>(states)),
                     matrices > 0.0 ? fmt::format(", the preconditioner's matrices at most {}",
                                                  format_bytes(static_cast<std::uint64_t>(matrices)))
                                    : "") +
         work + programs_line(config);
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "problem/program.hpp"

#include <algorithm>

#include "model/arrangements.hpp"
#include "objective/dual_pass.hpp"
#include "problem/initial_weights.hpp"
#include "problem/program_schedule.hpp"
#include "problem/weights_file.hpp"

namespace zerogap {
namespace {

/// All g (P, d) in double as configured; every rank computes or reads the same.
std::vector<double> configured_blocks(const Config& config, int length) {
  const auto& o = config.arrangements;
  std::vector<double> g;
  if (o.source != ArrangementSource::random) {
    const std::string name = o.source == ArrangementSource::file ? "dual/g" : "primal/u";
    const auto file = open_weights(o.path);
    const auto shape = file.has(name) ? file.shape(name) : std::vector<std::uint64_t>{};
    if (shape.size() != 2 || shape[1] != static_cast<std::uint64_t>(length))
      throw data_error("arrangements.path " + o.path + " has no fitting blocks",
                       name + " must have rows of " + std::to_string(length) + " numbers",
                       "give a file with " + name + " for this patches.filter");
    g = read_weights<double>(file, name);
  }
  if (o.source == ArrangementSource::random || o.include_random) {
    const auto wanted =
        static_cast<std::size_t>(config.network.arrangements) * static_cast<std::size_t>(length);
    for (std::int64_t j = 0; g.size() < wanted; ++j) {
      g.resize(g.size() + static_cast<std::size_t>(length));
      sample_arrangement(o, j, std::span(g).last(static_cast<std::size_t>(length)));
    }
  }
  return g;
}

template <class T>
DualBlocks<T> gates_of(const Blocks<T>& blocks) {
  return {blocks.g.data(), nullptr, nullptr, blocks.share.count(), 1};
}

/// Blocks with a gate that is open on some training patch, in ascending order.
template <class T>
std::vector<std::int64_t> open_blocks(const Instance<T>& instance, const Blocks<T>& blocks, double lambda) {
  const auto& train = instance.train();
  const auto here = static_cast<std::size_t>(blocks.share.count());
  std::vector<std::int64_t> q_sum(here), c_sum(here), open(static_cast<std::size_t>(blocks.total));
  instance.kernels().run(GateSums<T>{train.source(), train.all_images, gates_of(blocks), lambda,
                                     FixedPoint(static_cast<double>(train.patches())), q_sum, c_sum});
  instance.grid().patch_axis().sum(q_sum);
  std::copy(q_sum.begin(), q_sum.end(), open.begin() + blocks.share.first);
  instance.grid().arrangement_axis().sum(open);
  std::vector<std::int64_t> indices;
  for (std::int64_t j = 0; j < blocks.total; ++j)
    if (open[static_cast<std::size_t>(j)] > 0) indices.push_back(j);
  return indices;
}

/// Blocks with these g (P, d), and how many of them are dead at lambda.
template <class T>
Blocks<T> make_blocks(const Instance<T>& instance, const std::vector<double>& all, double lambda) {
  Blocks<T> blocks;
  blocks.length = instance.length();
  blocks.total = static_cast<std::int64_t>(all.size()) / blocks.length;
  blocks.share = instance.grid().blocks(blocks.total);
  blocks.g = local_rows<T>(all, blocks.share, blocks.length);
  blocks.dead = blocks.total - static_cast<std::int64_t>(open_blocks(instance, blocks, lambda).size());
  return blocks;
}

/// The blocks without those that are dead at lambda.
template <class T>
Blocks<T> drop_dead(const Instance<T>& instance, const Blocks<T>& blocks, const std::vector<double>& all,
                    double lambda) {
  const auto open = open_blocks(instance, blocks, lambda);
  if (open.empty())
    throw usage_error("no arrangement block is left",
                      "all " + std::to_string(blocks.total) + " gates are shut on every patch",
                      "lower network.lambda, raise arrangements.std, or set arrangements.drop_dead to false");
  std::vector<double> kept;
  for (const std::int64_t j : open)
    kept.insert(kept.end(), all.begin() + j * blocks.length, all.begin() + (j + 1) * blocks.length);
  auto rest = make_blocks(instance, kept, lambda);
  rest.dead = rest.dropped = blocks.dead;
  return rest;
}

/// max_j |Y'Q_j x|: above it the optimum for rho = 0 is zero.
template <class T>
double beta_max(const Instance<T>& instance, const Blocks<T>& blocks, double lambda) {
  const auto& train = instance.train();
  const auto entries = blocks.g.size();
  auto& memory = instance.kernels().memory();
  Buffer<std::int64_t> sums(memory, 2 * entries);
  sums.clear();
  std::vector<T> half(train.data.target);  // the backward pass computes 2 q r y; with r = x/2 that is Y'Qx
  for (T& x : half) x /= 2;
  const Buffer<T> residual(memory, std::span<const T>(half));
  const FixedPoint scale(train.bounds.target * train.bounds.absolute_sum);
  instance.kernels().run(DualBackward<T>{train.source(), train.all_images, gates_of(blocks), lambda, 0.0, 0.0,
                                         residual.span(), scale, sums.span().first(entries),
                                         sums.span().last(entries)});
  auto& axis = instance.grid().patch_axis();
  axis.sum(memory, sums.span());
  axis.synchronize(memory);
  const auto total = sums.download();
  std::vector<double> gradient(entries);
  for (std::size_t i = 0; i < entries; ++i) gradient[i] = scale.real(total[entries + i]);
  return instance.grid().arrangement_axis().max(
      largest_row_norm(gradient.data(), blocks.share.count(), blocks.length));
}

}  // namespace

template <class T>
Program<T> first_program(const Config& config, const Instance<T>& instance, const Given& given) {
  Program<T> program;
  program.filters = given.filters < 0 ? configured_filters(config, instance.length()) : given.filters;
  program.form = config.network.form;
  program.constraints = config.network.constraints;
  program.beta_units = config.network.beta_units;
  const auto schedule = make_schedule(config);
  program.parameters.lambda = schedule->smallest_lambda();
  const auto all = given.blocks.empty() ? configured_blocks(config, instance.length()) : given.blocks;
  program.blocks = make_blocks(instance, all, program.parameters.lambda);
  if (config.arrangements.drop_dead && program.blocks.dead > 0 && given.blocks.empty())
    program.blocks = drop_dead(instance, program.blocks, all, program.parameters.lambda);
  return with_parameters(instance, std::move(program), schedule->parameters());
}

template <class T>
Program<T> with_parameters(const Instance<T>& instance, Program<T> program,
                           const ProgramParameters& parameters) {
  auto& blocks = program.blocks;
  if (parameters.lambda != program.parameters.lambda)
    blocks.dead = blocks.dropped + blocks.total -
                  static_cast<std::int64_t>(open_blocks(instance, blocks, parameters.lambda).size());
  program.parameters = parameters;
  if (program.beta_units != BetaUnits::beta_max) return program;
  const double most = beta_max(instance, blocks, parameters.lambda);
  if (!(most > 0.0))
    throw usage_error("network.beta_units beta_max gives beta = 0",
                      "every gate is shut, so that the dual's optimum is zero for any beta",
                      "lower network.lambda, raise arrangements.std, or give an absolute beta");
  program.parameters.beta *= most;
  return program;
}

template <class T>
Program<T> with_blocks(const Instance<T>& instance, Program<T> program, const std::vector<double>& all) {
  program.blocks = make_blocks(instance, all, program.parameters.lambda);
  return program;
}

template Program<float> first_program(const Config&, const Instance<float>&, const Given&);
template Program<double> first_program(const Config&, const Instance<double>&, const Given&);
template Program<float> with_parameters(const Instance<float>&, Program<float>, const ProgramParameters&);
template Program<double> with_parameters(const Instance<double>&, Program<double>, const ProgramParameters&);
template Program<float> with_blocks(const Instance<float>&, Program<float>, const std::vector<double>&);
template Program<double> with_blocks(const Instance<double>&, Program<double>, const std::vector<double>&);

}  // namespace zerogap

#include "problem/problem.hpp"

#include <algorithm>
#include <cmath>

#include "core/host_info.hpp"
#include "model/arrangements.hpp"
#include "problem/initial_weights.hpp"
#include "problem/weights_file.hpp"

namespace zerogap {
namespace {

/// All g (P, d) in double as the configuration asks for them; every rank computes or reads the same.
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
  if (o.source == ArrangementSource::random || o.beside_random) {
    const auto wanted =
        static_cast<std::size_t>(config.network.arrangements) * static_cast<std::size_t>(length);
    for (std::int64_t j = 0; g.size() < wanted; ++j) {
      g.resize(g.size() + static_cast<std::size_t>(length));
      sample_arrangement(o, j, std::span(g).last(static_cast<std::size_t>(length)));
    }
  }
  return g;
}

/// The rows of g in `rows`, as T.
template <class T>
std::vector<T> take_rows(const std::vector<double>& g, int length, Range rows) {
  return {g.begin() + rows.first * length, g.begin() + rows.last * length};
}

}  // namespace

template <class T>
Problem<T>::Problem(const Config& config, Communicator& world, const Given& given)
    : config_(config),
      filters_(given.filters),
      threads_(threads_per_rank(config.run.threads, world)),
      start_memory_(resident_bytes()) {
  execution_ = choose_execution(config.run, world);
  const auto shape = inspect_dataset(config.data, Part::train);
  const GridShape wanted{static_cast<int>(config.run.grid.patches),
                         static_cast<int>(config.run.grid.arrangements)};
  grid_ = std::make_unique<ProcessGrid>(
      execution_.sums(world), complete_grid(wanted, world.size(), shape.images, config.network.arrangements));
  kernels_ = make_kernels<T>(execution_, threads_.count);
  load_data(given.normalisation);
  if (filters_ < 0) filters_ = configured_filters(config, length());
  const ProgramSequence programs(config);
  context_ = {kernels_.get(),     grid_.get(),        programs.smallest_lambda(), 0.0, 0.0,
              config.run.overlap, config.network.form};
  make_blocks(given.blocks);
  set_parameters(programs.parameters());
}

template <class T>
void Problem<T>::set_parameters(const ProgramParameters& parameters) {
  if (parameters.lambda != context_.lambda) {
    context_.lambda = parameters.lambda;
    blocks_.dead = dropped_ + blocks_.total - static_cast<std::int64_t>(alive_blocks().size());
  }
  context_.rho = parameters.rho;
  context_.beta = parameters.beta;
  if (config_.network.beta_units != BetaUnits::beta_max) return;
  const double most = beta_max();
  if (!(most > 0.0))
    throw usage_error("network.beta_units beta_max gives beta = 0",
                      "every gate is shut, so that the dual's optimum is zero for any beta",
                      "lower network.lambda, raise arrangements.std, or give an absolute beta");
  context_.beta *= most;
}

template <class T>
void Problem<T>::set_blocks(const std::vector<double>& all, double beta) {
  blocks_.total = static_cast<std::int64_t>(all.size()) / length();
  blocks_.share = grid_->blocks(blocks_.total);
  blocks_.g = take_rows<T>(all, length(), blocks_.share);
  dropped_ = 0;
  blocks_.dead = blocks_.total - static_cast<std::int64_t>(alive_blocks().size());
  context_.beta = beta;
}

template <class T>
double Problem<T>::value_rounding(double objective) const {
  return (sizeof(T) == 4 ? 1e-6 : 1e-9) * std::sqrt(objective * std::max(objective, train_.target_square));
}

template <class T>
void Problem<T>::load_data(const std::optional<Normalisation>& given) {
  auto& axis = grid_->patch_axis();
  const int side = static_cast<int>(config_.patches.filter);
  train_ = measure(load_dataset<T>(config_.data, Part::train, side, axis, given ? &*given : nullptr), axis,
                   kernels_->memory());
  auto test = load_dataset<T>(config_.data, Part::test, side, axis, &train_.data.normalisation);
  if (test.shape.images == 0) return;
  if (test.source().length != length())
    throw data_error("test and training patches differ",
                     std::to_string(test.source().length) + " and " + std::to_string(length()) + " numbers",
                     "use data whose parts have one shape");
  test_ = measure(std::move(test), axis, kernels_->memory());
}

template <class T>
void Problem<T>::use_all_test_images() {
  if (!test_) return;
  auto options = config_.data;
  options.test_images = kEveryTestImage;
  auto& axis = grid_->patch_axis();
  test_ = measure(load_dataset<T>(options, Part::test, static_cast<int>(config_.patches.filter), axis,
                                  &train_.data.normalisation),
                  axis, kernels_->memory());
}

template <class T>
void Problem<T>::make_blocks(const std::vector<double>& given) {
  blocks_.length = length();
  const auto all = given.empty() ? configured_blocks(config_, length()) : given;
  blocks_.total = static_cast<std::int64_t>(all.size()) / length();
  blocks_.share = grid_->blocks(blocks_.total);
  blocks_.g = take_rows<T>(all, length(), blocks_.share);
  const auto alive = alive_blocks();
  blocks_.dead = blocks_.total - static_cast<std::int64_t>(alive.size());
  if (!config_.arrangements.drop_dead || blocks_.dead == 0 || !given.empty()) return;
  if (alive.empty())
    throw usage_error("no arrangement block is left",
                      "all " + std::to_string(blocks_.total) + " gates are shut on every patch",
                      "lower network.lambda, raise arrangements.std, or set arrangements.drop_dead to false");
  dropped_ = blocks_.dead;
  blocks_.total = static_cast<std::int64_t>(alive.size());
  blocks_.share = grid_->blocks(blocks_.total);
  std::vector<double> kept;
  for (const std::int64_t j : alive)
    kept.insert(kept.end(), all.begin() + j * length(), all.begin() + (j + 1) * length());
  blocks_.g = take_rows<T>(kept, length(), blocks_.share);
}

template <class T>
std::vector<std::int64_t> Problem<T>::alive_blocks() const {
  const auto here = static_cast<std::size_t>(blocks_.share.count());
  std::vector<std::int64_t> q_sum(here), c_sum(here), open(static_cast<std::size_t>(blocks_.total));
  kernels_->run(GateSums<T>{train_.source(),
                            train_.all_images,
                            {blocks_.g.data(), nullptr, nullptr, blocks_.share.count(), 1},
                            context_.lambda,
                            FixedPoint(static_cast<double>(train_.patches())),
                            q_sum,
                            c_sum});
  grid_->patch_axis().sum(q_sum);
  std::copy(q_sum.begin(), q_sum.end(), open.begin() + blocks_.share.first);
  grid_->arrangement_axis().sum(open);
  std::vector<std::int64_t> alive;
  for (std::int64_t j = 0; j < blocks_.total; ++j)
    if (open[static_cast<std::size_t>(j)] > 0) alive.push_back(j);
  return alive;
}

template <class T>
double Problem<T>::beta_max() const {
  const auto entries = blocks_.g.size();
  auto& memory = kernels_->memory();
  Buffer<std::int64_t> sums(memory, 2 * entries);
  sums.clear();
  std::vector<T> half(train_.data.target);  // the backward pass computes 2 q r y; with r = x/2 that is Y'Qx
  for (T& x : half) x /= 2;
  const Buffer<T> residual(memory, std::span<const T>(half));
  const FixedPoint scale(train_.bounds.target * train_.bounds.absolute_sum);
  kernels_->run(DualBackward<T>{train_.source(),
                                train_.all_images,
                                {blocks_.g.data(), nullptr, nullptr, blocks_.share.count(), 1},
                                context_.lambda,
                                0.0,
                                0.0,
                                residual.span(),
                                scale,
                                sums.span().first(entries),
                                sums.span().last(entries)});
  grid_->patch_axis().sum(memory, sums.span());
  grid_->patch_axis().synchronize(memory);
  const auto total = sums.download();
  std::vector<double> gradient(entries);
  for (std::size_t i = 0; i < entries; ++i) gradient[i] = scale.real(total[entries + i]);
  return grid_->arrangement_axis().max(largest_row_norm(gradient.data(), blocks_.share.count(), length()));
}

template class Problem<float>;
template class Problem<double>;

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "train/loop_start.hpp"

#include "core/host_info.hpp"
#include "problem/initial_weights.hpp"
#include "train/choose_start.hpp"
#include "train/snapshot.hpp"

namespace zerogap {
namespace {

/// A network that restore_state() gives its weights: the file that a run started from may be gone.
template <class T>
std::unique_ptr<NetworkTrainer<T>> make_to_be_restored(const LoopState<T>& state, Network network) {
  Config anywhere = state.config;
  anywhere.init.kind = InitKind::zero;
  anywhere.init.dual_kind = DualInit::zero;
  return make_network_trainer<T>(network, anywhere, state.problem);
}

template <class T>
void make_networks(LoopState<T>& state, const CheckpointReader* file) {
  for (const Network network : state.config.run.networks) {
    if (file != nullptr && holds(*file, network))
      state.networks.push_back(make_to_be_restored(state, network));
    else
      state.networks.push_back(make_network_trainer<T>(network, state.config, state.problem));
  }
}

/// Goes on with networks, and with a solver's last program, whose epochs were raised.
template <class T>
void reopen_raised(LoopState<T>& state) {
  const auto change =
      compare_runs(parse_config(state.position.config, "the checkpoint's configuration", {}), state.config);
  for (auto& network : state.networks) {
    if (!change.raised(network->network())) continue;
    network->finished = false;
    if (network.get() != state.solver() || !state.schedule->done()) continue;
    state.schedule->reopen();
    network->ended = TerminationReason::running;
  }
}

template <class T>
void resume_from(LoopState<T>& state, const CheckpointReader& file) {
  state.position = read_record(file);
  state.schedule = restored_schedule(state.config, state.position.programs, state.position.rounds);
  auto& problem = state.problem;
  auto program = with_parameters(problem.instance(), problem.program(), state.schedule->parameters());
  if (const auto beta = state.schedule->absolute_beta())
    program = with_absolute_beta(std::move(program), *beta);
  problem.replace(std::move(program));
  restore_state(file, state);
  reopen_raised(state);
  state.earlier_seconds = state.position.seconds;
  state.newest = file.path();
}

template <class T>
RunDescription describe(const LoopState<T>& state) {
  const auto& problem = state.problem;
  const auto& instance = problem.instance();
  const auto& grid = problem.grid();
  const auto& train = problem.train().data;
  RunDescription d{.data_origin = train.origin,
                   .images = train.shape.images,
                   .patches = train.shape.patches,
                   .patch_length = problem.length(),
                   .train_hash = train.content_hash,
                   .parameters = problem.program().parameters,
                   .blocks = problem.blocks().total,
                   .dead_blocks = problem.blocks().dead,
                   .host = host_name(),
                   .ranks = grid.world().size(),
                   .grid = {grid.patch_axis().size(), grid.arrangement_axis().size()},
                   .threads = instance.threads(),
                   .kernels = problem.kernels().target(),
                   .communicator = grid.world().name(),
                   .start_memory = instance.start_memory(),
                   .peak_memory = peak_resident_bytes(),
                   .config = dump_config(state.config)};
  if (problem.test() != nullptr) {
    d.test_images = problem.test()->data.shape.images;
    d.test_hash = problem.test()->data.content_hash;
  }
  return d;
}

template <class T>
SolverRecord solver_record(const LoopState<T>& state) {
  const auto& solver = *state.solver();
  SolverRecord record{.ended = solver.ended,
                      .budget = solver.ended == TerminationReason::running && solver.finished,
                      .programs_solved = state.schedule->solved(),
                      .programs = state.schedule->planned(),
                      .cut_steps = solver.cut_steps};
  if (state.problem.hard()) record.constraints = state.schedule->constraint_status();
  return record;
}

}  // namespace

template <class T>
void start_networks(LoopState<T>& state, const std::filesystem::path& checkpoint) {
  std::optional<CheckpointReader> file;
  if (!checkpoint.empty()) file.emplace(checkpoint);
  make_networks(state, file ? &*file : nullptr);
  state.schedule = make_schedule(state.config);
  if (file) resume_from(state, *file);
  const auto& problem = state.problem;
  state.position.config = dump_config(state.config);
  state.position.train_hash = problem.train().data.content_hash;
  state.position.test_hash = problem.test() != nullptr ? problem.test()->data.content_hash : "";
  state.position.target = problem.kernels().target();
  state.baselines = measure_baselines(problem);
}

template <class T>
RunResult result_of(const LoopState<T>& state, RunStatus status) {
  RunResult result{.status = status,
                   .checkpoint = state.newest,
                   .seconds = state.position.seconds,
                   .time = state.time,
                   .pairs_per_second = state.pairs_per_second(),
                   .description = describe(state),
                   .baselines = state.baselines,
                   .epoch = state.position.epoch,
                   .evaluated_epoch = state.position.evaluated_epoch,
                   .evaluation = state.last};
  OverlapTimes sums;
  for (const auto& network : state.networks) {
    sums.in_flight += network->overlap_times().in_flight;
    sums.waiting += network->overlap_times().waiting;
    NetworkRecord record{.network = network->network(),
                         .steps = network->steps,
                         .best_epoch = network->best.epoch,
                         .program = network->program_record()};
    if (!network->best.weights.empty()) record.best = network->best.evaluation;
    result.networks.push_back(record);
  }
  if (sums.in_flight > 0.0 && state.problem.grid().patch_axis().size() > 1)
    result.sums_hidden_share = sums.hidden_share();
  if (state.solver() != nullptr) {
    result.solver = solver_record(state);
    result.programs = state.schedule->records();
  }
  return result;
}

template void start_networks(LoopState<float>&, const std::filesystem::path&);
template void start_networks(LoopState<double>&, const std::filesystem::path&);
template RunResult result_of(const LoopState<float>&, RunStatus);
template RunResult result_of(const LoopState<double>&, RunStatus);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "train/announce.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "core/build_info.hpp"
#include "core/log.hpp"
#include "model/arrangements.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

/// Blocks with nearly the same gates deserve a warning: they cost work without any gain.
void warn_of_near_duplicates(const std::vector<double>& g, int length) {
  const auto near_duplicates = nearly_equal(g, length, 1e-6, 4);
  for (const auto& [a, b] : near_duplicates) log::warn("arrangement blocks {} and {} are nearly equal", a, b);
}

}  // namespace

template <class T>
void log_problem(const Config& config, const Problem<T>& problem) {
  const auto& instance = problem.instance();
  const auto& grid = problem.grid();
  const auto& shape = problem.train().data.shape;
  log::record("{}", describe(build_info()));
  log::info("data        {}: {} images, {} patches of {}", problem.train().data.origin, shape.images,
            shape.patches, problem.length());
  log::info("networks    primal K = {}, dual P = {} ({} blocks are dead)", problem.filters(),
            problem.blocks().total, problem.blocks().dead);
  if (problem.filters() != config.network.filters)
    log::info("            K is that of the start weights, not network.filters ({})", config.network.filters);
  if (problem.blocks().total != config.network.arrangements)
    log::info("            P is that of the blocks given or left, not network.arrangements ({})",
              config.network.arrangements);
  log::info("problem     lambda = {:g}, beta = {:g}, rho = {:g}, form {}", problem.context().lambda,
            problem.context().beta, problem.context().rho, name_of(problem.context().form));
  log::info("ranks       {} as {} x {} (patches x arrangements), {} thread{} each ({}), kernels {}",
            grid.world().size(), grid.patch_axis().size(), grid.arrangement_axis().size(), instance.threads(),
            instance.threads() == 1 ? "" : "s", instance.threads_from(), problem.kernels().target());
  const auto& place = instance.execution();
  if (!place.why.empty()) log::info("            {}", place.why);
  if (!place.placement.empty())
    log::info("            {}; gradients are summed over {}", place.placement, grid.world().name());
  if (!place.unreached.empty()) log::warn("{}", place.unreached);
  const bool trains_dual = config.run.trains(Network::dual);
  if (trains_dual && problem.blocks().dead == problem.blocks().total && problem.blocks().total > 0)
    log::warn(
        "the dual network is dead: every gate is shut, so its optimum is |x|^2; lower network.lambda or "
        "raise arrangements.std");
  if (grid.patch_axis().size() > shape.images)
    log::warn("there are {} ranks on the patch axis for {} images: some have nothing to do",
              grid.patch_axis().size(), shape.images);
  if (grid.arrangement_axis().size() >
      std::max(block_tiles(problem.blocks().total), block_tiles(problem.filters())))
    log::warn("there are {} ranks on the arrangement axis for {} blocks: some have nothing to do",
              grid.arrangement_axis().size(), problem.blocks().total);
  for (const Network network : config.run.networks) {
    const std::int64_t batch = config.optimizer(network).batch;
    if (batch > shape.images)
      log::warn("optimizer.{}.batch is {}, and there are {} training images: every batch is all of them",
                name_of(network), batch, shape.images);
  }
  if (config.network.constraints == Constraints::none && config.network.rho > 0.0)
    log::info("network.constraints is none: network.rho = {:g} is ignored", config.network.rho);
  if (problem.context().rho == 0.0)
    log::info("rho = 0: without sign constraints the split into w and w' is not unique");
  if (trains_dual)
    warn_of_near_duplicates({problem.blocks().g.begin(), problem.blocks().g.end()}, problem.length());
}

void log_job() {
  const auto value = [](const char* name) {
    const char* text = std::getenv(name);
    return std::string(text != nullptr ? text : "");
  };
  if (value("SLURM_JOB_ID").empty()) return;
  std::string job = value("SLURM_JOB_ID");
  if (!value("SLURM_ARRAY_JOB_ID").empty())
    job += " (task " + value("SLURM_ARRAY_JOB_ID") + "_" + value("SLURM_ARRAY_TASK_ID") + ")";
  const std::string restarts = value("SLURM_RESTART_COUNT");
  log::info("slurm       job {}, requeued {} times, on {}", job, restarts.empty() ? "0" : restarts,
            value("SLURM_JOB_NODELIST"));
}

template void log_problem(const Config&, const Problem<float>&);
template void log_problem(const Config&, const Problem<double>&);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "sweep/plan.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "problem/work_estimate.hpp"
#include "sweep/cell_key.hpp"
#include "sweep/warm_start_chain.hpp"

namespace zerogap {
namespace {

/// A setting that differs between the points of one cell does not belong to it.
void blank_differences(Settings& settings, const Settings& point) {
  for (std::size_t i = 0; i < settings.size(); ++i)
    if (settings[i].second != point[i].second) settings[i].second.clear();
}

/// Assigns each network of each point to its cell.
class Planner {
 public:
  explicit Planner(SweepPlan& plan)
      : plan_(plan), before_(neighbours_of(plan.file, plan.points)), places_(plan.points.size()) {}

  void add(std::size_t point);
  const DataCatalog& data() const { return data_; }

 private:
  struct Place {
    std::string cold;  ///< the identity without a start
    std::size_t cell;
  };
  void add(std::size_t point, const Config& config, Network network, const DataIdentity& content);

  SweepPlan& plan_;
  std::vector<std::optional<std::size_t>> before_;
  DataCatalog data_;
  std::map<std::string, std::size_t> known_;
  std::vector<std::map<Network, Place>> places_;  ///< of the points
};

void Planner::add(std::size_t point) {
  const Config config = config_at(plan_.file, plan_.points[point]);
  try {
    const DataIdentity& content = data_.of(config);
    for (const Network network : config.run.networks) add(point, config, network, content);
  } catch (const Error& error) {
    throw Error(error.code(),
                "the point " + describe(plan_.points[point]) + " of sweep " + plan_.file.name +
                    " cannot run: " + error.what(),
                "", "");
  }
}

void Planner::add(std::size_t point, const Config& config, Network network, const DataIdentity& content) {
  const std::string cold = cell_key(config, network, content);
  std::string identity = cold, start;
  if (const auto before = before_[point]; before && is_chained(plan_.file.chain, config, network)) {
    require_chainable(plan_.file.chain, config, network);
    const Place& neighbour = places_[*before].at(network);
    const Cell& cell = plan_.cells[neighbour.cell];
    // If the chain's key does not concern this network, all its positions are one cell.
    start = neighbour.cold == cold ? cell.start : cell.name;
    identity =
        neighbour.cold == cold ? cell.identity : cell_key(config, network, content, start, plan_.file.chain);
  }
  const std::string name = cell_name(identity);
  const auto [at, is_new] = known_.try_emplace(name, plan_.cells.size());
  places_[point].emplace(network, Place{cold, at->second});
  if (!is_new) {
    Cell& cell = plan_.cells[at->second];
    ++cell.points;
    blank_differences(cell.settings, plan_.points[point]);
    return;
  }
  Config alone = config;
  alone.run.networks = {network};
  const auto work = estimate_work(alone, content.train_shape, content.test_shape,
                                  static_cast<int>(plan_.file.options.ranks_per_cell));
  plan_.cells.push_back({name, identity, network, point, 1, plan_.points[point], work.pairs, work.bytes,
                         certified_dual(config, network), start, work.on_gpu});
}

}  // namespace

SweepPlan plan_sweep(const SweepFile& file) {
  SweepPlan plan;
  plan.file = file;
  plan.points = points_of(file);
  Planner planner(plan);
  for (std::size_t point = 0; point < plan.points.size(); ++point) planner.add(point);
  plan.data_seconds = planner.data().seconds();
  plan.data_sets = planner.data().sets();
  return plan;
}

Config cell_config(const SweepPlan& plan, const Cell& cell) {
  Config config = config_at(plan.file, plan.points.at(cell.point));
  config.run.networks = {cell.network};
  // A primal's cell does not depend on the blocks, so it must not fail because of them.
  if (cell.network == Network::primal && config.network.beta_units == BetaUnits::absolute)
    config.arrangements.drop_dead = false;
  return config;
}

Config cell_config(const SweepPlan& plan, const Cell& cell, const std::string& begun) {
  Config mine = cell_config(plan, cell);
  if (begun.empty()) return mine;
  Config begun_config;
  try {
    begun_config = parse_config(begun, "config.yaml", {});
    begun_config.run.networks = {cell.network};
    if (cell_key(begun_config, cell.network, data_in(cell.identity), cell.start, plan.file.chain) !=
        cell.identity)
      return mine;
  } catch (const Error&) {
    return mine;
  }
  begun_config.run = mine.run;
  if (begun_config.data.source == mine.data.source) begun_config.data.path = mine.data.path;
  if (cell.certified)
    begun_config.dual_optimizer.epochs =
        std::max(begun_config.dual_optimizer.epochs, mine.dual_optimizer.epochs);
  return begun_config;
}

}  // namespace zerogap

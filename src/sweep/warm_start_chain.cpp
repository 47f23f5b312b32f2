// SPDX-License-Identifier: Apache-2.0
#include "sweep/warm_start_chain.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "sweep/cell_key.hpp"

namespace zerogap {
namespace {

const Cell* start_of(const SweepPlan& plan, const Cell& cell) {
  if (cell.start.empty()) return nullptr;
  const auto found = std::find_if(plan.cells.begin(), plan.cells.end(),
                                  [&](const Cell& other) { return other.name == cell.start; });
  return found == plan.cells.end() ? nullptr : &*found;
}

bool diverged(const nlohmann::ordered_json& result) { return result.value("status", "") == "diverged"; }

void start_from_file(Config& config, const std::string& path) {
  config.init.kind = InitKind::file;
  config.init.dual_kind = DualInit::automatic;
  config.init.path = path;
}

}  // namespace

std::vector<std::optional<std::size_t>> predecessors(const SweepPlan& plan) {
  std::map<std::string, std::size_t> known;
  std::vector<std::optional<std::size_t>> starts(plan.cells.size());
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    if (const auto found = known.find(plan.cells[i].start); found != known.end()) starts[i] = found->second;
    known.emplace(plan.cells[i].name, i);
  }
  return starts;
}

bool is_chained(const std::string& key, const Config& config, Network network) {
  return !certified_dual(config, network) && !(network == Network::primal && key == "network.rho");
}

void require_chainable(const std::string& key, const Config& config, Network network) {
  const bool primal = network == Network::primal;
  if (primal && config.init.kind == InitKind::dual)
    throw usage_error(
        "chain and init.kind: dual",
        "such a start has as many filters as its dual has weights, its neighbours network.filters",
        "train that start first and give its checkpoint with init.kind: file");
  if (!primal && config.arrangements.pricing.active())
    throw usage_error("chain and arrangements.pricing", "each cell of the dual ends on blocks of its own",
                      "leave one of them out, set run.stop.gap (certified duals are not chained), or take "
                      "continuation.parameter");
  if (!primal && config.arrangements.drop_dead && key == "network.lambda")
    throw usage_error(
        "chain: network.lambda and arrangements.drop_dead",
        "other blocks are dead for another lambda, and weights mean nothing without their blocks",
        "leave one of them out");
  Config chained = config;
  chained.run.networks = {network};
  start_from_file(chained, "the neighbour's checkpoint");
  try {
    parse_config(dump_config(chained), "chain", {});
  } catch (const Error& error) {
    throw usage_error("chain does not go with the rest of the configuration",
                      std::string("cells that start from their neighbour's solution: ") + error.what(),
                      "leave chain out, or change what is named");
  }
}

std::vector<double> pairs_behind(const SweepPlan& plan) {
  const auto starts = predecessors(plan);
  std::vector<double> pairs;
  for (const Cell& cell : plan.cells) pairs.push_back(cell.pairs);
  for (std::size_t i = pairs.size(); i-- > 0;)
    if (starts[i]) pairs[*starts[i]] += pairs[i];
  return pairs;
}

void set_start(Config& config, const Store& store, const SweepPlan& plan, const Cell& cell) {
  const Cell* start = start_of(plan, cell);
  for (; start != nullptr; start = start_of(plan, *start)) {
    const auto result = store.result(*start);
    if (result && diverged(*result)) continue;
    const auto file = result ? store.checkpoint(*start) : std::filesystem::path();
    if (file.empty())
      throw data_error(
          "there is no solution of cell " + start->name + ", where cell " + cell.name + " starts",
          result ? "its folder has no intact checkpoint" : "it is not finished",
          "compute it first: --only " + start->name);
    start_from_file(config, file.string());
    return;
  }
}

}  // namespace zerogap

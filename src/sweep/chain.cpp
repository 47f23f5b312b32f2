#include "sweep/chain.hpp"

#include <algorithm>
#include <map>

#include "checkpoint/checkpoint.hpp"
#include "core/error.hpp"

namespace zerogap {
namespace {

const Cell* start_of(const SweepPlan& plan, const Cell& cell) {
  if (cell.start.empty()) return nullptr;
  const auto found = std::find_if(plan.cells.begin(), plan.cells.end(),
                                  [&](const Cell& other) { return other.name == cell.start; });
  return found == plan.cells.end() ? nullptr : &*found;
}

bool diverged(const nlohmann::ordered_json& result) { return result.value("status", "") == "diverged"; }

}  // namespace

std::vector<std::optional<std::size_t>> starts_of(const SweepPlan& plan) {
  std::map<std::string, std::size_t> known;
  std::vector<std::optional<std::size_t>> starts(plan.cells.size());
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    if (const auto found = known.find(plan.cells[i].start); found != known.end()) starts[i] = found->second;
    known.emplace(plan.cells[i].name, i);
  }
  return starts;
}

std::vector<double> pairs_behind(const SweepPlan& plan) {
  const auto starts = starts_of(plan);
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
    const auto generations = list_generations(store.cell(start->name) / "checkpoints");
    if (!result || generations.empty())
      throw data_error(
          "there is no solution of cell " + start->name + ", where cell " + cell.name + " starts",
          result ? "its folder has no checkpoint" : "it is not finished",
          "compute it first: --only " + start->name);
    config.init.kind = InitKind::file;
    config.init.dual_kind = DualInit::automatic;
    config.init.path = generations.back().file.string();
    return;
  }
}

}  // namespace zerogap

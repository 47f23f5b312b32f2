// SPDX-License-Identifier: Apache-2.0
#include "sweep/describe_sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/format.hpp"
#include "core/host_info.hpp"
#include "core/log.hpp"
#include "problem/threads.hpp"
#include "sweep/cell_status.hpp"
#include "sweep/fit.hpp"
#include "sweep/run_sweep.hpp"

namespace zerogap {
namespace {

constexpr std::size_t shown = 6;

const std::string* setting(const Settings& settings, const std::string& key) {
  for (const auto& each : settings)
    if (each.first == key) return &each.second;
  return nullptr;
}

/// Cells of a network that depend on this axis.
std::size_t moved_by(const SweepPlan& plan, const SweepAxis& axis, Network network) {
  return static_cast<std::size_t>(std::count_if(plan.cells.begin(), plan.cells.end(), [&](const Cell& cell) {
    return cell.network == network && std::any_of(axis.keys.begin(), axis.keys.end(), [&](const auto& key) {
             const auto* value = setting(cell.settings, key);
             return value != nullptr && !value->empty();
           });
  }));
}

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  return text.substr(0, most - 3) + "...";
}

std::string axis_text(const SweepPlan& plan, const SweepAxis& axis) {
  std::string keys, values, moves;
  for (const auto& key : axis.keys) keys += (keys.empty() ? "" : ", ") + key;
  for (const auto& row : axis.values) {
    std::string place;
    const std::size_t columns = axis.section == "seeds" ? 1 : row.size();
    for (std::size_t i = 0; i < columns; ++i) place += (i == 0 ? "" : "/") + row[i];
    values += (values.empty() ? "" : " ") + place;
  }
  for (const Network network : {Network::primal, Network::dual})
    if (moved_by(plan, axis, network) > 0)
      moves += std::string(moves.empty() ? "" : " and ") + name_of(network);
  return fmt::format("  {:5} {} ({}): {}; moves {}\n", axis.section, keys, axis.values.size(),
                     shortened(values, 60), moves.empty() ? "nothing" : moves);
}

/// The random numbers that all cells have in common.
std::string design_text(const SweepPlan& plan) {
  std::string moved, kept;
  for (const char* key : {"data.seed", "data.noise.seed", "arrangements.seed", "init.seed"}) {
    const bool moves = std::any_of(plan.file.axes.begin(), plan.file.axes.end(), [&](const SweepAxis& axis) {
      return std::find(axis.keys.begin(), axis.keys.end(), key) != axis.keys.end();
    });
    auto& list = moves ? moved : kept;
    list += (list.empty() ? "" : ", ") + std::string(key);
  }
  std::string text = "design    ";
  if (moved.empty()) return text + "no seed moves: one draw of images, noise, blocks and start weights\n";
  text += moved + (moved.find(',') == std::string::npos ? " moves" : " move");
  return text + (kept.empty() ? "\n" : "; paired in " + kept + " (the same in every cell)\n");
}

std::string counts_text(const SweepPlan& plan) {
  std::size_t primal = 0, dual = 0, shared = 0, certified = 0, chained = 0;
  for (const Cell& cell : plan.cells) {
    ++(cell.network == Network::primal ? primal : dual);
    if (cell.points > 1) ++shared;
    if (cell.certified) ++certified;
    if (!cell.start.empty()) ++chained;
  }
  std::string text = fmt::format("cells     {} for {} points: {} primal, {} dual\n", plan.cells.size(),
                                 plan.points.size(), primal, dual);
  if (shared > 0)
    text += fmt::format(
        "          {} of them stand for several points, since they do not depend on what moves\n", shared);
  if (chained > 0)
    text +=
        fmt::format("          {} start from the solution of their neighbour along {}, one after another\n",
                    chained, plan.file.chain);
  if (certified > 0)
    text += fmt::format(
        "          {} dual cells are solved to run.stop.gap: the same from any start and by any solver\n",
        certified);
  return text;
}

std::string work_text(const SweepPlan& plan, const std::vector<CellStatus>& looks, int ranks,
                      std::int64_t gpu_memory) {
  double pairs = 0.0, left = 0.0, bytes = 0.0;
  std::size_t to_compute = 0;
  for (const Cell& cell : plan.cells) {
    pairs += cell.pairs;
    bytes = std::max(bytes, cell.bytes);
  }
  for (const auto& look : looks) {
    if (look.state == CellState::done || look.state == CellState::diverged) continue;
    left += look.cell->pairs;
    ++to_compute;
  }
  const int groups = std::max<int>(1, ranks / static_cast<int>(plan.file.options.ranks_per_cell));
  const int cores = ranks > 1 ? ranks : within_environment({usable_cores(), ""}).count;
  double seconds = seconds_left(looks, groups);
  std::string basis = "at the pace of the cells that are finished";
  if (std::isnan(seconds)) {
    seconds = left / (guessed_rate * cores);
    basis = fmt::format("if {} core{} do {} each, a guess until a cell is finished", cores,
                        cores == 1 ? "" : "s", format_rate(guessed_rate, "pairs"));
  }
  const std::string fit = fit_text(plan, gpu_memory);
  return fmt::format("work      {} cells to compute, {} finished; about {:.3g} pairs of {:.3g}\n", to_compute,
                     plan.cells.size() - to_compute, left, pairs) +
         fmt::format("memory    at most {} a rank, not counting the program itself\n",
                     format_bytes(static_cast<std::uint64_t>(bytes))) +
         (fit.empty() ? "" : "GPU       " + fit + "\n") +
         fmt::format("hours     {:.3g} with {} cell{} at once ({}), {}\n", seconds / 3600.0, groups,
                     groups == 1 ? "" : "s", format_duration(seconds), basis);
}

}  // namespace

void warn_of_idle_axes(const SweepPlan& plan) {
  for (const auto& axis : plan.file.axes) {
    if (axis.values.size() < 2) continue;
    if (moved_by(plan, axis, Network::primal) + moved_by(plan, axis, Network::dual) > 0) continue;
    log::warn("the axis {} of sweep {} moves nothing: no cell depends on it as the rest is configured",
              axis.keys.front(), plan.file.name);
  }
}

std::string describe(const SweepPlan& plan, const Store* store, int ranks, std::int64_t gpu_memory) {
  std::string text =
      fmt::format("sweep     {} ({}), base {}\naxes\n", plan.file.name, plan.file.path, plan.file.base_name);
  for (const auto& axis : plan.file.axes) text += axis_text(plan, axis);
  if (!plan.file.excluded.empty()) text += fmt::format("  {} exclusions\n", plan.file.excluded.size());
  text += design_text(plan) + counts_text(plan);
  std::vector<CellStatus> looks;
  if (store != nullptr) {
    looks = read_status(*store, plan);
  } else {
    for (const Cell& cell : plan.cells) {
      looks.emplace_back();
      looks.back().cell = &cell;
    }
  }
  text += work_text(plan, looks, ranks, gpu_memory);
  text += fmt::format("data      {} set{} read and hashed in {}\nfirst cells\n", plan.data_sets,
                      plan.data_sets == 1 ? "" : "s", format_duration(plan.data_seconds));
  for (std::size_t i = 0; i < std::min(shown, plan.cells.size()); ++i) {
    const Cell& cell = plan.cells[i];
    text += fmt::format("  {}  {:6} {:.3g} pairs  {}\n", cell.name, name_of(cell.network), cell.pairs,
                        describe(cell.settings));
  }
  if (plan.cells.size() > shown) text += fmt::format("  and {} more\n", plan.cells.size() - shown);
  return text;
}

std::string describe_sweep(const SweepArguments& arguments, int ranks) {
  const SweepPlan plan = plan_sweep(load_sweep(arguments.file, arguments.overrides));
  warn_of_idle_axes(plan);
  std::error_code ignored;
  if (!std::filesystem::exists(arguments.out / "store.json", ignored))
    return describe(plan, nullptr, ranks, arguments.gpu_memory);
  const Store store = Store::open(arguments.out);
  store.require_own(plan);
  return describe(plan, &store, ranks, arguments.gpu_memory);
}

}  // namespace zerogap

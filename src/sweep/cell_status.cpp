// SPDX-License-Identifier: Apache-2.0
#include "sweep/cell_status.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <fstream>

#include "checkpoint/checkpoint.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "sweep/warm_start_chain.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// The last complete line of a history that another process may be writing.
std::shared_ptr<const Json> last_line(const fs::path& file) {
  constexpr std::streamoff most = 65536;
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return nullptr;
  const std::streamoff size = in.tellg(), length = std::min(size, most);
  std::string text(static_cast<std::size_t>(length), '\0');
  in.seekg(size - length);
  in.read(text.data(), length);
  const auto end = text.rfind('\n');
  if (!in || end == std::string::npos) return nullptr;
  const auto before = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  Json json = parse_json(std::string_view(text).substr(begin, end - begin));
  return json.is_object() ? std::make_shared<const Json>(std::move(json)) : nullptr;
}

CellStatus look(const Store& store, const SweepPlan& plan, const Cell& cell, FileClock& clock) {
  CellStatus found;
  found.cell = &cell;
  const fs::path folder = store.cell(cell.name);
  try {
    if (auto result = store.result(cell)) found.result = std::make_shared<const Json>(std::move(*result));
  } catch (const Error& error) {
    found.failure = Failure{1, error.what(), "", ""};
    found.state = CellState::failed;
    return found;
  }
  if (found.result) {
    found.state = found.result->value("status", "") == "diverged" ? CellState::diverged : CellState::done;
    return found;
  }
  if (store.is_blocked(cell.name)) {
    found.failure = Failure{1, folder.string() + " is no folder; move it away", "", ""};
    found.state = CellState::failed;
    return found;
  }
  found.failure = store.failure(cell.name);
  found.claim = read_claim(folder, clock);
  if (found.claim.number > 0 && !found.claim.released) {
    found.state = found.claim.stale.empty() ? CellState::running : CellState::stale;
    found.last = last_line(folder / "history.jsonl");
  } else if (found.failure) {
    found.state = found.failure->attempts > plan.file.options.retries ? CellState::failed : CellState::retry;
  } else if (found.claim.number > 0 && !list_generations(folder / "checkpoints").empty()) {
    found.state = CellState::interrupted;
  }
  return found;
}

/// The word quoted for a shell.
std::string for_shell(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::strchr("_-./=:,+@%", c) != nullptr;
  });
  if (plain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

bool finished(const CellStatus& look) {
  return look.state == CellState::done || look.state == CellState::diverged ||
         look.state == CellState::failed;
}

}  // namespace

const char* name_of(CellState state) {
  constexpr std::array names = {"done",   "diverged", "running",     "stale",
                                "failed", "retry",    "interrupted", "todo"};
  return names[static_cast<std::size_t>(state)];
}

std::vector<CellStatus> read_status(const Store& store, const SweepPlan& plan) {
  FileClock clock(claim_clock(store.path()));
  std::vector<CellStatus> all;
  all.reserve(plan.cells.size());
  for (const Cell& cell : plan.cells) all.push_back(look(store, plan, cell, clock));
  const auto starts = predecessors(plan);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!starts[i] || all[i].state != CellState::todo) continue;
    const CellStatus& start = all[*starts[i]];
    if (start.state != CellState::failed) continue;
    all[i].state = CellState::failed;
    all[i].failure = Failure{0, "it starts from cell " + start.cell->name + ", which failed", "", ""};
  }
  return all;
}

double seconds_left(const std::vector<CellStatus>& cells, int workers) {
  double pairs[2] = {}, seconds[2] = {}, left[2] = {};
  for (const auto& look : cells) {
    const auto network = static_cast<std::size_t>(look.cell->network);
    if (look.state == CellState::done) {
      pairs[network] += look.cell->pairs;
      seconds[network] += look.result->value("seconds", 0.0);
    } else if (!finished(look)) {
      left[network] += look.cell->pairs;
    }
  }
  if (pairs[0] + pairs[1] == 0.0) return std::numeric_limits<double>::quiet_NaN();
  const double overall = (seconds[0] + seconds[1]) / (pairs[0] + pairs[1]);
  double total = 0.0;
  for (const int network : {0, 1})
    total += left[network] * (pairs[network] > 0.0 ? seconds[network] / pairs[network] : overall);
  return total / std::max(1, workers);
}

std::string rerun_command(const Store& store, const SweepPlan& plan, const Cell& cell) {
  std::string command =
      fmt::format("zerogap sweep {} --out {}", for_shell(plan.file.path), for_shell(store.path().string()));
  for (const auto& each : plan.file.overrides) command += " --set " + for_shell(each);
  return command + " --only " + cell.name;
}

}  // namespace zerogap

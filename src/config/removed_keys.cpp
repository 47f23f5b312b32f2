// SPDX-License-Identifier: Apache-2.0
#include "config/removed_keys.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace zerogap::schema {
namespace {

const std::string greedy_section = "init.greedy";
const std::string greedy_was_removed = "init.kind greedy was removed";
const std::string set_frank_wolfe = "set optimizer.primal.name to frank_wolfe";

/// Keys of init.greedy.* and what now does their work.
const std::vector<std::pair<std::string, std::string>>& greedy_keys() {
  static const std::vector<std::pair<std::string, std::string>> table = {
      {"init.greedy.starts", "optimizer.primal.search_starts"},
      {"init.greedy.steps", "optimizer.primal.search_steps"},
      {"init.greedy.tolerance", "run.stop.gap"},
  };
  return table;
}

}  // namespace

std::optional<Removal> removed_key(const std::string& key) {
  if (key == "certify.polish")
    return Removal{
        "certify.polish was removed: no network is polished any more, one is built from the "
        "solution of its program",
        "remove it, or set certify.rounds"};
  if (key != greedy_section && !key.starts_with(greedy_section + ".")) return std::nullopt;
  const auto& table = greedy_keys();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& each) { return each.first == key; });
  const bool has_none = found == table.end();
  return Removal{
      greedy_was_removed,
      set_frank_wolfe + (has_none ? " and remove it" : ", and " + found->second + " instead of it")};
}

std::optional<Removal> removed_value(const std::string& key, const std::string& value) {
  if (key != "init.kind" || value != "greedy") return std::nullopt;
  return Removal{greedy_was_removed, set_frank_wolfe +
                                         ", which solves the network's program; another optimizer can go on "
                                         "from its filters in a run with init.kind file"};
}

}  // namespace zerogap::schema

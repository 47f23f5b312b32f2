#pragma once

#include <functional>
#include <optional>

#include "model/filters.hpp"
#include "problem/problem.hpp"

namespace zerogap {

/// init.kind greedy, the sliding Frank-Wolfe method: from no filter at all, one after the other, the best
/// that a search finds (search/filter_search.hpp); after each, the output weights of all are fitted again,
/// and all weights polished together. Ends at network.filters filters, or where the best filter found would
/// not lower the objective by more than init.greedy.tolerance, relative; for ball and relative that is where
/// the bound built on the search says so, an estimate of optimality. Returns the whole network,
/// network.filters rows, unused ones zero. Logs a line for each filter. `go_on` is asked before each filter,
/// and must answer the same on all ranks; where it says no, there is no network. Collective; the same on any
/// grid.
template <class T>
std::optional<Filters> greedy_filters(const Config& config, const Problem<T>& problem,
                                      const std::function<bool()>& go_on);

}  // namespace zerogap

#pragma once

#include <functional>

#include "model/filters.hpp"
#include "problem/problem.hpp"

namespace zerogap {

/// init.kind greedy, the sliding Frank-Wolfe method: from no filter at all, one after the other, the best
/// that a search finds (search/filter_search.hpp); after each, the output weights of all are fitted anew, and
/// all weights polished together. Ends at network.filters filters, or where the best filter found would not
/// lower the objective by more than init.greedy.tolerance, relative; for ball and relative that is where the
/// bound built on the search says so, an estimate of optimality. Returns the whole network, network.filters
/// rows, unused ones zero. Says what it does in a line a filter. `between` is called before each filter and
/// may throw. Collective; the same on any grid.
template <class T>
Filters greedy_filters(const Config& config, const Problem<T>& problem, const std::function<void()>& between);

}  // namespace zerogap

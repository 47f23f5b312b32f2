// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "model/filters.hpp"
#include "problem/problem.hpp"

namespace zerogap {

/// State of a greedy start after a search for its next filter.
struct GreedySearch {
  std::int64_t filters = 0;                  ///< of the network so far
  double objective = 0.0;                    ///< its objective
  double ratio = 0.0;                        ///< |z'tau| of the best filter found, over 2 beta
  std::optional<double> estimated_gap = {};  ///< none for decay, which has no such bound
};

/// Callbacks of a greedy start.
struct GreedyFollower {
  /// Called before each search; must return the same on all ranks. False stops the start without a network.
  std::function<bool()> go_on = [] { return true; };
  std::function<void(const GreedySearch&)> searched = [](const GreedySearch&) {};
  /// `all`: the network has the maximum number of filters; otherwise no filter found would lower the
  /// objective by more than init.greedy.tolerance.
  std::function<void(std::int64_t filters, double objective, bool all)> ended = [](std::int64_t, double,
                                                                                   bool) {};
};

/// init.kind greedy, the sliding Frank-Wolfe method: starting without filters, adds the best filter that a
/// search finds (search/filter_search.hpp), one at a time. After each, the output weights of all filters are
/// fitted again and all weights are polished together. Ends at network.filters filters, or when the best
/// filter found would not lower the objective by more than init.greedy.tolerance, relative; for ball and
/// relative this is judged by the bound built on the search, an estimate of optimality. Returns
/// network.filters rows, unused ones zero; nothing if the follower stopped it. Collective; the same on any
/// grid.
template <class T>
std::optional<Filters> greedy_filters(const Config& config, const Problem<T>& problem,
                                      const GreedyFollower& follower);

}  // namespace zerogap

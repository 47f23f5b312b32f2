// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "model/filters.hpp"
#include "problem/problem.hpp"

namespace zerogap {

/// What a greedy start knows after a search for its next filter.
struct GreedySearch {
  std::int64_t filters = 0;                  ///< of the network so far
  double objective = 0.0;                    ///< its objective
  double ratio = 0.0;                        ///< |z'tau| of the best filter found, over 2 beta
  std::optional<double> estimated_gap = {};  ///< none for decay, which has no bound of that kind
};

/// Who follows a greedy start.
struct GreedyFollower {
  /// Asked before each search, and must answer the same on all ranks; where it says no, there is no network.
  std::function<bool()> go_on = [] { return true; };
  std::function<void(const GreedySearch&)> searched = [](const GreedySearch&) {};
  /// `all`: the network has all filters it may have; otherwise no filter found would lower the objective by
  /// more than init.greedy.tolerance.
  std::function<void(std::int64_t filters, double objective, bool all)> ended = [](std::int64_t, double,
                                                                                   bool) {};
};

/// init.kind greedy, the sliding Frank-Wolfe method: from no filter at all, one after the other, the best
/// that a search finds (search/filter_search.hpp); after each, the output weights of all are fitted again,
/// and all weights polished together. Ends at network.filters filters, or where the best filter found would
/// not lower the objective by more than init.greedy.tolerance, relative; for ball and relative that is where
/// the bound built on the search says so, an estimate of optimality. Returns network.filters
/// rows, unused ones zero; nothing where the follower said no. Collective; the same on any grid.
template <class T>
std::optional<Filters> greedy_filters(const Config& config, const Problem<T>& problem,
                                      const GreedyFollower& follower);

}  // namespace zerogap

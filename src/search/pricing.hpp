// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "config/config.hpp"
#include "search/block_search.hpp"

namespace zerogap {

/// The blocks that a round of pricing goes on with, and the weights it starts from; each (P, d), the same on
/// every rank.
struct PricedBlocks {
  std::vector<double> g, w, w_prime;
  std::int64_t total = 0;  ///< P
  std::int64_t added = 0;  ///< with zero weights, behind those kept; 0: the search found none worth adding
  std::int64_t dropped = 0;
  double price = 0.0;  ///< the best found, as a multiple of 2 beta: above 1 its block lowers the optimum
  /// D if no block had a greater price than the best found: how low the optimum over every block can lie.
  Estimate estimate;
};

/// Searches for blocks at a solution of the sampled program (section 11). Added are the best
/// arrangements.pricing.add of those whose price is above 2 beta (1 + tolerance) and that differ from each
/// other and from the present ones; dropped are blocks whose weights are both shorter than 1e-4 of the
/// longest, unless nothing is added. Candidates, in addition to random vectors, are the blocks, the weights'
/// directions at their blocks' lengths, and arrangements.pricing.filters. Collective over the grid, the same
/// on any.
template <class T>
PricedBlocks price_blocks(const Problem<T>& problem, const Config& config, std::int64_t round,
                          const DualPoint<T>& point);

/// Throws Error (exit 3) unless arrangements.pricing.filters is empty or a file that fits, where rounds are
/// asked for: a search comes only after a whole solve.
void require_filters(const ArrangementOptions& options, int length);

}  // namespace zerogap

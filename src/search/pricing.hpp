// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "config/config.hpp"
#include "search/block_search.hpp"

namespace zerogap {

/// The blocks of a round of pricing and their start weights; each (P, d), the same on every rank.
struct PricedBlocks {
  std::vector<double> g, w, w_prime;
  std::int64_t total = 0;  ///< P
  std::int64_t added = 0;  ///< with zero weights, after those kept; 0: none found with a high enough price
  std::int64_t dropped = 0;
  double price = 0.0;  ///< the best found, as a multiple of 2 beta: above 1 its block lowers the optimum
  /// D if no block had a greater price than the best found: an estimated lower bound of the optimum over all
  /// blocks.
  Estimate estimate;
};

/// Searches for blocks at a solution of the sampled program (section 11). Of the blocks whose price exceeds 2
/// beta (1 + tolerance) and that differ from each other and from the existing ones, the best
/// arrangements.pricing.add are added. Blocks whose weights are both shorter than 1e-4 of the longest are
/// dropped, unless nothing is added. Candidates, in addition to random vectors, are the blocks, the weights'
/// directions at their blocks' lengths, and arrangements.pricing.filters. Collective over the grid, the same
/// on any.
template <class T>
PricedBlocks price_blocks(const Problem<T>& problem, const Config& config, std::int64_t round,
                          const DualPoint<T>& point);

/// If rounds are configured, throws Error (exit 3) unless arrangements.pricing.filters is empty or a file
/// that fits. To be called at the start, because the first search comes only after a complete solve.
void require_filters(const ArrangementOptions& options, int length);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "train/block_changes.hpp"

#include "core/format.hpp"
#include "core/log.hpp"
#include "model/arrangements.hpp"
#include "search/all_blocks_bound.hpp"
#include "search/pricing.hpp"

namespace zerogap {
namespace {

/// Where the solver is.
template <class T>
DualPoint<T> dual_point(const LoopState<T>& state) {
  const auto& blocks = state.problem.blocks();
  auto& weights = state.solver()->weights();
  return {
      blocks.g.data(), weights.result(0).data(), weights.result(1).data(), blocks.share.count(), blocks.total,
      blocks.length};
}

/// The first `count` blocks of the random sequence; existing ones keep their weights.
template <class T>
PricedBlocks sampled_blocks(const LoopState<T>& state, std::int64_t count) {
  const auto& blocks = state.problem.blocks();
  const auto point = dual_point(state);
  PricedBlocks out;
  out.total = count;
  const auto size = static_cast<std::size_t>(count * blocks.length);
  for (const auto& [rows, all] :
       {std::pair(point.g, &out.g), std::pair(point.w, &out.w), std::pair(point.w_prime, &out.w_prime)}) {
    *all = state.problem.grid().arrangement_axis().all_gather(
        std::vector<double>(rows, rows + blocks.share.count() * blocks.length));
    all->resize(size);
  }
  for (std::int64_t j = blocks.total; j < count; ++j)
    sample_arrangement(state.config.arrangements, j,
                       std::span(out.g).subspan(static_cast<std::size_t>(j * blocks.length),
                                                static_cast<std::size_t>(blocks.length)));
  return out;
}

void log_last_search(const PricedBlocks& last) {
  if (last.added == 0)
    log::info(
        "pricing     the search found no block worth adding (best price {:.5g} of 2 beta); that is an "
        "estimate, not a proof: blocks are a continuum",
        last.price);
  else
    log::info(
        "pricing     all rounds are done; blocks worth adding remain (best price {:.4g} of 2 beta). An "
        "estimate, not a proof: the optimum over every block is at least {:.6g}",
        last.price, last.estimate.value());
}

}  // namespace

template <class T>
bool change_blocks(LoopState<T>& state, const ProgramChange& change) {
  PricedBlocks next;
  if (change.kind == ProgramChange::Kind::sampled_blocks) {
    next = sampled_blocks(state, change.blocks);
  } else {
    next = price_blocks(state.problem, state.config, change.round, dual_point(state));
    if (!state.schedule->take(BlockSearchResult{next.added, next.dropped, next.price, next.estimate})) {
      log_last_search(next);
      return false;
    }
  }
  auto& problem = state.problem;
  problem.replace(with_blocks(problem.instance(), problem.program(), next.g));
  const auto rows = [&](const std::vector<double>& all) {
    return local_rows<T>(all, problem.blocks().share, problem.length());
  };
  state.solver()->take_blocks(rows(next.w), rows(next.w_prime));
  return true;
}

template <class T>
void certify_over_all_blocks(LoopState<T>& state) {
  const auto proof = bound_over_all_blocks(state.problem, dual_point(state));
  if (!proof) return;
  const double gap = certified_gap(state.dual->objective(), proof->bound.lower_bound);
  state.schedule->take(AllBlocksRecord{proof->maximum.bound.value(), proof->maximum.attained.value(),
                                       proof->bound.lower_bound, gap});
  log::info("every block proved: with any blocks at all the objective is at least {:.8g} (gap {}){}",
            proof->bound.lower_bound.value(), format_percent(gap),
            state.problem.context().rho > 0.0 ? "; with rho > 0 this bound is loose" : "");
}

template bool change_blocks(LoopState<float>&, const ProgramChange&);
template bool change_blocks(LoopState<double>&, const ProgramChange&);
template void certify_over_all_blocks(LoopState<float>&);
template void certify_over_all_blocks(LoopState<double>&);

}  // namespace zerogap

// The training loop where the blocks change between two programs (train/column_generation.hpp).

#include "comm/gather_rows.hpp"
#include "core/format.hpp"
#include "core/log.hpp"
#include "model/arrangements.hpp"
#include "search/all_blocks_bound.hpp"
#include "search/pricing.hpp"
#include "train/training_loop.hpp"

namespace zerogap {

template <class T>
DualPoint<T> TrainingLoop<T>::dual_point() const {
  const auto& blocks = problem_->blocks();
  auto& weights = solver()->weights();
  return {
      blocks.g.data(), weights.result(0).data(), weights.result(1).data(), blocks.share.count(), blocks.total,
      blocks.length};
}

template <class T>
bool TrainingLoop<T>::change_blocks() {
  if (!rounds_.active()) return false;
  PricedBlocks next;
  switch (rounds_.next()) {
    case ColumnGeneration::Next::end:
      prove_every_block();
      return false;
    case ColumnGeneration::Next::sampled:
      next = sampled_blocks(rounds_.next_sampled());
      rounds_.took_sampled();
      break;
    case ColumnGeneration::Next::priced:
      next = price_blocks(*problem_, config_, rounds_.round(), dual_point());
      const BlockChange change{next.added, next.dropped, next.price, next.estimate};
      if (rounds_.rounds_are_done() || next.added == 0) {
        rounds_.took_nothing(change);
        tell_last_search(next);
        prove_every_block();
        return false;
      }
      rounds_.took_priced(change);
  }
  problem_->set_blocks(next.g, rounds_.beta());
  const auto rows = [&](const std::vector<double>& all) {
    const Range share = problem_->blocks().share;
    return std::vector<T>(all.begin() + share.first * problem_->length(),
                          all.begin() + share.last * problem_->length());
  };
  solver()->take_blocks(rows(next.w), rows(next.w_prime));
  return true;
}

/// The first `count` blocks of the random sequence; those that are present keep their weights.
template <class T>
PricedBlocks TrainingLoop<T>::sampled_blocks(std::int64_t count) const {
  const auto& blocks = problem_->blocks();
  const auto point = dual_point();
  PricedBlocks out;
  out.total = count;
  const auto size = static_cast<std::size_t>(count * blocks.length);
  for (const auto& [rows, all] :
       {std::pair(point.g, &out.g), std::pair(point.w, &out.w), std::pair(point.w_prime, &out.w_prime)}) {
    *all = gather_rows(problem_->grid().arrangement_axis(),
                       std::vector<double>(rows, rows + blocks.share.count() * blocks.length), blocks.share,
                       blocks.total, blocks.length);
    all->resize(size);
  }
  for (std::int64_t j = blocks.total; j < count; ++j)
    sample_arrangement(config_.arrangements, j,
                       std::span(out.g).subspan(static_cast<std::size_t>(j * blocks.length),
                                                static_cast<std::size_t>(blocks.length)));
  return out;
}

template <class T>
void TrainingLoop<T>::tell_last_search(const PricedBlocks& last) const {
  if (last.added == 0)
    log::info(
        "pricing     the search found no block worth adding (best price {:.5g} of 2 beta); that is an "
        "estimate, not a proof: blocks are a continuum",
        last.price);
  else
    log::info(
        "pricing     all rounds are done; blocks worth adding remain (best price {:.4g} of 2 beta). An "
        "estimate, not a proof: the optimum over every block is at least {:.6g}",
        last.price, last.estimate);
}

template <class T>
void TrainingLoop<T>::prove_every_block() {
  const auto proof = bound_over_all_blocks(*problem_, dual_point());
  if (!proof) return;
  const double gap = relative_gap(dual_->objective(), proof->bound.lower_bound);
  rounds_.every_block({{"max_block_norm", proof->maximum.bound},
                       {"attained_block_norm", proof->maximum.attained},
                       {"lower_bound", proof->bound.lower_bound},
                       {"gap", gap}});
  log::info("every block proved: with any blocks at all the objective is at least {:.8g} (gap {}){}",
            proof->bound.lower_bound, format_percent(gap),
            problem_->context().rho > 0.0 ? "; with rho > 0 this bound is loose" : "");
}

template bool TrainingLoop<float>::change_blocks();
template bool TrainingLoop<double>::change_blocks();

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "certify/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "bounds/lagrangian_bound.hpp"
#include "core/format.hpp"

namespace zerogap {
namespace {

using Maybe = std::optional<Judgement>;

/// Relative to `of`; NaN if either is not known.
double lower_by(double than, double of) { return (of - than) / std::abs(of); }

std::string percent(double share) { return format_percent(std::max(share, 0.0)); }

Maybe closed(const VerdictNumbers& n) {
  const double gap = certified_gap(n.primal, n.certificate);
  if (!std::isfinite(n.primal) || !(gap <= n.tolerance)) return {};
  return Judgement{"closed",
                   fmt::format("the objective {:g} is proved to be within {} of this network's optimum",
                               n.primal, percent(gap)),
                   "nothing: there is no gap beyond certify.tolerance"};
}

Maybe useless(const VerdictNumbers& n) {
  if (n.dead && !closed(n))
    return Judgement{
        "dead", "no activation passes the threshold, so only the regularisation moves the network",
        "lower network.beta or network.lambda, or let a gradient method start from larger filters"};
  if (n.diverged || !std::isfinite(n.primal) || n.primal > n.zero * (1.0 + n.tolerance))
    return Judgement{
        "diverged",
        std::isfinite(n.primal) && !n.diverged
            ? fmt::format("the objective {:g} is above the zero network's {:g}", n.primal, n.zero)
            : std::string("the objective is not finite"),
        "lower optimizer.lr"};
  return {};
}

std::string trust_text(const SearchTrust& t) {
  return fmt::format("{} of {} random starts ended at the best of {} maxima{}", t.at_best, t.starts,
                     t.distinct,
                     t.content() ? ", and fewer than half of one is expected to be missing"
                                 : ", and more are expected: the time was up");
}

/// What is proved, and what is estimated, of the network's gap.
std::string known(const VerdictNumbers& n) {
  return fmt::format(
      "the objective {:g} is proved to be within {} of this network's optimum, and estimated "
      "to be within {}",
      n.primal, percent(certified_gap(n.primal, n.certificate)),
      percent(estimated_gap(n.primal, n.estimate)));
}

Maybe closed_by_estimate(const VerdictNumbers& n) {
  if (!(estimated_gap(n.primal, n.estimate) <= n.tolerance)) return {};
  return Judgement{"closed-estimate",
                   fmt::format("{}: the search found nothing above ({})", known(n), trust_text(n.trust)),
                   "more certify.seconds for the proof"};
}

Judgement largest_part(const VerdictNumbers& n) {
  const auto part = gap_parts(n);
  const double of_filters = part.filters + part.at_zero;
  if (part.optimiser >= std::max(of_filters, part.unsolved))
    return {"optimiser-limited",
            fmt::format("{}; with no more filters a network at {:g} was built, {} lower", known(n), n.built,
                        percent(part.optimiser)),
            "train longer, or optimizer.primal.name frank_wolfe with a lower run.stop.gap"};
  if (part.unsolved >= of_filters)
    return {
        "unsolved",
        fmt::format("{}; the network's own program was solved to {:g} only, which leaves up to {} above its "
                    "estimated bound {:g}",
                    known(n), std::min({n.solved, n.built, n.primal}), percent(part.unsolved),
                    n.estimate.value()),
        "more rounds: certify.rounds, or optimizer.primal.epochs of frank_wolfe"};
  const char* const product = "network.form product, whose filters may have any length and any weight";
  if (part.at_zero >= part.filters)
    return {"form-limited",
            fmt::format("{}; up to {} are due to atoms with thresholds near 0, which would need filters of "
                        "unlimited length",
                        known(n), percent(part.at_zero)),
            product};
  if (n.wanted <= n.width)
    return {"form-limited",
            fmt::format("{}; up to {} are due to filters that come in whole numbers", known(n),
                        percent(part.filters)),
            product};
  return {"width-limited",
          fmt::format("{}; up to {} are due to {} filters where a solution asks for {}", known(n),
                      percent(of_filters), n.width, n.wanted),
          fmt::format("network.filters {}", n.wanted)};
}

Maybe unsolved_blocks(const VerdictNumbers& n) {
  const double gap = lower_by(n.program_bound.value(), n.program);
  if (gap <= n.tolerance) return {};
  return Judgement{"unsolved",
                   std::isfinite(gap) ? fmt::format("the sampled program is at {:g}, certified only to {}",
                                                    n.program, percent(gap))
                                      : std::string("the sampled program was not solved"),
                   "solve it: optimizer.dual.name newton with run.stop.gap at most certify.tolerance"};
}

Maybe sampling_limited(const VerdictNumbers& n) {
  const double fall = lower_by(n.with_filters, n.program);
  if (fall > n.tolerance)
    return Judgement{
        "sampling-limited",
        fmt::format("the primal's filters as blocks lower the program from {:g} to {:g}, by {}", n.program,
                    n.with_filters, percent(fall)),
        "better blocks: arrangements.source primal with include_random, or arrangements.pricing"};
  if (n.block_price > 1.0 + n.tolerance)
    return Judgement{"sampling-limited",
                     fmt::format("a search found a block whose price is {:.4g} times 2 beta", n.block_price),
                     "add blocks: arrangements.pricing.rounds"};
  return {};
}

}  // namespace

GapParts gap_parts(const VerdictNumbers& n) {
  const double built = std::min(n.built, n.primal), solved = std::min(n.solved, built);
  const double of_filters = (built - solved) / n.primal;
  return {.optimiser = (n.primal - built) / n.primal,
          .filters = (1.0 - n.share_at_zero) * of_filters,
          .at_zero = n.share_at_zero * of_filters,
          .unsolved = (solved - n.estimate.value()) / n.primal,
          .unproved = (n.estimate.value() - n.certificate.value()) / n.primal};
}

Judgement judge_network(const VerdictNumbers& numbers) {
  for (const auto& rule : {useless, closed, closed_by_estimate})
    if (const Maybe found = rule(numbers)) return *found;
  return largest_part(numbers);
}

Judgement judge_blocks(const VerdictNumbers& numbers) {
  for (const auto& rule : {unsolved_blocks, sampling_limited})
    if (const Maybe found = rule(numbers)) return *found;
  return {"solved", "neither the primal's filters nor a block found by search lower the program", "nothing"};
}

}  // namespace zerogap

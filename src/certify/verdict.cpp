// SPDX-License-Identifier: Apache-2.0
#include "certify/verdict.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

namespace zerogap {
namespace {

/// Relative to `of`; NaN if either is not known.
double lower_by(double than, double of) { return (of - than) / std::abs(of); }

std::string percent(double share) { return fmt::format("{:.3g}%", 100.0 * share); }

using Maybe = std::optional<Judgement>;

Maybe useless(const VerdictNumbers& n) {
  if (n.dead)
    return Judgement{Verdict::dead,
                     "no activation passes the threshold, so only the regularisation moves the network",
                     "start from larger filters, or lower network.lambda"};
  if (n.diverged || !std::isfinite(n.primal) || n.primal > n.zero * (1.0 + n.tolerance))
    return Judgement{
        Verdict::diverged,
        std::isfinite(n.primal) && !n.diverged
            ? fmt::format("the objective {:g} is above the zero network's {:g}", n.primal, n.zero)
            : std::string("the objective is not finite"),
        "lower optimizer.lr"};
  return {};
}

Maybe closed(const VerdictNumbers& n) {
  const double gap = lower_by(n.certificate.value(), n.primal);
  if (!(gap <= n.tolerance)) return {};
  return Judgement{Verdict::closed,
                   fmt::format("the objective {:g} is proved to be within {} of this network's optimum",
                               n.primal, percent(std::max(gap, 0.0))),
                   "nothing: there is no gap beyond certify.tolerance"};
}

Maybe unsolved(const VerdictNumbers& n) {
  const double gap = lower_by(n.program_bound.value(), n.program);
  if (gap <= n.tolerance) return {};
  return Judgement{Verdict::unsolved,
                   std::isfinite(gap) ? fmt::format("the sampled program is at {:g}, certified only to {}",
                                                    n.program, percent(gap))
                                      : std::string("the sampled program was not solved"),
                   "solve it: optimizer.dual.name newton with run.stop.gap at most certify.tolerance"};
}

Maybe sampling_limited(const VerdictNumbers& n) {
  const double fall = lower_by(n.with_filters, n.program);
  if (fall > n.tolerance)
    return Judgement{
        Verdict::sampling_limited,
        fmt::format("the primal's filters as blocks lower the program from {:g} to {:g}, by {}", n.program,
                    n.with_filters, percent(fall)),
        "better blocks: arrangements.source primal with include_random, or arrangements.pricing"};
  if (n.block_price > 1.0 + n.tolerance)
    return Judgement{Verdict::sampling_limited,
                     fmt::format("a search found a block whose price is {:.4g} times 2 beta", n.block_price),
                     "add blocks: arrangements.pricing.rounds"};
  return {};
}

Maybe width_limited(const VerdictNumbers& n) {
  if (!n.all_filters_used || !(n.filter_price > 1.0 + n.tolerance)) return {};
  return Judgement{Verdict::width_limited,
                   fmt::format("all filters are in use, and a search found one more that would lower the "
                               "objective: its price is {:.4g} times 2 beta",
                               n.filter_price),
                   "raise network.filters"};
}

Maybe optimiser_limited(const VerdictNumbers& n) {
  const double fall = lower_by(n.mapped, n.primal);
  if (!(fall > n.tolerance)) return {};
  return Judgement{Verdict::optimiser_limited,
                   fmt::format("from its own filters' solved program a network at {:g} was reached, {} below "
                               "{:g}",
                               n.mapped, percent(fall), n.primal),
                   "train longer or from there: init.kind dual, or init.kind greedy"};
}

Judgement form_limited(const VerdictNumbers& n) {
  return {
      Verdict::form_limited,
      std::isfinite(n.certificate.value())
          ? fmt::format("a gap of {3} between the objective {0:g} and the proved bound {1:g} (estimate "
                        "{2:g}) remains unexplained",
                        n.primal, n.certificate.value(), n.estimate.value(),
                        percent(lower_by(n.certificate.value(), n.primal)))
          : fmt::format("no bound is proved for this network; its estimate is {:g} below {:g}",
                        n.estimate.value(), n.primal),
      "network.form product, ball or relative, whose gap enough filters close; or more certify.seconds for "
      "the proof"};
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::dead:
      return "dead";
    case Verdict::diverged:
      return "diverged";
    case Verdict::closed:
      return "closed";
    case Verdict::unsolved:
      return "unsolved";
    case Verdict::sampling_limited:
      return "sampling-limited";
    case Verdict::width_limited:
      return "width-limited";
    case Verdict::optimiser_limited:
      return "optimiser-limited";
    case Verdict::form_limited:
      return "form-limited";
  }
  return "";
}

Judgement judge(const VerdictNumbers& numbers) {
  for (const auto& rule : {useless, closed, unsolved, sampling_limited, width_limited, optimiser_limited})
    if (const Maybe found = rule(numbers)) return *found;
  return form_limited(numbers);
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "certify/network_bounds.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "bounds/filter_problem.hpp"
#include "search/ascent.hpp"
#include "search/filter_search.hpp"

namespace zerogap {
namespace {

/// Values that differ by less than this share are the same, but for rounding.
constexpr double one_value = 1e-6;

/// The maxima found so far at one z.
class MaximaAt {
 public:
  /// The search uses r = pred - x of the kernels' residual.
  MaximaAt(NetworkForm form, const Problem<double>& problem, const std::vector<double>& predictions)
      : form_(form),
        length_(problem.length()),
        residual_(residual_at(problem, predictions)),
        search_(problem, residual_.values.span(), residual_.bound) {}

  /// Searches from random filters and from `candidates` (n, d).
  void look(const FilterSearchOptions& options, std::span<const double> candidates) {
    const auto chosen = static_cast<std::int64_t>(candidates.size()) / length_;
    auto found =
        search_.search(form_, options, candidates, static_cast<std::size_t>(options.starts + chosen), chosen);
    for (auto& old : known_) {
      const auto same = std::ranges::find_if(
          found, [&](const FoundFilter& f) { return nearly_equal(f.u, old.u, one_maximum); });
      if (same == found.end())
        found.push_back(std::move(old));
      else
        same->starts += old.starts;
    }
    known_ = std::move(found);
    std::ranges::stable_sort(known_, std::ranges::greater{}, &FoundFilter::value);
  }

  /// The same from the best filters known, and with other random ones.
  void look_again(FilterSearchOptions options, std::uint64_t times) {
    options.seed += times;
    std::vector<double> best;
    for (const auto& each : std::span(known_).first(std::min(known_.size(), best_known)))
      best.insert(best.end(), each.u.begin(), each.u.end());
    look(options, best);
  }

  FoundFilter best() const { return known_.empty() ? FoundFilter{} : known_.front(); }
  SearchTrust trust() const { return trust_of(known_); }

 private:
  static constexpr std::size_t best_known = 32;

  NetworkForm form_;
  std::int64_t length_;
  ResidentResidual residual_;
  FilterSearch<double> search_;
  std::vector<FoundFilter> known_;
};

/// Goes on until Boender and Rinnooy Kan's rule is content or the time of rank 0 is up.
void search_on(MaximaAt& maxima, const BoundEffort& effort, Communicator& world) {
  const auto begun = std::chrono::steady_clock::now();
  const auto time_left = [&] {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begun;
    std::vector<double> left{spent.count() < effort.search_seconds ? 1.0 : 0.0};
    world.broadcast(std::as_writable_bytes(std::span(left)), 0);
    return left.front() > 0.0;
  };
  for (std::uint64_t times = 1; !maxima.trust().content() && time_left(); ++times)
    maxima.look_again(effort.search, times);
}

/// Only rank 0 proves, because the proof's progress depends on the clock; all ranks then get its numbers.
void prove(NetworkProof& bound, const Problem<double>& problem, const GatheredData& data, double seconds) {
  auto& world = problem.grid().world();
  const auto d = static_cast<std::size_t>(data.length);
  std::vector<double> known(5 + d);
  if (world.rank() == 0) {
    const FilterProblem maximum{data.length, static_cast<std::int64_t>(data.x.size()), data.y, bound.z,
                                problem.context().lambda};
    MaximumOptions options;
    options.seconds = seconds;
    options.filters = bound.at;
    const auto proved = prove_maximum(maximum, bound.form, options);
    const double exact = proved.exact ? 1.0 : 0.0;
    known = {proved.attained.value(), proved.upper.value(), exact, static_cast<double>(proved.nodes),
             proved.threshold};
    known.insert(known.end(), proved.at.begin(), proved.at.end());
  }
  world.broadcast(std::as_writable_bytes(std::span(known)), 0);
  bound.found = FoundMaximum(known[0]);
  bound.proved = UpperBound::proved(known[1], 0.0);  // proved by rank 0
  bound.exact = known[2] != 0.0;
  bound.nodes = static_cast<std::int64_t>(known[3]);
  bound.threshold = known[4];
  bound.at.assign(known.begin() + 5, known.end());
}

}  // namespace

NetworkProof bound_network(NetworkForm form, const Problem<double>& problem, const GatheredData& data,
                           const BoundCandidates& candidates, const BoundEffort& effort) {
  const double beta = problem.context().beta, scale_limit = multiplier_scale_limit(0.0);
  NetworkProof best;
  best.form = form;
  std::unique_ptr<MaximaAt> best_maxima;
  for (const auto& point : candidates.points) {
    auto maxima = std::make_unique<MaximaAt>(form, problem, point.predictions);
    maxima->look(effort.search, candidates.filters);
    auto z = gather_multiplier(problem, data, point.predictions);
    const auto bound =
        lagrangian_bound(dual_sums(z, data.x), FoundMaximum(maxima->best().value), beta, scale_limit);
    if (!(bound.lower_bound > best.estimate)) continue;
    best.source = point.source;
    best.z = std::move(z);
    best.estimate = bound.lower_bound;
    best_maxima = std::move(maxima);
  }
  // Where M is enumerated, or has a closed form, a search has nothing to add.
  if (problem.length() > 2 && problem.context().lambda > 0.0)
    search_on(*best_maxima, effort, problem.grid().world());
  best.found = FoundMaximum(best_maxima->best().value);
  best.at = best_maxima->best().u;
  best.trust = best_maxima->trust();
  prove(best, problem, data, effort.proof_seconds);
  // The proof has a search of its own: a better filter is one that the starts missed.
  if (best.found.value() > (1.0 + one_value) * best_maxima->best().value) best.trust.at_best = 0;
  const auto sums = dual_sums(best.z, data.x);
  best.estimate = lagrangian_bound(sums, best.found, beta, scale_limit).lower_bound;
  best.certificate = lagrangian_bound(sums, best.proved, beta, scale_limit).lower_bound;
  return best;
}

double filter_price(NetworkForm form, const Problem<double>& problem, const std::vector<double>& predictions,
                    const std::vector<double>& filters, const FilterSearchOptions& search) {
  MaximaAt maxima(form, problem, predictions);
  maxima.look(search, filters);
  return maxima.best().value / (2.0 * problem.context().beta);
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "certify/network_bounds.hpp"

#include <algorithm>
#include <cmath>

#include "bounds/filter_problem.hpp"
#include "search/filter_search.hpp"

namespace zerogap {
namespace {

/// Searches at this z. The search uses r = pred - x of the kernels' residual.
FoundFilter search_at(NetworkForm form, const Problem<double>& problem,
                      const std::vector<double>& predictions, const FilterSearchOptions& options,
                      const std::vector<double>& filters) {
  const auto residual = residual_at(problem, predictions);
  FilterSearch<double> search(problem, residual.values.span(), residual.bound);
  const auto found = search.search(form, options, filters, 1);
  return found.empty() ? FoundFilter{} : found.front();
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
                           const BoundCandidates& candidates, const FilterSearchOptions& options,
                           double seconds) {
  const double beta = problem.context().beta, scale_limit = multiplier_scale_limit(0.0);
  NetworkProof best;
  best.form = form;
  for (const auto& predictions : candidates.predictions) {
    const auto found = search_at(form, problem, predictions, options, candidates.filters);
    auto z = gather_multiplier(problem, data, predictions);
    const FoundMaximum greatest(found.value);
    const auto bound = lagrangian_bound(dual_sums(z, data.x), greatest, beta, scale_limit);
    if (!(bound.lower_bound > best.estimate)) continue;
    best.z = std::move(z);
    best.found = greatest;
    best.at = found.u;
    best.estimate = bound.lower_bound;
  }
  prove(best, problem, data, seconds);
  const auto sums = dual_sums(best.z, data.x);
  best.estimate = lagrangian_bound(sums, best.found, beta, scale_limit).lower_bound;
  best.certificate = lagrangian_bound(sums, best.proved, beta, scale_limit).lower_bound;
  return best;
}

double filter_price(NetworkForm form, const Problem<double>& problem, const std::vector<double>& predictions,
                    const std::vector<double>& filters, const FilterSearchOptions& search) {
  return search_at(form, problem, predictions, search, filters).value / (2.0 * problem.context().beta);
}

}  // namespace zerogap

#include "certify/network_bounds.hpp"

#include <algorithm>
#include <cmath>

#include "bounds/filter_problem.hpp"
#include "bounds/network_bound.hpp"
#include "search/filter_search.hpp"

namespace zerogap {
namespace {

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// The greatest D(s) = s z'x - s^2 |z|^2/4 for |s| <= 2 beta/maximum, without allowance for rounding.
double estimate(double zx, double zz, double maximum, double beta) {
  return certify(zx, zz, maximum, 0.0, beta, 0.0).lower_bound;
}

/// Searches at this z. The search sees r = pred - x of the kernels' own residual.
FoundFilter search_at(NetworkForm form, const Problem<double>& problem,
                      const std::vector<double>& predictions, const FilterSearchOptions& options,
                      const std::vector<double>& filters) {
  const auto residual = residual_at(problem, predictions);
  FilterSearch<double> search(problem, residual.values.span(), residual.bound);
  const auto found = search.search(form, options, filters, 1);
  return found.empty() ? FoundFilter{} : found.front();
}

/// Rank 0 proves, for how far a proof gets depends on its clock; all ranks then know the same.
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
    known = {proved.attained, proved.upper, exact, static_cast<double>(proved.nodes), proved.threshold};
    known.insert(known.end(), proved.at.begin(), proved.at.end());
  }
  world.broadcast(std::as_writable_bytes(std::span(known)), 0);
  bound.found = known[0];
  bound.proved = known[1];
  bound.exact = known[2] != 0.0;
  bound.nodes = static_cast<std::int64_t>(known[3]);
  bound.threshold = known[4];
  bound.at.assign(known.begin() + 5, known.end());
}

}  // namespace

NetworkProof bound_network(NetworkForm form, const Problem<double>& problem, const GatheredData& data,
                           const BoundCandidates& candidates, const FilterSearchOptions& options,
                           double seconds) {
  const double beta = problem.context().beta;
  NetworkProof best;
  best.form = form;
  best.estimate = -INFINITY;
  for (const auto& predictions : candidates.predictions) {
    const auto found = search_at(form, problem, predictions, options, candidates.filters);
    auto z = gather_multiplier(problem, data, predictions);
    const double value = estimate(dot(z, data.x), dot(z, z), found.value, beta);
    if (!(value > best.estimate)) continue;
    best.z = std::move(z);
    best.found = found.value;
    best.at = found.u;
    best.estimate = value;
  }
  prove(best, problem, data, seconds);
  const double zx = dot(best.z, data.x), zz = dot(best.z, best.z);
  best.estimate = estimate(zx, zz, best.found, beta);
  best.certificate = network_bound(best.z, data.x, best.proved, beta).lower_bound;
  return best;
}

double filter_price(NetworkForm form, const Problem<double>& problem, const std::vector<double>& predictions,
                    const std::vector<double>& filters, const FilterSearchOptions& search) {
  return search_at(form, problem, predictions, search, filters).value / (2.0 * problem.context().beta);
}

}  // namespace zerogap

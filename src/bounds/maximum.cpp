// SPDX-License-Identifier: Apache-2.0
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "bounds/branch.hpp"
#include "bounds/closed_forms.hpp"
#include "bounds/eigen.hpp"
#include "bounds/enumerate.hpp"
#include "core/error.hpp"

namespace zerogap {
namespace {

void check(const FilterProblem& problem) {
  const auto d = static_cast<std::size_t>(std::max(problem.length, 0));
  const auto n = static_cast<std::size_t>(std::max<std::int64_t>(problem.patches, 0));
  if (d == 0 || problem.z.size() != n || problem.y.size() != n * d)
    throw usage_error("a maximum over filters has no answer", "the sizes of patches and z do not fit",
                      "give (I, d) patches and (I) numbers z");
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::ranges::all_of(problem.y, finite) || !std::ranges::all_of(problem.z, finite) ||
      !finite(problem.lambda) || problem.lambda < 0.0)
    throw usage_error("a maximum over filters has no answer", "a number is not finite, or lambda is negative",
                      "find out where the run diverged");
}

double elapsed(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Without a threshold f is linear: M = |Y'z| for every network.
void solve_linear(const Rows& rows, ProvedMaximum& out) {
  const double norm = linear_norm(rows, out.at);
  out.upper = UpperBound::proved(norm, 0.0);
  out.attained = FoundMaximum(std::max(norm - 2.0 * (value_error(rows, 0.0) + rows.dropped), 0.0));
  out.exact = out.closed = true;
}

void take(const Rows& rows, const std::vector<double>& u, double t, ProvedMaximum& out) {
  const double value = std::abs(value_at(rows, u, t)) - value_error(rows, t);
  if (value < out.attained.value()) return;
  out.attained = FoundMaximum(value);
  out.at = u;
  out.threshold = t;
}

}  // namespace

ProvedMaximum prove_maximum(const FilterProblem& problem, NetworkForm form, const MaximumOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  check(problem);
  const Rows rows = make_rows(problem, form);
  ProvedMaximum out;
  out.at.assign(static_cast<std::size_t>(problem.length), 0.0);
  out.threshold = problem.lambda;
  if (rows.count == 0) {  // f = 0, up to rows too short to count
    out.at[0] = 1.0;
    out.upper = UpperBound::proved(rows.dropped, 0.0);
    out.exact = out.closed = true;
    return out;
  }
  out.root_bound = closed_form_bound(rows, form, problem.lambda);
  const bool plane =
      problem.length == 2 && plane_seconds(rows.count, form, omp_get_max_threads()) <= options.seconds;
  if (problem.lambda == 0.0) {
    out.threshold = 0.0;
    solve_linear(rows, out);
  } else if (options.enumerate && (problem.length == 1 || plane)) {
    const auto best = problem.length == 1 ? enumerate_line(rows, form, problem.lambda)
                                          : enumerate_plane(rows, form, problem.lambda);
    take(rows, best.u, best.t, out);
    out.upper = UpperBound::proved(std::min(best.value + best.error, out.root_bound), 0.0);
    out.exact = out.closed = true;
  } else {
    const auto d = static_cast<std::size_t>(problem.length);
    const auto columns = eigenvectors(weighted_gram(rows, 0.5), problem.length);
    std::vector<double> axes(d * d);
    for (std::size_t k = 0; k < d; ++k)
      for (std::size_t j = 0; j < d; ++j) axes[k * d + j] = columns[j * d + k];
    auto start = search_peak(rows, form, problem.lambda, axes, options);
    const auto best = branch_and_bound(rows, form, problem.lambda, std::move(start), columns,
                                       options.seconds - elapsed(begin), options);
    take(rows, best.peak.u, best.peak.t, out);
    const double upper = std::min(best.upper, out.root_bound);
    out.upper = UpperBound::proved(upper, 0.0);
    out.nodes = best.nodes;
    out.closed = upper - out.attained.value() <= options.tolerance * upper || best.closed;
  }
  out.upper = UpperBound::proved(std::max(out.upper.value(), out.attained.value()), 0.0);
  out.seconds = elapsed(begin);
  return out;
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "bounds/ascent.hpp"

#include <algorithm>
#include <cmath>

#include "core/random.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

constexpr double longest_step = 1e3, shortest_step = 1e-9;

double length_of(std::span<const double> u) {
  double sum = 0.0;
  for (const double entry : u) sum += entry * entry;
  return std::sqrt(sum);
}

/// Projects onto the domain: length 1, or at most 1 (ball). t is scaled with u, since f(cu, ct) = c f(u, t).
void project(NetworkForm form, Peak& peak) {
  const double norm = length_of(peak.u);
  if (norm == 0.0) {
    peak.u[0] = 1.0;
    return;
  }
  if (form == NetworkForm::ball && norm <= 1.0) return;
  for (auto& entry : peak.u) entry /= norm;
  if (any_threshold(form)) peak.t /= norm;
}

std::vector<Peak> starting_points(const Rows& rows, NetworkForm form, double lambda,
                                  std::span<const double> axes, const MaximumOptions& options) {
  const auto d = static_cast<std::size_t>(rows.length);
  std::vector<Peak> starts;
  const auto add = [&](std::vector<double> u, double t) {
    for (auto& entry : u) entry = -entry;
    starts.push_back({u, t, 0.0});
    for (auto& entry : u) entry = -entry;
    starts.push_back({std::move(u), t, 0.0});
  };
  for (std::size_t first = 0; first + d <= options.filters.size(); first += d) {
    std::vector<double> u(options.filters.begin() + static_cast<std::ptrdiff_t>(first),
                          options.filters.begin() + static_cast<std::ptrdiff_t>(first + d));
    starts.push_back({std::move(u), lambda, 0.0});
  }
  std::vector<double> u(d);
  linear_norm(rows, u);
  add(u, lambda);
  if (any_threshold(form)) add(u, 0.0);
  for (std::size_t first = 0; first + d <= axes.size(); first += d)
    add({axes.begin() + static_cast<std::ptrdiff_t>(first),
         axes.begin() + static_cast<std::ptrdiff_t>(first + d)},
        lambda);
  const Random random(options.seed, RandomUse::initial);
  for (std::int64_t n = 0; n < options.starts; ++n) {
    random.normals(static_cast<std::uint64_t>(n), u);
    const double norm = length_of(u);
    for (auto& entry : u) entry /= norm;
    const double share = random.uniform(static_cast<std::uint64_t>(n), 1U << 20U);
    starts.push_back({u, any_threshold(form) ? share * share * rows.longest : lambda, 0.0});
  }
  return starts;
}

}  // namespace

Peak ascend(const Rows& rows, NetworkForm form, Peak start, std::int64_t steps) {
  project(form, start);
  std::vector<double> of_u(start.u.size());
  Slope slope = slope_at(rows, start.u, start.t, of_u);
  Peak best = std::move(start), tried = best;
  best.value = slope.value;
  double step = form == NetworkForm::ball ? 1.0 : longest_step;
  for (std::int64_t k = 0; k < steps && step > shortest_step; ++k) {
    const double norm = length_of(of_u);
    if (norm == 0.0) break;
    for (std::size_t j = 0; j < best.u.size(); ++j) tried.u[j] = best.u[j] + step * of_u[j] / norm;
    tried.t = best.t;
    if (any_threshold(form)) tried.t = std::max(0.0, best.t + step * slope.of_t / norm);
    project(form, tried);
    std::vector<double> of_tried(of_u.size());
    const Slope there = slope_at(rows, tried.u, tried.t, of_tried);
    if (there.value > best.value) {
      tried.value = there.value;
      best = tried;
      slope = there;
      of_u = std::move(of_tried);
      step = std::min(4.0 * step, longest_step);
    } else {
      step = step > 1.0 ? 1.0 : 0.25 * step;
    }
  }
  return best;
}

Peak search_peak(const Rows& rows, NetworkForm form, double lambda, std::span<const double> axes,
                 const MaximumOptions& options) {
  auto starts = starting_points(rows, form, lambda, axes, options);
#pragma omp parallel for schedule(dynamic, 1)
  for (std::size_t n = 0; n < starts.size(); ++n)
    starts[n] = ascend(rows, form, std::move(starts[n]), options.steps);
  std::size_t best = 0;
  for (std::size_t n = 1; n < starts.size(); ++n)
    if (starts[n].value > starts[best].value) best = n;
  return starts[best];
}

}  // namespace zerogap

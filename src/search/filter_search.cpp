// SPDX-License-Identifier: Apache-2.0
#include "search/filter_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/random.hpp"
#include "model/form.hpp"
#include "model/unconstrained_parametrization.hpp"
#include "optim/bfgs.hpp"
#include "search/ascent.hpp"

namespace zerogap {
namespace {

/// Index of the random number for a start's length; far beyond those of its entries.
constexpr std::uint32_t length_number = 1u << 30;

/// Step lengths, relative to |u|.
constexpr StepLengths step_lengths{.first = 0.5, .growth = 1.5, .shrinkage = 0.25};

/// Filters closer than this, relative to their length, count as one.
constexpr double nearly = 1e-2;

/// BFGS starts at this multiple of a filter's variables, off the ball's sphere.
constexpr double off_sphere = 0.9;

/// Thresholds t = lambda/|u| stay above this share of the longest patch. Less would be as good as 0, and the
/// sums of kernels, whose resolution follows from the longest filter, would lose the short ones.
constexpr double least_threshold = 1e-6;

double norm(std::span<const double> u) { return row_norm(u.data(), 0, static_cast<int>(u.size())); }

/// Removes the part of `slope` along u.
void remove_along(std::span<const double> u, std::span<double> slope) {
  const double square = std::inner_product(u.begin(), u.end(), u.begin(), 0.0);
  if (square == 0.0) return;
  const double along = std::inner_product(u.begin(), u.end(), slope.begin(), 0.0) / square;
  for (std::size_t i = 0; i < u.size(); ++i) slope[i] -= along * u[i];
}

}  // namespace

SearchTrust trust_of(std::span<const FoundFilter> found) {
  SearchTrust trust;
  if (!found.empty()) trust.at_best = found.front().starts;
  for (const auto& each : found) {
    trust.starts += each.starts;
    trust.distinct += each.starts > 0 ? 1 : 0;
  }
  return trust;
}

template <class T>
double FilterSearch<T>::longest(NetworkForm form) const {
  if (!any_threshold(form)) return 1.0;
  const double lambda = problem_->context().lambda, norm_of_patches = problem_->train().bounds.patch_norm;
  return lambda > 0.0 ? lambda / (least_threshold * norm_of_patches) : 1.0;
}

template <class T>
bool FilterSearch<T>::put_into_domain(NetworkForm form, std::span<double> u) const {
  const double size = norm(u), most = longest(form);
  const bool fixed =
      form == NetworkForm::relative || (any_threshold(form) && problem_->context().lambda == 0.0);
  if (!(size > most) && !(fixed && size > 0.0)) return false;
  scale(u, most / size);
  return true;
}

template <class T>
std::vector<double> FilterSearch<T>::starts(NetworkForm form, const FilterSearchOptions& options,
                                            std::span<const double> candidates) const {
  const int d = problem_->length();
  const auto length = static_cast<std::size_t>(d);
  std::vector<double> u(candidates.size() + static_cast<std::size_t>(options.starts) * length);
  std::ranges::copy(candidates, u.begin());
  const Random random(options.seed, RandomUse::search);
  // No activation passes the threshold where |u| is below this.
  const double least = problem_->context().lambda / problem_->train().bounds.patch_norm;
  for (std::int64_t k = 0; k < options.starts; ++k) {
    const auto start = row_of(u, candidates.size() / length + static_cast<std::size_t>(k), d);
    random.normals(static_cast<std::uint64_t>(k), start);
    const double share = random.uniform(static_cast<std::uint64_t>(k), length_number);
    double size = 1.0;
    if (any_threshold(form) && least > 0.0) size = least * std::pow(1000.0, share);
    if (form == NetworkForm::ball && k % 2 == 1) size = share;  // maxima may lie inside the ball
    scale(start, size / norm(start));
  }
  for (std::size_t k = 0; k < u.size() / length; ++k) put_into_domain(form, row_of(u, k, d));
  return u;
}

template <class T>
typename FilterSearch<T>::AscentState FilterSearch<T>::evaluate(NetworkForm form, std::vector<double> u,
                                                                std::int64_t total, double lambda) {
  const int d = problem_->length();
  const auto& train = problem_->train();
  const std::vector<T> rounded(u.begin(), u.end()), outputs(u.size() / static_cast<std::size_t>(d));
  u.assign(rounded.begin(), rounded.end());
  const auto count = static_cast<std::int64_t>(u.size()) / d;
  const double largest = problem_->grid().arrangement_axis().max(largest_row_norm(rounded.data(), count, d));
  const FixedPoint of_u(residual_bound_ * train.bounds.absolute_sum),
      of_v(residual_bound_ * train.bounds.patch_norm_sum * largest);
  sums_.start(count, d, 1);
  sums_.single([&](auto sum_u, auto sum_v) {
    problem_->kernels().run(PrimalBackward<T>{train.source(),
                                              train.all_images,
                                              {rounded.data(), outputs.data(), count, block_tile(total)},
                                              lambda,
                                              residual_,
                                              of_u,
                                              of_v,
                                              sum_u,
                                              sum_v});
  });
  const auto sums = sums_.values();
  AscentState out;
  out.gradient.resize(u.size());
  out.u = std::move(u);
  for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k) {
    const double f = -2.0 * of_v.real(sums[out.u.size() + k]), sign = f < 0.0 ? -1.0 : 1.0;
    const double size = any_threshold(form) ? norm(row_of(out.u, k, d)) : 1.0;
    out.sign.push_back(sign);
    out.value.push_back(size > 0.0 ? std::abs(f) / size : 0.0);
    for (std::size_t i = k * static_cast<std::size_t>(d); i < (k + 1) * static_cast<std::size_t>(d); ++i) {
      out.gradient[i] = -2.0 * sign * of_u.real(sums[i]);
      if (any_threshold(form) && size > 0.0)  // of |f|/|u|, times |u|
        out.gradient[i] -= out.value.back() * out.u[i] / size;
    }
  }
  return out;
}

template <class T>
void FilterSearch<T>::AscentState::take(const AscentState& other, std::size_t k) {
  const int d = static_cast<int>(u.size() / value.size());
  std::ranges::copy(row_of(other.u, k, d), row_of(u, k, d).begin());
  std::ranges::copy(row_of(other.gradient, k, d), row_of(gradient, k, d).begin());
  value[k] = other.value[k];
  sign[k] = other.sign[k];
}

template <class T>
void FilterSearch<T>::ascend(NetworkForm form, AscentState& at, std::int64_t steps, std::int64_t total) {
  const int d = problem_->length();
  ascend_all(at, steps, step_lengths, [&](const std::vector<double>& step) {
    auto trial = at.u;
    for (std::size_t k = 0; k < step.size(); ++k) {
      const auto u = row_of(trial, k, d), gradient = row_of(at.gradient, k, d);
      const double pull = norm(gradient),
                   factor = pull > 0.0 ? step[k] * std::max(norm(u), 1e-3) / pull : 0.0;
      for (std::size_t i = 0; i < u.size(); ++i) u[i] += factor * gradient[i];
      put_into_domain(form, u);
    }
    return evaluate(form, std::move(trial), total);
  });
}

template <class T>
std::vector<FoundFilter> FilterSearch<T>::best(const AscentState& mine, std::size_t keep,
                                               std::size_t chosen) const {
  const int d = problem_->length();
  auto& columns = problem_->grid().arrangement_axis();
  const auto u = columns.all_gather(mine.u);
  const auto value = columns.all_gather(mine.value), sign = columns.all_gather(mine.sign);
  std::vector<FoundFilter> found;
  for (const std::size_t k : best_distinct(u, value, d, keep, nearly)) {
    const auto point = row_of(u, k, d);
    found.push_back({value[k], sign[k], {point.begin(), point.end()}, 0});
  }
  for (std::size_t k = chosen; k < value.size(); ++k)
    for (auto& each : found)
      if (nearly_equal(each.u, row_of(u, k, d), one_maximum)) {
        ++each.starts;
        break;
      }
  return found;
}

template <class T>
std::vector<FoundFilter> FilterSearch<T>::search(NetworkForm form, const FilterSearchOptions& options,
                                                 std::span<const double> candidates, std::size_t keep,
                                                 std::int64_t chosen) {
  const auto all = starts(form, options, candidates);
  const int d = problem_->length();
  const auto total = static_cast<std::int64_t>(all.size()) / d;
  const Range share = problem_->grid().blocks(total);
  auto points = evaluate(form, local_rows(all, share, d), total);
  ascend(form, points, options.steps, total);
  const auto given = candidates.size() / static_cast<std::size_t>(d);
  return best(points, keep, chosen < 0 ? given : static_cast<std::size_t>(chosen));
}

template <class T>
FoundFilter FilterSearch<T>::refined(NetworkForm form, const FoundFilter& found, std::int64_t steps) {
  const bool free = any_threshold(form);
  const int d = problem_->length();
  const auto& grid = problem_->grid();
  const Range share = grid.blocks(1);
  // A filter of any length may be very long; its variables have size 1.
  const double unit = free ? norm(found.u) : 1.0;
  auto start = found.u;
  scale(start, 1.0 / unit);
  const FreeVariables variables(free ? NetworkForm::decay : NetworkForm::ball, {1, d, start, {1.0}});
  const double none[] = {0.0};
  FoundFilter best = found;
  const std::size_t u_entries = found.u.size();
  const auto function = [&](std::span<const double> x, std::span<double> gradient) {
    auto u = variables.filters(x).u;
    const double size = norm(u);
    if (form == NetworkForm::relative) scale(u, size > 0.0 ? 1.0 / size : 0.0);
    if (free) scale(u, unit);
    const bool shortened = free && put_into_domain(form, u);
    const auto here = evaluate(form, share.count() > 0 ? u : std::vector<double>(), 1);
    auto slope = grid.arrangement_axis().all_gather(here.gradient);
    const double value = grid.arrangement_axis().all_gather(here.value)[0],
                 sign = grid.arrangement_axis().all_gather(here.sign)[0];
    if (value > best.value) best = {value, sign, u, found.starts};
    if (form == NetworkForm::relative || shortened) remove_along(u, slope);
    if (form == NetworkForm::relative || free) scale(slope, 1.0 / std::max(size, 1e-300));
    for (double& entry : slope) entry = -entry;
    variables.pull_back(x, slope, none, gradient);
    return -value;
  };
  auto x = variables.vector();
  // On the sphere the variables have no slope towards the inside, so start a little off it.
  for (std::size_t i = 0; i < u_entries && !free; ++i) x[i] *= off_sphere;
  minimise(function, x, steps, std::numeric_limits<T>::epsilon());
  return best;
}

template <class T>
double FilterSearch<T>::at_zero_threshold() {
  // Without a threshold the gradient is Y'z at every filter that is orthogonal to no patch.
  const auto& grid = problem_->grid();
  std::vector<double> u(static_cast<std::size_t>(grid.blocks(1).count() * problem_->length()));
  const Random random(0, RandomUse::search);
  if (!u.empty()) random.normals(0, u);
  const auto here = evaluate(NetworkForm::ball, std::move(u), 1, 0.0);
  return norm(grid.arrangement_axis().all_gather(here.gradient));
}

template class FilterSearch<float>;
template class FilterSearch<double>;

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "methods/narrow_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/norm.hpp"
#include "model/form.hpp"
#include "model/initial.hpp"
#include "model/unconstrained_parametrization.hpp"
#include "optim/bfgs.hpp"
#include "search/ascent.hpp"

namespace zerogap {
namespace {

/// Of the filters, the share that stays in a step of narrowing, and the BFGS steps between two.
constexpr double kept_share = 0.7;
constexpr std::int64_t steps_between = 60;

/// For each of the variables the size of its filter, or of its output weight: they differ by orders of
/// magnitude where thresholds are near 0.
std::vector<double> sizes_of(const std::vector<double>& x, const SplitNetwork& network) {
  std::vector<double> sizes;
  const auto known = [](double size) { return size > 0.0 ? size : 1.0; };
  for (std::size_t g = 0; g < network.count(); ++g)
    sizes.insert(sizes.end(), static_cast<std::size_t>(network.length),
                 known(row_norm(x.data(), static_cast<std::int64_t>(g), network.length)));
  for (std::size_t g = 0; g < network.count(); ++g) sizes.push_back(known(std::abs(x[network.u.size() + g])));
  return sizes;
}

/// product, ball, relative: over variables without constraints or kinks.
template <class T>
double polish_form(const Problem<T>& problem, PrimalObjective<T>& objective, SplitNetwork& network,
                   std::int64_t steps) {
  const auto& context = problem.context();
  const FreeVariables variables(context.form, network.complete());
  const auto sizes = sizes_of(variables.vector(), network);
  const auto function = [&](std::span<const double> scaled, std::span<double> gradient) {
    std::vector<double> x(scaled.begin(), scaled.end());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] *= sizes[i];
    const auto filters = variables.filters(x);
    const double value = objective.value(filters);
    auto of_weights = objective.fit_gradient();
    add_regularisation<double>(context.form, context.beta, filters.u, filters.v, of_weights.u, of_weights.v);
    variables.pull_back(x, of_weights.u, of_weights.v, gradient);
    for (std::size_t i = 0; i < x.size(); ++i) gradient[i] *= sizes[i];
    return value;
  };
  auto x = variables.vector();
  for (std::size_t i = 0; i < x.size(); ++i) x[i] /= sizes[i];
  const double value = minimise(function, x, steps, std::numeric_limits<T>::epsilon()).value;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= sizes[i];
  const auto filters = variables.filters(x);
  network.u = filters.u;
  network.v = filters.v;
  return value;
}

/// decay: of the distinct filters, each with its copies.
template <class T>
double polish_copies(const Problem<T>& problem, PrimalObjective<T>& objective, SplitNetwork& network,
                     std::int64_t steps) {
  const double beta = problem.context().beta;
  const auto entries = network.u.size(), n = network.count();
  const auto function = [&](std::span<const double> x, std::span<double> gradient) {
    Filters seen{static_cast<std::int64_t>(n),
                 network.length,
                 {x.begin(), x.begin() + static_cast<std::ptrdiff_t>(entries)},
                 {x.begin() + static_cast<std::ptrdiff_t>(entries), x.end()}};
    for (std::size_t g = 0; g < n; ++g) seen.v[g] *= network.copies[g];
    objective.value(seen);
    double value = objective.pass().values().fit;
    const auto& of_fit = objective.fit_gradient();
    for (std::size_t i = 0; i < entries; ++i) {
      const double copies = network.copies[i / static_cast<std::size_t>(network.length)];
      value += beta * copies * x[i] * x[i];
      gradient[i] = of_fit.u[i] + 2.0 * beta * copies * x[i];
    }
    for (std::size_t g = 0; g < n; ++g) {
      const double v = x[entries + g], copies = network.copies[g];
      value += beta * copies * v * v;
      gradient[entries + g] = copies * (of_fit.v[g] + 2.0 * beta * v);
    }
    return value;
  };
  std::vector<double> x(network.u);
  x.insert(x.end(), network.v.begin(), network.v.end());
  const double value = minimise(function, x, steps, std::numeric_limits<T>::epsilon()).value;
  std::copy(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(entries), network.u.begin());
  std::copy(x.begin() + static_cast<std::ptrdiff_t>(entries), x.end(), network.v.begin());
  return value;
}

/// Those with the greatest costs |u||v| (ball: |v|), in order.
SplitNetwork heaviest(NetworkForm form, const SplitNetwork& network, std::int64_t most) {
  std::vector<double> cost;
  for (std::size_t g = 0; g < network.count(); ++g) {
    const double size = row_norm(network.u.data(), static_cast<std::int64_t>(g), network.length);
    cost.push_back(std::abs(network.v[g]) * (form == NetworkForm::ball ? 1.0 : size));
  }
  SplitNetwork out{.length = network.length};
  for (const std::size_t g : heaviest_of(cost, most)) {
    const auto u = row_of(network.u, g, network.length);
    out.u.insert(out.u.end(), u.begin(), u.end());
    out.v.push_back(network.v[g]);
    out.copies.push_back(1.0);
  }
  return out;
}

}  // namespace

template <class T>
double value_of(const Problem<T>& problem, PrimalObjective<T>& objective, const SplitNetwork& network) {
  if (problem.context().form != NetworkForm::decay) return objective.value(network.complete());
  Filters seen{static_cast<std::int64_t>(network.count()), network.length, network.u, network.v};
  double squares = 0.0;
  for (std::size_t g = 0; g < network.count(); ++g) {
    const double size = row_norm(network.u.data(), static_cast<std::int64_t>(g), network.length);
    squares += network.copies[g] * (size * size + network.v[g] * network.v[g]);
    seen.v[g] *= network.copies[g];
  }
  objective.value(seen);
  return objective.pass().values().fit + problem.context().beta * squares;
}

template <class T>
double polish(const Problem<T>& problem, PrimalObjective<T>& objective, SplitNetwork& network,
              std::int64_t steps) {
  return problem.context().form == NetworkForm::decay ? polish_copies(problem, objective, network, steps)
                                                      : polish_form(problem, objective, network, steps);
}

SplitNetwork random_network(int length, std::int64_t filters, std::uint64_t seed) {
  const InitialRule rule{.seed = seed};
  Filters out{filters, length, std::vector<double>(static_cast<std::size_t>(filters * length)),
              std::vector<double>(static_cast<std::size_t>(filters))};
  for (std::int64_t k = 0; k < filters; ++k) {
    const auto row = static_cast<std::size_t>(k);
    initial_row(rule, InitialArray::u, k, length, row_of(out.u, row, length));
    initial_row(rule, InitialArray::v, k, static_cast<double>(filters), row_of(out.v, row, 1));
  }
  return without_copies(out);
}

template <class T>
SplitNetwork narrowed(const Problem<T>& problem, PrimalObjective<T>& objective, SplitNetwork network,
                      std::int64_t most) {
  const auto form = problem.context().form;
  while (network.count() > 0 && network.filters() > most) {
    const auto share = static_cast<std::int64_t>(kept_share * static_cast<double>(network.filters()));
    const auto next = std::max(most, share);
    // Copies are taken away first, where that costs least; then whole filters.
    const bool tied = static_cast<std::int64_t>(network.count()) < network.filters();
    network = tied ? untied(joined_to(network, next), 1) : heaviest(form, network, next);
    polish(problem, objective, network, steps_between);
  }
  return network;
}

template double value_of(const Problem<float>&, PrimalObjective<float>&, const SplitNetwork&);
template double polish(const Problem<float>&, PrimalObjective<float>&, SplitNetwork&, std::int64_t);
template SplitNetwork narrowed(const Problem<float>&, PrimalObjective<float>&, SplitNetwork, std::int64_t);
template double value_of(const Problem<double>&, PrimalObjective<double>&, const SplitNetwork&);
template double polish(const Problem<double>&, PrimalObjective<double>&, SplitNetwork&, std::int64_t);
template SplitNetwork narrowed(const Problem<double>&, PrimalObjective<double>&, SplitNetwork, std::int64_t);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "model/arrangements.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.hpp"

namespace zerogap {
namespace {

/// Which of a block's random numbers decides its length; far beyond those of its entries.
constexpr std::uint32_t length_number = 1u << 30;

double norm(std::span<const double> g) {
  return std::sqrt(std::inner_product(g.begin(), g.end(), g.begin(), 0.0));
}

double distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return std::sqrt(sum);
}

/// log10 of C(n, k).
double log_choose(double n, double k) {
  if (k > n) return -INFINITY;
  return (std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0)) / std::log(10.0);
}

/// log10 of the sum of 10^terms.
double log_sum(const std::vector<double>& terms) {
  if (terms.empty()) return -INFINITY;
  const double largest = *std::max_element(terms.begin(), terms.end());
  double sum = 0.0;
  for (const double t : terms) sum += std::pow(10.0, t - largest);
  return largest + std::log10(sum);
}

}  // namespace

void sample_arrangement(const ArrangementOptions& options, std::int64_t j, std::span<double> g) {
  sample_arrangement(options, Random(options.seed, RandomUse::arrangement), static_cast<std::uint64_t>(j), g);
}

void sample_arrangement(const ArrangementOptions& options, const Random& random, std::uint64_t index,
                        std::span<double> g) {
  random.normals(index, g);
  double factor = options.std;
  if (options.distribution == ArrangementDistribution::sphere) factor = options.radius / norm(g);
  if (options.distribution == ArrangementDistribution::log_uniform) {
    const double t = random.uniform(index, length_number);
    factor = options.radius_min * std::pow(options.radius_max / options.radius_min, t) / norm(g);
  }
  for (double& entry : g) entry *= factor;
}

std::vector<std::pair<std::int64_t, std::int64_t>> nearly_equal(std::span<const double> g, int length,
                                                                double tolerance, std::size_t most) {
  const auto d = static_cast<std::size_t>(length);
  const std::size_t count = g.size() / d;
  const auto row = [&](std::size_t j) { return g.subspan(j * d, d); };
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return row(a)[0] < row(b)[0]; });
  double longest = 0.0;
  for (std::size_t j = 0; j < count; ++j) longest = std::max(longest, norm(row(j)));
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t k = i + 1; k < count && row(order[k])[0] - row(order[i])[0] <= tolerance * longest;
         ++k) {
      const auto a = row(order[i]), b = row(order[k]);
      if (distance(a, b) > tolerance * std::max(norm(a), norm(b))) continue;
      const auto [first, second] = std::minmax(order[i], order[k]);
      pairs.emplace_back(static_cast<std::int64_t>(first), static_cast<std::int64_t>(second));
      if (pairs.size() == most) return pairs;
    }
  return pairs;
}

PatternCount count_patterns(std::int64_t patches, int rank) {
  const auto n = static_cast<double>(patches);
  std::vector<double> paper, bound;
  for (int j = 0; j < rank; ++j) paper.push_back(log_choose(n - 1.0, j));
  for (int j = 0; j <= rank; ++j) bound.push_back(j * std::log10(2.0) + log_choose(n, j));
  return {std::log10(3.0) + log_sum(paper), log_sum(bound)};
}

}  // namespace zerogap

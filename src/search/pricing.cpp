// SPDX-License-Identifier: Apache-2.0
#include "search/pricing.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "problem/initial_weights.hpp"
#include "problem/weights_file.hpp"
#include "search/all_blocks_bound.hpp"
#include "search/ascent.hpp"

namespace zerogap {
namespace {

/// Weights shorter than this share of the longest count as zero: with smoothing a solver leaves them small
/// but not zero.
constexpr double negligible = 1e-4;

/// A vector closer to an existing block than this, relative to its length, cannot lower the objective
/// noticeably.
constexpr double same = 1e-3;

/// All blocks with their weights on every rank.
struct AllBlocks {
  std::vector<double> g, w, w_prime;
};

template <class T>
AllBlocks gather(const Problem<T>& problem, const DualPoint<T>& point) {
  const auto all = [&](const T* rows) {
    const std::vector<double> own(rows, rows + point.count * point.length);
    return problem.grid().arrangement_axis().all_gather(own);
  };
  return {all(point.g), all(point.w), all(point.w_prime)};
}

std::vector<double> filters_of(const std::string& path, int length) {
  if (path.empty()) return {};
  const auto file = open_weights(path);
  const auto shape = file.has("primal/u") ? file.shape("primal/u") : std::vector<std::uint64_t>{};
  if (shape.size() != 2 || shape[1] != static_cast<std::uint64_t>(length))
    throw data_error("arrangements.pricing.filters " + path + " has no fitting filters",
                     "primal/u must have rows of " + std::to_string(length) + " numbers",
                     "give a file with primal/u for this patches.filter");
  return read_weights<double>(file, "primal/u");
}

/// Vectors that the search starts from in addition to random ones.
std::vector<double> candidates_of(const AllBlocks& all, const std::string& filters, int length) {
  auto rows = filters_of(filters, length);
  rows.insert(rows.end(), all.g.begin(), all.g.end());
  const auto d = static_cast<std::size_t>(length);
  for (const auto* weights : {&all.w_prime, &all.w})
    for (std::size_t j = 0; j < all.g.size() / d; ++j) {
      const auto at = static_cast<std::int64_t>(j);
      const double size = row_norm(weights->data(), at, length), gate = row_norm(all.g.data(), at, length);
      if (!(size > 0.0)) continue;
      for (std::size_t k = j * d; k < (j + 1) * d; ++k) rows.push_back((*weights)[k] * (gate / size));
    }
  return rows;
}

/// The rows of blocks that are in use.
AllBlocks used(const AllBlocks& all, int length) {
  const auto d = static_cast<std::size_t>(length);
  const auto size = [&](std::size_t j) {
    const auto at = static_cast<std::int64_t>(j);
    return std::max(row_norm(all.w.data(), at, length), row_norm(all.w_prime.data(), at, length));
  };
  const std::size_t count = all.g.size() / d;
  double longest = 0.0;
  for (std::size_t j = 0; j < count; ++j) longest = std::max(longest, size(j));
  AllBlocks kept;
  for (std::size_t j = 0; j < count; ++j) {
    if (size(j) < negligible * longest) continue;
    for (std::size_t k = j * d; k < (j + 1) * d; ++k) {
      kept.g.push_back(all.g[k]);
      kept.w.push_back(all.w[k]);
      kept.w_prime.push_back(all.w_prime[k]);
    }
  }
  return kept;
}

bool present(const std::vector<double>& g, const std::vector<double>& blocks) {
  const std::size_t d = g.size();
  for (std::size_t j = 0; j < blocks.size() / d; ++j)
    if (nearly_equal(std::span(blocks).subspan(j * d, d), g, same)) return true;
  return false;
}

}  // namespace

template <class T>
PricedBlocks price_blocks(const Problem<T>& problem, const Config& config, std::int64_t round,
                          const DualPoint<T>& point) {
  const auto& options = config.arrangements.pricing;
  const auto& context = problem.context();
  const auto& train = problem.train();
  const auto all = gather(problem, point);
  DualPass<T> pass(context);
  pass.forward(point, train, train.all_images, false);
  const double norms = pass.values().group / (2.0 * context.beta);
  BlockSearch<T> search(problem, pass.residual().values(),
                        norms * train.bounds.patch_norm + train.bounds.target);
  auto candidates = candidates_of(all, options.filters, problem.length());
  if (const auto proof = bound_over_all_blocks(problem, point))
    candidates.insert(candidates.end(), proof->maximum.g.begin(), proof->maximum.g.end());
  const auto found = search.search(
      config.arrangements, round, candidates,
      static_cast<std::size_t>(options.add) + all.g.size() / static_cast<std::size_t>(problem.length()));
  PricedBlocks out;
  const double worth = 2.0 * context.beta * (1.0 + options.tolerance);
  std::vector<double> added;
  for (const auto& each : found) {
    out.price = std::max(out.price, each.price / (2.0 * context.beta));
    if (out.added == options.add || !(each.price > worth) || present(each.g, all.g)) continue;
    added.insert(added.end(), each.g.begin(), each.g.end());
    ++out.added;
  }
  const FoundMaximum greatest(std::max(out.price, 1.0) * 2.0 * context.beta);
  out.estimate = lagrangian_bound(pass.residual().dual_sums(), greatest, context.beta,
                                  multiplier_scale_limit(context.rho))
                     .lower_bound;
  auto kept = out.added > 0 ? used(all, problem.length()) : all;
  out.dropped = static_cast<std::int64_t>(all.g.size() - kept.g.size()) / problem.length();
  out.g = std::move(kept.g);
  out.g.insert(out.g.end(), added.begin(), added.end());
  out.w = std::move(kept.w);
  out.w.resize(out.g.size());
  out.w_prime = std::move(kept.w_prime);
  out.w_prime.resize(out.g.size());
  out.total = static_cast<std::int64_t>(out.g.size()) / problem.length();
  return out;
}

void require_filters(const ArrangementOptions& options, int length) {
  if (options.pricing.rounds > 0) filters_of(options.pricing.filters, length);
}

template PricedBlocks price_blocks(const Problem<float>&, const Config&, std::int64_t,
                                   const DualPoint<float>&);
template PricedBlocks price_blocks(const Problem<double>&, const Config&, std::int64_t,
                                   const DualPoint<double>&);

}  // namespace zerogap

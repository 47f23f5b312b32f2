// SPDX-License-Identifier: Apache-2.0
#include "search/block_search.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "model/arrangements.hpp"
#include "search/ascent.hpp"

namespace zerogap {
namespace {

/// Index of the random number for a start's length; far beyond those of its entries.
constexpr std::uint32_t length_number = 1u << 29;

/// Step lengths, relative to |g|.
constexpr StepLengths step_lengths{.first = 0.25, .growth = 1.5, .shrinkage = 0.4};

/// Longest vector of the ascent, in multiples of the length that opens the first gate. At that length every
/// gate that matters is 1 to seven digits. Longer vectors would gain nothing, and rounding in their products
/// would spoil the certificate.
constexpr double longest = 1e7;

/// Step of the finite differences, relative to |g|: products in single precision have seven digits.
constexpr double difference = 1e-3;

/// Least distances, relative to their length, between vectors chosen for the ascent and between vectors
/// found: two close vectors give nearly the same gain.
constexpr double apart_at_start = 0.05, apart_at_end = 0.1;

/// One in this many starts is chosen for the ascent, at least `fewest`.
constexpr std::size_t starts_for_one = 16, fewest = 32;

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

double norm(std::span<const double> a) { return std::sqrt(dot(a, a)); }

void normalise(std::span<double> a) {
  if (const double size = norm(a); size > 0.0) scale(a, 1.0 / size);
}

}  // namespace

/// Every second one is drawn like the arrangement's own blocks, the others with any direction and a length
/// between the least that opens a gate and a thousand times that.
template <class T>
std::vector<double> BlockSearch<T>::random_starts(const ArrangementOptions& options,
                                                  std::int64_t round) const {
  const auto count = static_cast<std::size_t>(options.pricing.starts);
  std::vector<double> g(count * static_cast<std::size_t>(length()));
  const Random random(options.pricing.seed, RandomUse::pricing);
  const double least = opening_length();
  for (std::size_t k = 0; k < count; ++k) {
    const auto start = row_of(g, k, length());
    const auto index = (static_cast<std::uint64_t>(round) << 32) + k;
    sample_arrangement(options, random, index, start);
    if (k % 2 == 1 && least > 0.0)
      scale(start, least * std::pow(1000.0, random.uniform(index, length_number)) / norm(start));
  }
  return g;
}

template <class T>
DualGradient BlockSearch<T>::gradients(std::span<double> g, std::span<const double> w,
                                       std::span<const double> w_prime, bool with_hinge) {
  const int d = length();
  const auto& train = problem_->train();
  const std::vector<T> g_t(g.begin(), g.end()), w_t(w.begin(), w.end()),
      w_prime_t(w_prime.begin(), w_prime.end());
  std::copy(g_t.begin(), g_t.end(), g.begin());
  const auto count = static_cast<std::int64_t>(g.size()) / d;
  const double rho = with_hinge ? problem_->context().rho : 0.0;
  const FixedPoint of((2.0 * residual_bound_ + rho) * train.bounds.absolute_sum);
  sums_.start(count, d, d);
  sums_.single([&](auto of_w, auto of_w_prime) {
    problem_->kernels().run(DualBackward<T>{train.source(),
                                            train.all_images,
                                            {g_t.data(), w_t.data(), w_prime_t.data(), count, 1},
                                            problem_->context().lambda,
                                            rho,
                                            0.0,
                                            residual_,
                                            of,
                                            of_w,
                                            of_w_prime});
  });
  const auto sums = sums_.values();
  DualGradient out;
  for (std::size_t i = 0; i < sums.size(); ++i)
    (i < g.size() ? out.w : out.w_prime).push_back(of.real(sums[i]));
  return out;
}

template <class T>
typename BlockSearch<T>::AscentState BlockSearch<T>::start(std::vector<double> g) {
  const int d = length();
  const std::size_t count = g.size() / static_cast<std::size_t>(d);
  AscentState out;
  auto towards = gradients(g, g, g, false).w;  // Y'Q_g z
  if (!signs()) {
    for (std::size_t k = 0; k < count; ++k) out.value.push_back(norm(row_of(towards, k, d)));
    out.g = std::move(g);
    out.w = std::move(towards);
    return out;
  }
  out.g.resize(g.size());
  out.w.resize(g.size());
  out.value.assign(count, 0.0);
  auto along = g;
  for (std::size_t k = 0; k < count; ++k) {
    normalise(row_of(towards, k, d));
    normalise(row_of(along, k, d));
  }
  auto away = towards;
  scale(away, -1.0);
  // w of the block g for -z is -w of the block -g for z.
  for (const auto& [w, w_prime] : {std::pair(&away, &towards), std::pair(&along, &along)}) {
    const auto of = gradients(g, *w, *w_prime, true);
    for (std::size_t k = 0; k < count; ++k)
      for (const double sign : {1.0, -1.0}) {
        const auto at = row_of(sign > 0.0 ? *w_prime : *w, k, d);
        const double value = -dot(at, row_of(sign > 0.0 ? of.w_prime : of.w, k, d));
        if (!(value > out.value[k])) continue;
        out.value[k] = value;
        std::ranges::transform(row_of(g, k, d), row_of(out.g, k, d).begin(),
                               [&](double entry) { return sign * entry; });
        std::ranges::transform(at, row_of(out.w, k, d).begin(), [&](double entry) { return sign * entry; });
      }
  }
  return out;
}

template <class T>
typename BlockSearch<T>::AscentState BlockSearch<T>::evaluate(std::vector<double> g, std::vector<double> w) {
  const int d = length();
  const std::size_t count = g.size() / static_cast<std::size_t>(d), fan = static_cast<std::size_t>(d) + 1;
  std::vector<double> all_g(count * fan * static_cast<std::size_t>(d)), all_w(all_g.size());
  for (std::size_t at = 0; at < count * fan; ++at) {
    const std::size_t k = at / fan;
    const auto to = row_of(all_g, at, d);
    std::ranges::copy(row_of(g, k, d), to.begin());
    std::ranges::copy(row_of(w, k, d), row_of(all_w, at, d).begin());
    if (at % fan > 0) to[at % fan - 1] += difference * norm(row_of(g, k, d));
  }
  const auto of = gradients(all_g, all_w, all_w, signs()).w_prime;
  const auto value = [&](std::size_t at) {
    const auto downhill = row_of(of, at, d);
    return signs() ? -dot(row_of(all_w, at, d), downhill) : norm(downhill);
  };
  AscentState out;
  out.w = std::move(w);
  out.g.resize(g.size());
  out.uphill_g.resize(g.size());
  out.uphill_w.resize(g.size());
  for (std::size_t k = 0; k < count; ++k) {
    const auto here = row_of(out.g, k, d);
    std::ranges::copy(row_of(all_g, k * fan, d), here.begin());
    const double base = value(k * fan), size = norm(here);
    out.value.push_back(base);
    for (std::size_t i = 0; i + 1 < fan; ++i) {
      const double moved = row_of(all_g, k * fan + i + 1, d)[i] - here[i];
      if (moved > 0.0) row_of(out.uphill_g, k, d)[i] = (value(k * fan + i + 1) - base) / moved * size;
    }
    if (!signs()) continue;
    const auto at = row_of(out.w, k, d), up = row_of(out.uphill_w, k, d);
    for (std::size_t i = 0; i + 1 < fan; ++i) up[i] = -row_of(of, k * fan, d)[i] - base * at[i];
  }
  return out;
}

template <class T>
void BlockSearch<T>::AscentState::take(const AscentState& other, std::size_t k) {
  const int d = static_cast<int>(g.size() / value.size());
  for (auto part : {&AscentState::g, &AscentState::w, &AscentState::uphill_g, &AscentState::uphill_w})
    std::ranges::copy(row_of(other.*part, k, d), row_of(this->*part, k, d).begin());
  value[k] = other.value[k];
}

template <class T>
void BlockSearch<T>::ascend(AscentState& at, std::int64_t steps) {
  const int d = length();
  const double most = longest * opening_length();
  ascend_all(at, steps, step_lengths, [&](const std::vector<double>& step) {
    auto g = at.g, w = at.w;
    for (std::size_t k = 0; k < step.size(); ++k) {
      const auto up_g = row_of(at.uphill_g, k, d), up_w = row_of(at.uphill_w, k, d);
      const double pull = std::hypot(norm(up_g), norm(up_w)), by = pull > 0.0 ? step[k] / pull : 0.0;
      const auto to_g = row_of(g, k, d), to_w = row_of(w, k, d);
      const double size = norm(to_g);
      for (std::size_t i = 0; i < to_g.size(); ++i) {
        to_g[i] += by * size * up_g[i];
        to_w[i] += by * up_w[i];
      }
      if (const double now = norm(to_g), limit = std::max(size, most); now > limit && most > 0.0)
        scale(to_g, limit / now);
      if (signs()) normalise(to_w);
    }
    return evaluate(std::move(g), std::move(w));
  });
}

/// For large rho, w can hardly move against the kinks, which move with g.
template <class T>
void BlockSearch<T>::choose_weights(AscentState& at) {
  if (!signs()) return;
  const auto again = start(at.g);
  auto chosen = at;
  for (std::size_t k = 0; k < at.value.size(); ++k) {
    if (!(again.value[k] > at.value[k])) continue;
    std::ranges::copy(row_of(again.g, k, length()), row_of(chosen.g, k, length()).begin());
    std::ranges::copy(row_of(again.w, k, length()), row_of(chosen.w, k, length()).begin());
  }
  at = evaluate(std::move(chosen.g), std::move(chosen.w));
}

template <class T>
std::vector<FoundBlock> BlockSearch<T>::best(const AscentState& mine, std::size_t keep, double apart) const {
  auto& columns = problem_->grid().arrangement_axis();
  const auto g = columns.all_gather(mine.g), value = columns.all_gather(mine.value);
  std::vector<FoundBlock> found;
  for (const std::size_t k : best_distinct(g, value, length(), keep, apart)) {
    const auto point = row_of(g, k, length());
    found.push_back({value[k], {point.begin(), point.end()}});
  }
  return found;
}

template <class T>
std::vector<double> BlockSearch<T>::promising(const std::vector<double>& rows, std::size_t keep) {
  const int d = length();
  const auto total = static_cast<std::int64_t>(rows.size()) / d;
  const Range share = problem_->grid().blocks(total);
  const auto started = start(local_rows(rows, share, d));
  std::vector<double> g;
  for (const auto& each : best(started, keep, apart_at_start))
    g.insert(g.end(), each.g.begin(), each.g.end());
  return g;
}

template <class T>
std::vector<FoundBlock> BlockSearch<T>::search(const ArrangementOptions& options, std::int64_t round,
                                               std::span<const double> candidates, std::size_t keep) {
  const int d = length();
  const auto ascents =
      std::max({fewest, keep, static_cast<std::size_t>(options.pricing.starts) / starts_for_one});
  auto rows = promising(random_starts(options, round), ascents);
  const auto known = promising({candidates.begin(), candidates.end()}, ascents);
  rows.insert(rows.end(), known.begin(), known.end());
  const auto total = static_cast<std::int64_t>(rows.size()) / d;
  const Range share = problem_->grid().blocks(total);
  const auto started = start(local_rows(rows, share, d));
  auto points = evaluate(started.g, started.w);
  const std::int64_t half = options.pricing.steps / 2;
  for (const std::int64_t steps : {half, options.pricing.steps - half}) {
    ascend(points, steps);
    choose_weights(points);
  }
  return best(points, keep, apart_at_end);
}

template class BlockSearch<float>;
template class BlockSearch<double>;

}  // namespace zerogap

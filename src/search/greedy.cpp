// SPDX-License-Identifier: Apache-2.0
#include "search/greedy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "bounds/lagrangian_bound.hpp"
#include "core/norm.hpp"
#include "model/form.hpp"
#include "model/output_layer.hpp"
#include "model/unconstrained_parametrization.hpp"
#include "optim/bfgs.hpp"
#include "search/filter_search.hpp"
#include "search/primal_objective.hpp"

namespace zerogap {
namespace {

/// Consecutive rounds without gain, each with other random starts, after which the search ends: one search
/// may miss a filter that lowers the objective.
constexpr int most_idle_rounds = 3;
/// A round gains nothing if it lowers the objective by less than this times the tolerance, relative. Near the
/// optimum gains are of second order in what is left to gain.
constexpr double small_gain = 1e-3;
/// Filters are added, merged and removed; this many rounds for each of network.filters are enough.
constexpr std::int64_t rounds_a_filter = 4;

/// Filters that a search adds to those in use.
constexpr std::size_t directions = 8;
/// decay: number of trial lengths of a new filter, between the least with an output and `longest` times it.
constexpr int lengths = 48;
constexpr double longest = 300.0;

/// Filters closer than this, relative to their length, may be one.
constexpr double near_duplicates = 0.03;

void append(Filters& network, std::span<const double> u, double v) {
  network.u.insert(network.u.end(), u.begin(), u.end());
  network.v.push_back(v);
  ++network.count;
}

std::span<const double> filter(const Filters& network, std::int64_t k) {
  const auto d = static_cast<std::size_t>(network.length);
  return std::span(network.u).subspan(static_cast<std::size_t>(k) * d, d);
}

double product(const Filters& network, std::int64_t k) {
  return row_norm(network.u.data(), k, network.length) * std::abs(network.v[static_cast<std::size_t>(k)]);
}

Filters unit(Filters network) {
  const Filters given = network;
  to_unit_filters<double>(given.u, given.v, network.u, network.v);
  return network;
}

/// relative: the factorisation of |u||v| with the least cost.
Filters balanced(const Filters& network) {
  Filters out = unit(network);
  for (std::size_t k = 0; k < out.v.size(); ++k) {
    const double root = std::sqrt(std::abs(out.v[k]));
    for (std::size_t i = k * static_cast<std::size_t>(out.length);
         i < (k + 1) * static_cast<std::size_t>(out.length); ++i)
      out.u[i] *= root;
    out.v[k] = std::copysign(root, out.v[k]);
  }
  return out;
}

template <class T>
class Greedy {
 public:
  Greedy(const Config& config, const Problem<T>& problem)
      : options_(config.greedy),
        most_(problem.filters()),
        problem_(&problem),
        form_(problem.context().form),
        beta_(problem.context().beta),
        objective_(problem),
        now_{0, problem.length(), {}, {}} {}

  std::optional<Filters> run(const GreedyFollower& follower) {
    value_ = objective_.value(now_);
    int idle = 0;
    for (std::int64_t round = 0;; ++round) {
      if (!follower.go_on()) return std::nullopt;
      const auto found = search(round, idle > 0);
      const double ratio = found.empty() ? 0.0 : found.front().value / (2.0 * beta_), gap = this->gap(found);
      follower.searched(
          {now_.count, value_, ratio, form_ == NetworkForm::decay ? std::nullopt : std::optional(gap)});
      if (now_.count >= most_) return end(follower, true);
      const auto next = found.empty() ? std::nullopt : with_another(found);
      const double before = value_;
      const bool pays = next && (form_ == NetworkForm::decay || gap > options_.tolerance);
      if (pays) improve(*next);
      idle = value_ < before - small_gain * options_.tolerance * before ? 0 : idle + 1;
      if (idle == most_idle_rounds || round == rounds_a_filter * most_) return end(follower, false);
    }
  }

 private:
  Filters end(const GreedyFollower& follower, bool all) {
    follower.ended(now_.count, value_, all);
    Filters out = now_;
    out.count = most_;
    out.u.resize(static_cast<std::size_t>(most_ * out.length));
    out.v.resize(static_cast<std::size_t>(most_));
    return out;
  }

  /// The best filters for the current residual. closely: refines all of them by BFGS, not only the first few.
  std::vector<FoundFilter> search(std::int64_t round, bool closely) {
    objective_.value(now_);
    auto options = options_.search;
    options.seed += static_cast<std::uint64_t>(round);
    const auto& pass = objective_.pass();
    FilterSearch<T> search(*problem_, pass.residual().values(), pass.residual_bound());
    const auto keep =
        static_cast<std::size_t>(now_.count) + directions;  // they may include all filters of the network
    auto found = search.search(form_, options, now_.u, keep);
    const auto refined = closely ? found.size() : std::min(found.size(), directions);
    for (std::size_t n = 0; n < refined; ++n) found[n] = search.refined(form_, found[n], options.steps);
    std::ranges::stable_sort(found, std::ranges::greater{}, &FoundFilter::value);
    return found;
  }

  /// The relative gap to the bound built on the search.
  double gap(const std::vector<FoundFilter>& found) const {
    const FoundMaximum most = found.empty() ? FoundMaximum() : FoundMaximum(found.front().value);
    const auto bound =
        lagrangian_bound(objective_.pass().residual().dual_sums(), most, beta_, multiplier_scale_limit(0.0));
    return estimated_gap(value_, bound.lower_bound);
  }

  /// The network with the most promising filter added; none if none lowers the objective.
  std::optional<Filters> with_another(const std::vector<FoundFilter>& found) {
    Filters next = now_;
    if (form_ != NetworkForm::decay) {
      if (!(found.front().value > 2.0 * beta_)) return std::nullopt;
      // An output weight with the right sign, too small to have an effect: improve() fits it.
      append(next, found.front().u, found.front().sign * std::numeric_limits<double>::min());
      return next;
    }
    const auto [u, v, gain] = best_length(found);
    if (!(gain > options_.tolerance * value_)) return std::nullopt;
    append(next, u, v);
    return next;
  }

  struct Candidate {
    std::vector<double> u;
    double v = 0.0, gain = 0.0;
  };
  /// decay: along every direction found, the length for which the filter with its best output weight lowers
  /// the objective most. At u that weight is f/2(|tau|^2 + beta), f = z'tau, and the gain f^2/4(|tau|^2 +
  /// beta) - beta|u|^2.
  Candidate best_length(const std::vector<FoundFilter>& found) {
    Filters all{0, now_.length, {}, {}};
    const double lambda = problem_->context().lambda;
    const double least =
        lambda > 0.0 ? lambda / problem_->train().bounds.patch_norm : 1.0 / std::sqrt(longest);
    for (const auto& each : std::span(found).first(std::min(found.size(), directions)))
      for (int n = 0; n < lengths; ++n) {
        const double length = least * std::pow(longest, (n + 1.0) / lengths);
        auto u = each.u;
        const double factor = length / row_norm(u.data(), 0, now_.length);
        for (double& entry : u) entry *= factor;
        append(all, u, 1.0);
      }
    const auto against = objective_.slopes(now_, all),
               against_target = objective_.slopes({0, now_.length, {}, {}}, all);
    Candidate best;
    for (std::int64_t k = 0; k < all.count; ++k) {
      const auto u = filter(all, k);
      const auto at = static_cast<std::size_t>(k);
      if (against[at] == 0.0) continue;
      const double norm = row_norm(u.data(), 0, now_.length), f = -2.0 * against[at];
      const Filters alone{1, now_.length, {u.begin(), u.end()}, {1.0}};
      const double square = objective_.own_slopes(alone)[0] - against_target[at];
      const double gain = f * f / (4.0 * (square + beta_)) - beta_ * norm * norm;
      if (gain > best.gain) best = {{u.begin(), u.end()}, f / (2.0 * (square + beta_)), gain};
    }
    return best;
  }

  /// Replaces the current network if the objective is lower, or higher by at most the allowance; returns
  /// whether it did.
  bool take(const Filters& network, double allowance = 0.0) {
    const double value = objective_.value(network);
    if (!(value < value_ || value <= value_ + allowance)) return false;
    now_ = network;
    value_ = value;
    return true;
  }

  void improve(const Filters& next) {
    if (!take(refitted(next))) take(polished(next));
    take(polished(now_));
    take(refitted(now_));
    drop_negligible();
    merge_near_duplicates();
  }

  /// Fits the best output weights for these filters and removes filters with weight 0.
  Filters refitted(const Filters& network) {
    const bool decay = form_ == NetworkForm::decay;
    Filters out = form_ == NetworkForm::relative ? unit(network) : network;
    Filters one = out;
    std::fill(one.v.begin(), one.v.end(), 0.0);
    const auto n = one.v.size();
    const auto of_none = objective_.own_slopes(one);
    std::vector<double> gram(n * n), target(n);
    for (std::size_t k = 0; k < n; ++k) {
      one.v[k] = 1.0;
      const auto column = objective_.own_slopes(one);
      for (std::size_t j = 0; j < n; ++j) gram[j * n + k] = column[j] - of_none[j];
      one.v[k] = 0.0;
      target[k] = -of_none[k];
    }
    if (decay)
      out.v = ridge_weights(gram, target, beta_);
    else
      lasso_weights(gram, target, beta_, out.v);
    out = without_zeros(out);
    return form_ == NetworkForm::relative ? balanced(out) : out;
  }

  Filters polished(const Filters& network) {
    const FreeVariables variables(form_, network);
    auto x = variables.vector();
    const auto function = [&](std::span<const double> at, std::span<double> gradient) {
      const double value = objective_.value(variables.filters(at));
      const auto& of = objective_.gradient();
      variables.pull_back(at, of.u, of.v, gradient);
      return value;
    };
    minimise(function, x, options_.polish, std::numeric_limits<T>::epsilon());
    const auto out = variables.filters(x);
    return form_ == NetworkForm::relative ? balanced(out) : out;
  }

  /// decay: removes the filters that the decay has brought nearly to zero.
  void drop_negligible() {
    double largest = 0.0;
    for (std::int64_t k = 0; k < now_.count; ++k) largest = std::max(largest, product(now_, k));
    Filters kept{0, now_.length, {}, {}};
    for (std::int64_t k = 0; k < now_.count; ++k)
      if (product(now_, k) > 1e-6 * largest)
        append(kept, filter(now_, k), now_.v[static_cast<std::size_t>(k)]);
    if (kept.count < now_.count) take(kept, negligible_rise());
  }

  /// Merges the two closest filters if that does not raise the objective.
  void merge_near_duplicates() {
    double least = near_duplicates;
    std::int64_t a = -1, b = -1;
    for (std::int64_t k = 0; k < now_.count; ++k)
      for (std::int64_t j = 0; j < k; ++j) {
        const bool same_side =
            now_.v[static_cast<std::size_t>(k)] * now_.v[static_cast<std::size_t>(j)] > 0.0;
        const double apart = distance(filter(now_, k), filter(now_, j));
        if (same_side && apart < least) least = apart, a = j, b = k;
      }
    if (a < 0) return;
    Filters merged{0, now_.length, {}, {}};
    for (std::int64_t k = 0; k < now_.count; ++k)
      if (k != b) append(merged, filter(now_, k), now_.v[static_cast<std::size_t>(k)]);
    const auto into = static_cast<std::size_t>(a);
    const double of_a = product(now_, a), of_b = product(now_, b), share = of_b / (of_a + of_b);
    for (std::size_t i = 0; i < static_cast<std::size_t>(now_.length); ++i) {
      double& entry = merged.u[into * static_cast<std::size_t>(now_.length) + i];
      entry += share * (filter(now_, b)[i] - entry);
    }
    merged.v[into] += now_.v[static_cast<std::size_t>(b)];
    if (form_ == NetworkForm::relative) merged = refitted(merged);
    take(refitted(polished(merged)), negligible_rise());
  }
  static double distance(std::span<const double> a, std::span<const double> b) {
    double square = 0.0, of_a = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      square += (a[i] - b[i]) * (a[i] - b[i]);
      of_a += a[i] * a[i];
    }
    return std::sqrt(square / of_a);
  }
  /// Largest rise of the objective that is ignored.
  double negligible_rise() const { return 1e-3 * options_.tolerance * value_; }

  GreedyOptions options_;
  std::int64_t most_;
  const Problem<T>* problem_;
  NetworkForm form_;
  double beta_;
  PrimalObjective<T> objective_;
  Filters now_;
  double value_ = 0.0;
};

}  // namespace

template <class T>
std::optional<Filters> greedy_filters(const Config& config, const Problem<T>& problem,
                                      const GreedyFollower& follower) {
  return Greedy<T>(config, problem).run(follower);
}

template std::optional<Filters> greedy_filters(const Config&, const Problem<float>&, const GreedyFollower&);
template std::optional<Filters> greedy_filters(const Config&, const Problem<double>&, const GreedyFollower&);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "methods/split_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/norm.hpp"
#include "core/random.hpp"
#include "search/ascent.hpp"

namespace zerogap {
namespace {

/// Atoms of which less than this many filters would be made are joined with others.
constexpr double lightest = 0.5;
/// Filters are joined where their distance (see distance()) is below `near`; light atoms where it is below
/// `far`.
constexpr double near = 0.25, far = 1.0;
/// A filter's length over the root of its mass, at which it costs (8 + 1/8)/2 times as much as an atom.
constexpr double longest = 2.8284271247461903;
/// No filter occurs more often.
constexpr double most_copies = 1e9;
/// How far copies are moved apart, relative to their length.
constexpr double apart = 0.1;
/// A filter whose output is smaller than this share of the largest is left out.
constexpr double negligible = 1e-5;

/// An atom as a point of the cone on which the program is convex: q = m e and s = m t contribute tau_s(Y q),
/// and two nearly equal atoms are nearly the sum of their points.
struct Cone {
  std::vector<double> q;
  double s = 0.0;

  double mass() const { return row_norm(q.data(), 0, static_cast<int>(q.size())); }
  double threshold() const { return s / mass(); }
  /// m t^2/lambda^2: how many decay filters it asks for.
  double filters(double lambda) const { return s * s / (mass() * lambda * lambda); }
  void join(const Cone& other) {
    for (std::size_t i = 0; i < q.size(); ++i) q[i] += other.q[i];
    s += other.s;
  }
};

/// Of directions, and of thresholds relative to the larger one.
double distance(const Cone& a, const Cone& b) {
  const double ma = a.mass(), mb = b.mass();
  double square = 0.0;
  for (std::size_t i = 0; i < a.q.size(); ++i) square += std::pow(a.q[i] / ma - b.q[i] / mb, 2);
  const double ta = a.threshold(), tb = b.threshold();
  return std::sqrt(square) + std::abs(ta - tb) / std::max({ta, tb, std::numeric_limits<double>::min()});
}

/// The atoms, with signs in q: tau is odd.
std::vector<Cone> cones(const Atoms& atoms, double lambda) {
  std::vector<Cone> all;
  for (std::size_t k = 0; k < atoms.mass.size(); ++k) {
    const auto u = row_of(atoms.u, k, atoms.length);
    const double size = row_norm(u.data(), 0, atoms.length);
    Cone cone{{u.begin(), u.end()}, lambda / size * atoms.mass[k]};
    scale(cone.q, atoms.sign[k] * atoms.mass[k] / size);
    all.push_back(std::move(cone));
  }
  return all;
}

/// Whether little is left of the heavier one in the sum.
bool cancel(const Cone& a, const Cone& b) {
  Cone sum = a;
  sum.join(b);
  return sum.mass() < 0.5 * std::max(a.mass(), b.mass());
}

/// Joins the lightest that has a neighbour near enough with it, until none asks for less than `lightest`
/// filters. Where there are more than `most`, the lightest of all is joined with its nearest neighbour,
/// however far, or left out where the two cancel: their filter would have a threshold that no patch passes.
void join_light(std::vector<Cone>& all, double lambda, std::int64_t most) {
  std::size_t settled = 0;  // the first so many have no neighbour near enough
  std::ranges::stable_sort(all, {}, [&](const Cone& c) { return c.filters(lambda); });
  while (all.size() > 1) {
    const bool too_many = static_cast<std::int64_t>(all.size()) > most;
    const std::size_t at = too_many ? 0 : settled;
    if (at >= all.size() || (!too_many && all[at].filters(lambda) >= lightest)) return;
    const Cone moved = all[at];
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(at));
    const auto nearest = std::ranges::min_element(all, {}, [&](const Cone& c) { return distance(c, moved); });
    if (too_many && cancel(*nearest, moved)) continue;
    if (!too_many && distance(*nearest, moved) > far) {
      all.insert(all.begin() + static_cast<std::ptrdiff_t>(at), moved);
      ++settled;
      continue;
    }
    nearest->join(moved);
    // What cancels itself has no direction.
    std::erase_if(all, [](const Cone& c) { return !(c.mass() > 0.0); });
    std::ranges::stable_sort(all, {}, [&](const Cone& c) { return c.filters(lambda); });
    settled = 0;
  }
}

/// 2 beta m (kappa + 1/kappa)/2 for N copies of an atom that asks for `wanted`, over 2 beta.
double cost(double mass, double wanted, double copies) {
  const double kappa = wanted / copies;
  return mass * 0.5 * (kappa + 1.0 / kappa);
}

/// Takes copies away where that costs least, until at most `most` are left. Their number grows as
/// 1/lambda^2: where it is far too large, all are made fewer in proportion first.
void limit(std::vector<double>& copies, const std::vector<Cone>& all, double lambda, std::int64_t most) {
  double total = std::accumulate(copies.begin(), copies.end(), 0.0);
  const double share = 2.0 * static_cast<double>(most) / total;
  for (double& each : copies)
    if (share < 1.0) each = std::max(1.0, std::floor(each * share));
  total = std::accumulate(copies.begin(), copies.end(), 0.0);
  while (total > static_cast<double>(most)) {
    std::size_t best = all.size();
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (copies[k] < 2.0) continue;
      const double mass = all[k].mass(), wanted = all[k].filters(lambda);
      const double rise = cost(mass, wanted, copies[k] - 1.0) - cost(mass, wanted, copies[k]);
      if (rise < least) least = rise, best = k;
    }
    if (best == all.size()) return;
    --copies[best];
    --total;
  }
}

/// One filter for these copies, of the length that the atom's threshold asks for. Where that is very long for
/// its mass, as near t = 0, it is cut, which costs less and raises the threshold.
void append(SplitNetwork& network, const Cone& cone, double lambda, double copies) {
  const double mass = cone.mass(), own = cone.s > 0.0 ? lambda * mass / cone.s : 0.0;
  const double length = own > 0.0 ? std::min(own, longest * std::sqrt(mass)) : std::sqrt(mass / copies);
  for (const double entry : cone.q) network.u.push_back(entry / mass * length);
  network.v.push_back(mass / (copies * length));
  network.copies.push_back(copies);
}

/// The points that become filters.
std::vector<Cone> joined(const Atoms& atoms, double lambda, std::int64_t most) {
  auto all = cones(atoms, lambda);
  if (lambda > 0.0) join_light(all, lambda, most);
  // Without a threshold the sum of the filters does the same for less.
  while (lambda == 0.0 && all.size() > 1) {
    all.front().join(all.back());
    all.pop_back();
  }
  return all;
}

SplitNetwork built(const std::vector<Cone>& all, int length, double lambda, std::int64_t most) {
  std::vector<double> copies;
  for (const auto& cone : all)
    copies.push_back(lambda > 0.0 ? std::clamp(std::round(cone.filters(lambda)), 1.0, most_copies) : 1.0);
  limit(copies, all, lambda, most);
  SplitNetwork network{.length = length};
  for (std::size_t k = 0; k < all.size(); ++k) append(network, all[k], lambda, copies[k]);
  return network;
}

/// The atoms that a network is made of.
std::vector<Cone> cones(const SplitNetwork& network) {
  std::vector<Cone> all;
  for (std::size_t g = 0; g < network.count(); ++g) {
    const auto u = row_of(network.u, g, network.length);
    Cone cone{{u.begin(), u.end()}, 0.0};
    scale(cone.q, network.copies[g] * network.v[g]);
    cone.s = network.copies[g] * std::abs(network.v[g]);  // over lambda, as if that were 1
    all.push_back(std::move(cone));
  }
  return all;
}

}  // namespace

std::int64_t SplitNetwork::filters() const {
  return static_cast<std::int64_t>(std::accumulate(copies.begin(), copies.end(), 0.0));
}

Filters SplitNetwork::complete() const {
  Filters out{0, length, {}, {}};
  for (std::size_t g = 0; g < count(); ++g)
    for (double n = 0.0; n < copies[g]; ++n) {
      const auto filter = row_of(u, g, length);
      out.u.insert(out.u.end(), filter.begin(), filter.end());
      out.v.push_back(v[g]);
      ++out.count;
    }
  return out;
}

SplitNetwork without_copies(const Filters& filters) {
  return {filters.length, filters.u, filters.v, std::vector<double>(filters.v.size(), 1.0)};
}

std::int64_t filters_wanted(const Atoms& atoms, double lambda) {
  return split(atoms, lambda, std::numeric_limits<std::int64_t>::max()).filters();
}

SplitNetwork split(const Atoms& atoms, double lambda, std::int64_t most) {
  return built(joined(atoms, lambda, most), atoms.length, lambda, most);
}

SplitPrice price_of_split(const Atoms& atoms, double lambda, std::int64_t most, double near_zero) {
  const auto all = joined(atoms, lambda, most);
  const auto network = built(all, atoms.length, lambda, most);
  SplitPrice price;
  for (std::size_t g = 0; g < network.count(); ++g) {
    const double size = row_norm(network.u.data(), static_cast<std::int64_t>(g), network.length);
    const double paid = 0.5 * network.copies[g] * (size * size + network.v[g] * network.v[g]);
    (all[g].threshold() < near_zero ? price.at_zero : price.rest) += paid - all[g].mass();
  }
  return price;
}

SplitNetwork joined_to(const SplitNetwork& network, std::int64_t most) {
  auto all = cones(network);
  join_light(all, 1.0, most);
  return built(all, network.length, 1.0, most);
}

SplitNetwork untied(const SplitNetwork& network, std::uint64_t seed) {
  SplitNetwork out = without_copies(network.complete());
  const Random random(seed, RandomUse::search);
  std::vector<double> moved(static_cast<std::size_t>(out.length));
  for (std::size_t k = 0; k < out.count(); ++k) {
    const auto u = row_of(out.u, k, out.length);
    const double size = row_norm(u.data(), 0, out.length);
    random.normals(k, moved);
    for (std::size_t i = 0; i < moved.size(); ++i)
      u[i] += apart * size * moved[i] / std::sqrt(static_cast<double>(moved.size()));
  }
  return out;
}

SplitNetwork simplified(const SplitNetwork& network, std::int64_t joins, std::int64_t most) {
  auto all = cones(network);
  double largest = 0.0;
  for (const auto& cone : all) largest = std::max(largest, cone.mass());
  std::erase_if(all, [&](const Cone& cone) { return !(cone.mass() > negligible * largest); });
  for (std::int64_t n = 0; n < joins && all.size() > 1; ++n) {
    double least = near;
    std::size_t a = 0, b = 0;
    for (std::size_t k = 0; k < all.size(); ++k)
      for (std::size_t j = 0; j < k; ++j)
        if (const double apart = distance(all[k], all[j]); apart < least) least = apart, a = j, b = k;
    if (least == near) break;
    all[a].join(all[b]);
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(b));
  }
  return built(all, network.length, 1.0, most);
}

}  // namespace zerogap

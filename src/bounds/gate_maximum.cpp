// SPDX-License-Identifier: Apache-2.0
#include "bounds/gate_maximum.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <queue>
#include <utility>
#include <vector>

namespace zerogap {
namespace {

constexpr double unit_rounding = std::numeric_limits<double>::epsilon();

/// Added to half a box's angle: many times the roundings of all its ancestors' angles and of its lines'
/// angles.
constexpr double angle_rounding = 256.0 * unit_rounding;

/// A bound on the rounding error of a sum over patches of z_i q_i y_i, in either coordinate and in norm: each
/// term has a few roundings, and each addition rounds a partial sum.
double allowance(std::span<const double> y, std::span<const double> z, int d) {
  double sum = 0.0;
  for (std::size_t i = 0; i < z.size(); ++i)
    for (int k = 0; k < d; ++k)
      sum += std::abs(z[i] * y[i * static_cast<std::size_t>(d) + static_cast<std::size_t>(k)]);
  return 4.0 * unit_rounding * (static_cast<double>(z.size()) + 8.0) * sum;
}

/// phi(t) = sum over |y_i| > t of z_i sign(y_i) (|y_i| - t): Y'Q z of patches on one line with coordinates y,
/// for t = lambda/|g|. Linear between the breakpoints t = |y_i|, 0 beyond the last.
class OnALine {
 public:
  void add(double y, double z) { patches_.push_back({std::abs(y), y > 0.0 ? z : -z}); }
  /// To be called when all patches are added.
  void arrange() {
    std::ranges::sort(patches_, std::greater{}, &Patch::size);
    double sum = 0.0, slope = 0.0;
    for (Patch& p : patches_) {
      p.value = sum - slope * p.size;
      p.sum = sum += p.weight * p.size;
      p.slope = slope += p.weight;
    }
  }

  double longest() const { return patches_.empty() ? 0.0 : patches_.front().size; }
  double at(double t) const {
    const auto open = std::ranges::partition_point(patches_, [&](const Patch& p) { return p.size > t; });
    return open == patches_.begin() ? 0.0 : std::prev(open)->sum - std::prev(open)->slope * t;
  }
  /// The least and the greatest value for t in [low, high].
  std::pair<double, double> range(double low, double high) const {
    const double ends[] = {at(low), at(high)};
    std::pair<double, double> out{std::min(ends[0], ends[1]), std::max(ends[0], ends[1])};
    const auto first = std::ranges::partition_point(patches_, [&](const Patch& p) { return p.size > high; });
    for (auto p = first; p != patches_.end() && p->size > low; ++p) {
      out.first = std::min(out.first, p->value);
      out.second = std::max(out.second, p->value);
    }
    return out;
  }

 private:
  struct Patch {
    double size, weight;                         ///< |y_i|, z_i sign(y_i)
    double value = 0.0, sum = 0.0, slope = 0.0;  ///< phi(|y_i|), and phi = sum - slope t below that
  };
  std::vector<Patch> patches_;  ///< from the longest down
};

/// |g| with t = lambda/|g|; for t = 0, long enough to be close to the limit.
double length_for(double t, double longest, double lambda) {
  return lambda > 0.0 ? lambda / std::max(t, 1e-6 * longest) : 1.0;
}

GateMaximum on_the_line(std::span<const double> y, std::span<const double> z, double lambda) {
  OnALine line;
  for (std::size_t i = 0; i < z.size(); ++i)
    if (y[i] != 0.0) line.add(y[i], z[i]);
  line.arrange();
  GateMaximum out;
  const auto try_threshold = [&](double t) {
    const double value = std::abs(line.at(t));
    if (!(value > out.attained.value())) return;
    out.attained = FoundMaximum(value);
    out.g = {length_for(t, line.longest(), lambda)};
  };
  try_threshold(0.0);
  for (std::size_t i = 0; i < z.size() && lambda > 0.0; ++i) try_threshold(std::abs(y[i]));
  out.bound = UpperBound::proved(out.attained.value(), allowance(y, z, 1));
  return out;
}

struct Vector {
  double x = 0.0, y = 0.0;
  double norm() const { return std::hypot(x, y); }
};

/// Angles in [angle - half, angle + half] and t in [low, high], with an upper bound of the norm there.
struct Box {
  double angle, half, low, high, bound;
  bool operator<(const Box& other) const { return bound < other.bound; }
};

/// The patches by the lines through 0 that they lie on. With n a line's unit vector and a = |n.u| for the
/// direction u of g, its patches' part of Y'Q z is n phi(t/a). As u turns at a right angle to a line and g
/// grows, t/a takes any value: the patches of one line must be taken together for the bound to close.
class Plane {
 public:
  Plane(std::span<const double> y, std::span<const double> z) {
    std::vector<std::pair<double, std::size_t>> angles;
    for (std::size_t i = 0; i < z.size(); ++i) {
      if (y[2 * i] == 0.0 && y[2 * i + 1] == 0.0) continue;
      double angle = std::atan2(y[2 * i + 1], y[2 * i]);
      if (angle < 0.0) angle += std::numbers::pi;
      if (angle >= std::numbers::pi * (1.0 - 2.0 * unit_rounding)) angle = 0.0;
      angles.emplace_back(angle, i);
    }
    std::ranges::sort(angles);
    double last = -1.0;
    for (const auto& [angle, i] : angles) {
      if (angle - last > 4.0 * unit_rounding || lines_.empty())
        lines_.push_back({{std::cos(angle), std::sin(angle)}, {}});
      last = angle;
      const Vector n = lines_.back().n;
      const double along = y[2 * i] * n.x + y[2 * i + 1] * n.y;
      lines_.back().phi.add(std::copysign(std::hypot(y[2 * i], y[2 * i + 1]), along), z[i]);
    }
    for (Line& line : lines_) line.phi.arrange();
  }

  double longest() const {
    double out = 0.0;
    for (const Line& line : lines_) out = std::max(out, line.phi.longest());
    return out;
  }
  std::size_t lines() const { return lines_.size(); }

  /// |Y'Q z| at this direction and t.
  double at(double angle, double t) const {
    const Vector u{std::cos(angle), std::sin(angle)};
    Vector sum;
    for (const auto& [n, phi] : lines_) {
      const double a = std::abs(n.x * u.x + n.y * u.y), value = a > 0.0 ? phi.at(t / a) : 0.0;
      sum = {sum.x + value * n.x, sum.y + value * n.y};
    }
    return sum.norm();
  }

  /// The farthest corner of the sum of the segments {n phi}, phi in its line's range.
  double bound(const Box& box) {
    const Vector u{std::cos(box.angle), std::sin(box.angle)};
    Vector corner;
    segments_.clear();
    for (const auto& [n, phi] : lines_) {
      const double middle = std::abs(n.x * u.x + n.y * u.y),
                   turn = box.half + angle_rounding;  // |n.u| changes by less than this
      const double least = middle - turn, most = middle + turn;
      const auto [low, high] = phi.range(box.low / most, least > 0.0 ? box.high / least : INFINITY);
      // Lines are sorted by their angle in [0, pi]: n points up, low is the lower end.
      corner = {corner.x + low * n.x, corner.y + low * n.y};
      segments_.push_back({(high - low) * n.x, (high - low) * n.y});
    }
    double farthest = corner.norm();      // the lowest corner of all
    for (const double way : {1.0, -1.0})  // up along the right half of the boundary, down along the left
      for (const Vector& along : segments_) {
        corner = {corner.x + way * along.x, corner.y + way * along.y};
        farthest = std::max(farthest, corner.norm());
      }
    return farthest;
  }

 private:
  struct Line {
    Vector n;
    OnALine phi;
  };
  std::vector<Line> lines_;  ///< by angle
  std::vector<Vector> segments_;
};

GateMaximum in_the_plane(std::span<const double> y, std::span<const double> z, double lambda,
                         const GateMaximumOptions& options) {
  Plane plane(y, z);
  GateMaximum out;
  const double slack = 2.0 * allowance(y, z, 2);  // corners are sums too, of twice as many terms
  std::priority_queue<Box> open;
  const auto bound_box = [&](Box box) {
    for (const double t : {box.low, (box.low + box.high) / 2.0}) {
      const double value = plane.at(box.angle, t);
      if (!(value > out.attained.value())) continue;
      out.attained = FoundMaximum(value);
      const double size = length_for(t, plane.longest(), lambda);
      out.g = {size * std::cos(box.angle), size * std::sin(box.angle)};
    }
    box.bound = std::min(box.bound, plane.bound(box));
    open.push(box);
    ++out.boxes;
  };
  constexpr double quarter = std::numbers::pi / 2.0;  // g and -g have the same gate, so half a turn suffices
  bound_box({quarter, quarter, 0.0, lambda > 0.0 ? plane.longest() : 0.0, INFINITY});
  const double a_box = static_cast<double>(plane.lines()) + 64.0;
  while (open.top().bound > out.attained.value() * (1.0 + options.tolerance) + slack &&
         static_cast<double>(out.boxes) * a_box < options.work) {
    const Box box = open.top();
    open.pop();
    const double middle = (box.low + box.high) / 2.0, half = box.half / 2.0;
    for (const double angle : {box.angle - half, box.angle + half}) {
      bound_box({angle, half, box.low, middle, box.bound});
      if (box.high > middle) bound_box({angle, half, middle, box.high, box.bound});
    }
  }
  out.bound = UpperBound::proved(std::max(open.top().bound, out.attained.value()), slack);
  return out;
}

}  // namespace

GateMaximum largest_block_norm(std::span<const double> y, std::span<const double> z, int d, double lambda,
                               const GateMaximumOptions& options) {
  return d == 1 ? on_the_line(y, z, lambda) : in_the_plane(y, z, lambda, options);
}

}  // namespace zerogap

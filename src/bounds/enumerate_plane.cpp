// SPDX-License-Identifier: Apache-2.0
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "bounds/enumerate.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

struct Point {
  double x = 0.0, y = 0.0;
};

double dot(Point a, Point b) { return a.x * b.x + a.y * b.y; }

/// A line u = p + s q through the rows' cells, |q| = 1, p orthogonal to q.
struct Line {
  Point p, q;
  double away = 0.0;   ///< |p|
  double reach = 0.0;  ///< |s| <= reach
};

/// alpha + gamma s is f on a piece of a line; at a breakpoint they change.
struct Break {
  double s = 0.0, alpha = 0.0, gamma = 0.0;
};

struct Found {
  double value = 0.0;
  Point u;
  std::size_t line = 0;

  /// The greater value; of equal values that of the earlier line, so that threads do not matter.
  void keep(const Found& other) {
    if (other.value > value || (other.value == value && other.line < line)) *this = other;
  }
};

/// One row's part in f along a line: adds what holds at s = -reach to `start` and the changes to `breaks`.
void add_row(const Line& line, Point b, double w, double lambda, Break& start, std::vector<Break>& breaks) {
  const double p = dot(b, line.p), q = dot(b, line.q);
  const auto active = [&](double sign, double times) {
    return Break{0.0, times * w * (p - sign * lambda), times * w * q};
  };
  const auto add = [&](double s, Break change) {
    if (s <= -line.reach) {
      start.alpha += change.alpha;
      start.gamma += change.gamma;
    } else if (s < line.reach) {
      breaks.push_back({s, change.alpha, change.gamma});
    }
  };
  if (q == 0.0) {
    if (std::abs(p) > lambda) add(-line.reach, active(std::copysign(1.0, p), 1.0));
    return;
  }
  // In the direction of s, b.u leaves its active side below and enters the one above.
  const double below = q > 0.0 ? -1.0 : 1.0;
  add(-line.reach, active(below, 1.0));
  add((below * lambda - p) / q, active(below, -1.0));
  add((-below * lambda - p) / q, active(-below, 1.0));
}

class Walk {
 public:
  Walk(const Rows& rows, NetworkForm form, double lambda) : rows_(rows), form_(form), lambda_(lambda) {}

  /// The greatest |f| (with any threshold |f|/|u|) along b_i.u = lambda.
  Found line(std::size_t i, std::vector<Break>& breaks) const {
    Found best{0.0, {}, i};
    Line line;
    const Point b = row(i);
    const double norm = rows_.norm[i];
    line.q = {-b.y / norm, b.x / norm};
    const double away = lambda_ / norm;
    line.away = away;
    line.p = {b.x / norm * away, b.y / norm * away};
    if (any_threshold(form_))
      line.reach =
          1e60 * away;  // beyond, no t above 1e-60 of the longest row is left: that is the limit |Y'z|
    else if (away < 1.0)
      line.reach = std::sqrt((1.0 - away) * (1.0 + away));
    else
      return best;

    Break piece;
    breaks.clear();
    for (std::size_t j = 0; j < rows_.count; ++j)
      if (j != i) add_row(line, row(j), rows_.w[j], lambda_, piece, breaks);
    std::sort(breaks.begin(), breaks.end(), [](const Break& a, const Break& c) { return a.s < c.s; });
    double from = -line.reach;
    offer(line, piece, from, best);
    for (const Break& at : breaks) {
      offer(line, piece, at.s, best);
      if (any_threshold(form_)) offer_inside(line, piece, from, at.s, best);
      piece.alpha += at.alpha;
      piece.gamma += at.gamma;
      from = at.s;
      offer(line, piece, from, best);
    }
    offer(line, piece, line.reach, best);
    if (any_threshold(form_)) offer_inside(line, piece, from, line.reach, best);
    return best;
  }

  /// The greatest |f| on the unit circle.
  Found circle() const {
    struct Turn {
      double angle, x, y, signs;
    };
    constexpr double pi = std::numbers::pi;
    std::vector<Turn> turns;
    Turn arc{-pi, 0.0, 0.0, 0.0};  // f = (x, y).u - lambda signs
    const auto within = [](double angle) {
      return angle >= pi ? angle - 2.0 * pi : angle < -pi ? angle + 2.0 * pi : angle;
    };
    for (std::size_t i = 0; i < rows_.count; ++i) {
      if (rows_.norm[i] <= lambda_) continue;
      const Point b = row(i);
      const double middle = std::atan2(b.y, b.x), half = std::acos(lambda_ / rows_.norm[i]), w = rows_.w[i];
      for (const double side : {0.0, pi}) {
        const double first = within(within(middle + side) - half),
                     last = within(within(middle + side) + half);
        const double signs = side == 0.0 ? w : -w;
        turns.push_back({first, w * b.x, w * b.y, signs});
        turns.push_back({last, -w * b.x, -w * b.y, -signs});
        if (first <= last) continue;
        arc.x += w * b.x;
        arc.y += w * b.y;
        arc.signs += signs;
      }
    }
    std::sort(turns.begin(), turns.end(), [](const Turn& a, const Turn& c) { return a.angle < c.angle; });
    Found best{0.0, {1.0, 0.0}, 0};
    const auto offer = [&](Point u) {
      const double value = std::abs(arc.x * u.x + arc.y * u.y - lambda_ * arc.signs);
      if (value > best.value) best = {value, u, 0};
    };
    const auto offer_arc = [&](double from, double to) {
      offer({std::cos(from), std::sin(from)});
      offer({std::cos(to), std::sin(to)});
      const double norm = std::hypot(arc.x, arc.y);
      if (norm == 0.0) return;
      for (const double sign : {1.0, -1.0}) {
        const double angle = std::atan2(sign * arc.y, sign * arc.x);
        if (angle >= from && angle <= to) offer({sign * arc.x / norm, sign * arc.y / norm});
      }
    };
    for (const Turn& turn : turns) {
      offer_arc(arc.angle, turn.angle);
      arc = {turn.angle, arc.x + turn.x, arc.y + turn.y, arc.signs + turn.signs};
    }
    offer_arc(arc.angle, pi);
    return best;
  }

 private:
  Point row(std::size_t i) const { return {rows_.coordinate(0)[i], rows_.coordinate(1)[i]}; }

  void offer(const Line& line, const Break& piece, double s, Found& best) const {
    double value = std::abs(piece.alpha + piece.gamma * s);
    // |s| and |p| are at most 1e120.
    if (any_threshold(form_)) value /= std::sqrt(line.away * line.away + s * s);
    if (value > best.value) best = {value, {line.p.x + s * line.q.x, line.p.y + s * line.q.y}, best.line};
  }

  void offer_inside(const Line& line, const Break& piece, double from, double to, Found& best) const {
    if (piece.alpha == 0.0) return;  // then s = infinity: the limit at the end of the line
    const double s = piece.gamma * line.away / piece.alpha * line.away;
    if (s > from && s < to) offer(line, piece, s, best);
  }

  const Rows& rows_;
  NetworkForm form_;
  double lambda_;
};

}  // namespace

Candidate enumerate_plane(const Rows& rows, NetworkForm form, double lambda) {
  const bool any_t = any_threshold(form);
  // With any threshold lambda only sets the unit of length of u; with this one t = longest at |u| = 1.
  const double unit = any_t ? rows.longest : lambda;
  const Walk walk(rows, form, unit);
  Found best{-1.0, {1.0, 0.0}, rows.count};
  if (form != NetworkForm::relative) {
#pragma omp parallel
    {
      Found mine = best;
      std::vector<Break> breaks;
#pragma omp for schedule(dynamic, 16) nowait
      for (std::size_t i = 0; i < rows.count; ++i) mine.keep(walk.line(i, breaks));
#pragma omp critical(zerogap_enumerate_plane)
      best.keep(mine);
    }
  }
  Candidate out;
  out.t = unit;
  if (!any_t) {
    const Found circle = walk.circle();
    if (circle.value >= best.value) best = circle;
  }
  const double norm = std::hypot(best.u.x, best.u.y);
  out.value = std::max(best.value, 0.0);
  out.u = {best.u.x, best.u.y};
  if (norm == 0.0) out.u = {1.0, 0.0};
  if (norm > 0.0 && (any_t || norm > 1.0)) out.u = {best.u.x / norm, best.u.y / norm};
  if (any_t) {
    out.t = norm > 0.0 ? unit / norm : unit;
    std::vector<double> direction(2);
    const double limit = linear_norm(rows, direction);
    if (limit > out.value) {
      out.value = limit;
      out.u = direction;
      out.t = 0.0;
    }
  }
  out.error =
      16.0 * (static_cast<double>(rows.count) + 16.0) * kRounding * (rows.sum_wb + unit * rows.sum_w) +
      rows.dropped;
  return out;
}

double plane_seconds(std::size_t rows, NetworkForm form, int threads) {
  if (form == NetworkForm::relative) return 0.0;
  const double n = static_cast<double>(rows), each = any_threshold(form) ? 2.5e-8 : 9e-9;
  return each * n * n * std::log2(2.0 * n + 2.0) / std::max(threads, 1);
}

}  // namespace zerogap

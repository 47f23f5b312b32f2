// SPDX-License-Identifier: Apache-2.0
#include "data/digits.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/random.hpp"
#include "data/source.hpp"

namespace zerogap {
namespace {

struct Point {
  double x, y;
};

/// Points of a pen's path in a unit box, y down; a curve passes smoothly through them, a line in straight
/// segments.
struct Stroke {
  bool curve;
  std::vector<Point> points;
};

using Glyph = std::vector<Stroke>;

const std::array<Glyph, 10>& glyphs() {
  static const std::array<Glyph, 10> shapes{{
      {{true,
        {{.55, .02},
         {.24, .16},
         {.12, .5},
         {.22, .84},
         {.5, .98},
         {.79, .83},
         {.88, .48},
         {.76, .14},
         {.5, .02}}}},
      {{false, {{.36, .2}, {.54, .02}, {.5, .98}}}},
      {{true, {{.14, .26}, {.3, .06}, {.6, .03}, {.8, .2}, {.72, .46}, {.44, .74}, {.14, .95}}},
       {true, {{.14, .95}, {.4, .9}, {.64, .97}, {.9, .92}}}},
      {{true, {{.18, .13}, {.48, .02}, {.78, .15}, {.72, .36}, {.4, .47}}},
       {true, {{.4, .47}, {.74, .55}, {.86, .75}, {.68, .95}, {.38, .98}, {.12, .86}}}},
      {{false, {{.5, .02}, {.12, .62}, {.9, .6}}}, {false, {{.74, .3}, {.66, .98}}}},
      {{false, {{.84, .04}, {.3, .05}, {.24, .44}}},
       {true, {{.24, .44}, {.5, .37}, {.8, .5}, {.84, .75}, {.58, .96}, {.14, .9}}}},
      {{true,
        {{.72, .03},
         {.4, .22},
         {.2, .52},
         {.2, .8},
         {.44, .98},
         {.74, .9},
         {.8, .68},
         {.6, .52},
         {.34, .58},
         {.2, .78}}}},
      {{false, {{.12, .08}, {.86, .06}}}, {true, {{.86, .06}, {.62, .42}, {.48, .7}, {.42, .98}}}},
      {{true,
        {{.7, .1},
         {.46, .02},
         {.24, .14},
         {.3, .36},
         {.54, .5},
         {.78, .7},
         {.74, .92},
         {.48, .98},
         {.24, .88},
         {.26, .68},
         {.52, .48},
         {.74, .3},
         {.7, .1}}}},
      {{true, {{.8, .22}, {.58, .04}, {.3, .1}, {.2, .32}, {.38, .5}, {.66, .44}, {.8, .22}}},
       {true, {{.8, .22}, {.78, .55}, {.64, .98}}}},
  }};
  return shapes;
}

/// The random choices for one image, each one number of its key's sequence.
class Hand {
 public:
  explicit Hand(std::uint64_t key) : random_(0, RandomUse::digits), key_(key) {
    const double turn = uniform(1, -0.16, 0.16), slant = uniform(2, -0.08, 0.36),
                 wide = uniform(4, 0.62, 0.9);
    const double c = std::cos(turn), s = std::sin(turn);
    xx_ = c * wide, xy_ = -c * slant - s;
    yx_ = s * wide, yy_ = -s * slant + c;
    for (std::uint32_t k = 0; k < bends_.size(); ++k)
      bends_[k] = {uniform(16 + 4 * k, -0.04, 0.04), uniform(17 + 4 * k, -0.04, 0.04),
                   uniform(18 + 4 * k, -6.0, 6.0), uniform(19 + 4 * k, 0.0, 2.0 * std::numbers::pi)};
    radius_ = uniform(7, 0.85, 1.65);
    softness_ = uniform(8, 0.9, 1.5);
  }

  /// From the unit box to the written shape: a smooth bend of the plane, so that strokes which meet still
  /// meet, then an affine map.
  Point place(Point p) const {
    Point q = p;
    for (std::size_t k = 0; k < bends_.size(); ++k) {
      const Bend& b = bends_[k];
      const double wave =
          std::sin((k % 2 == 0 ? p.x : p.y) * b.frequency + (k % 2 == 0 ? p.y : p.x) * 3.0 + b.phase);
      q.x += b.dx * wave, q.y += b.dy * wave;
    }
    const double x = q.x - 0.5, y = q.y - 0.5;
    return {xx_ * x + xy_ * y, yx_ * x + yy_ * y};
  }

  /// Scales the shape to 15.5 to 19 pixels and shifts it near the centre; including the pen's width it stays
  /// off the border.
  void fit(std::vector<std::vector<Point>>& chains) const {
    Point low = chains.front().front(), high = low;
    for (const std::vector<Point>& chain : chains)
      for (const Point& p : chain) {
        low = {std::min(low.x, p.x), std::min(low.y, p.y)};
        high = {std::max(high.x, p.x), std::max(high.y, p.y)};
      }
    const double scale = uniform(3, 15.5, 19.0) / std::max(high.x - low.x, high.y - low.y);
    const double x = 0.5 * kDigitSide + uniform(5, -1.1, 1.1), y = 0.5 * kDigitSide + uniform(6, -1.1, 1.1);
    for (std::vector<Point>& chain : chains)
      for (Point& p : chain)
        p = {x + scale * (p.x - 0.5 * (low.x + high.x)), y + scale * (p.y - 0.5 * (low.y + high.y))};
  }

  /// Ink at a distance from the pen's path, falling from 1 to 0 over `softness` pixels.
  double ink(double distance) const { return std::clamp((radius_ - distance) / softness_ + 0.5, 0.0, 1.0); }
  double reach() const { return radius_ + 0.5 * softness_; }

 private:
  struct Bend {
    double dx, dy, frequency, phase;
  };

  double uniform(std::uint32_t k, double low, double high) const {
    return low + (high - low) * random_.uniform(key_, k);
  }

  Random random_;
  std::uint64_t key_;
  double xx_, xy_, yx_, yy_;
  std::array<Bend, 4> bends_{};
  double radius_ = 0.0, softness_ = 0.0;
};

/// Catmull and Rom's spline between points 1 and 2.
Point spline(const Point& a, const Point& b, const Point& c, const Point& d, double t) {
  const auto blend = [t](double p, double q, double r, double s) {
    return 0.5 *
           (2.0 * q + t * (r - p + t * (2.0 * p - 5.0 * q + 4.0 * r - s + t * (3.0 * q - p - 3.0 * r + s))));
  };
  return {blend(a.x, b.x, c.x, d.x), blend(a.y, b.y, c.y, d.y)};
}

/// The stroke as a chain of short segments.
std::vector<Point> flatten(const Stroke& stroke, const Hand& hand) {
  constexpr int kSteps = 6;
  const std::vector<Point>& p = stroke.points;
  std::vector<Point> chain{hand.place(p.front())};
  for (std::size_t k = 0; k + 1 < p.size(); ++k)
    for (int step = 1; step <= kSteps; ++step) {
      const double t = static_cast<double>(step) / kSteps;
      const Point straight{p[k].x + t * (p[k + 1].x - p[k].x), p[k].y + t * (p[k + 1].y - p[k].y)};
      const Point& before = p[k == 0 ? 0 : k - 1];
      const Point& after = p[std::min(k + 2, p.size() - 1)];
      chain.push_back(hand.place(stroke.curve ? spline(before, p[k], p[k + 1], after, t) : straight));
    }
  return chain;
}

double distance_to_segment(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  const double t = length > 0.0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0.0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

/// Inks the pixels whose centres a segment reaches.
void draw_segment(Point a, Point b, const Hand& hand, std::span<double> out) {
  const auto low = [&](double v) { return std::max(0, static_cast<int>(std::floor(v - hand.reach()))); };
  const auto high = [&](double v) {
    return std::min(kDigitSide - 1, static_cast<int>(std::ceil(v + hand.reach())));
  };
  for (int y = low(std::min(a.y, b.y)); y <= high(std::max(a.y, b.y)); ++y)
    for (int x = low(std::min(a.x, b.x)); x <= high(std::max(a.x, b.x)); ++x) {
      double& pixel = out[static_cast<std::size_t>(y * kDigitSide + x)];
      pixel = std::max(pixel, hand.ink(distance_to_segment({x + 0.5, y + 0.5}, a, b)));
    }
}

class Digits final : public ImageSource {
 public:
  explicit Digits(Part part) : part_(part) {}
  std::int64_t images() const override { return kUnlimited; }
  int height() const override { return kDigitSide; }
  int width() const override { return kDigitSide; }
  std::string name() const override { return "drawn digits"; }
  void read(std::int64_t index, std::span<double> clean, std::span<double>) override {
    draw_digit(image_key(part_, index), clean);
  }

 private:
  Part part_;
};

}  // namespace

int digit_of(std::uint64_t key) { return static_cast<int>(Random(0, RandomUse::digits).bits(key, 0) % 10); }

void draw_digit(std::uint64_t key, std::span<double> out) {
  std::fill(out.begin(), out.end(), 0.0);
  const Hand hand(key);
  std::vector<std::vector<Point>> chains;
  for (const Stroke& stroke : glyphs()[static_cast<std::size_t>(digit_of(key))])
    chains.push_back(flatten(stroke, hand));
  hand.fit(chains);
  for (const std::vector<Point>& chain : chains)
    for (std::size_t k = 0; k + 1 < chain.size(); ++k) draw_segment(chain[k], chain[k + 1], hand, out);
}

std::unique_ptr<ImageSource> open_digits(Part part) { return std::make_unique<Digits>(part); }

}  // namespace zerogap

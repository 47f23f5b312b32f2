// SPDX-License-Identifier: Apache-2.0
#include "bounds/branch_node.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "bounds/eigen.hpp"

namespace zerogap {
namespace {

constexpr double slack = 1e-13;  // on |s|, for the rounding of what tightens boxes
constexpr int tile = static_cast<int>(Rows::tile);

// The tile's loops, also compiled for wider vectors; the version is chosen when the program starts. No
// multiply-add: the build forbids contraction.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define ZEROGAP_WIDE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ZEROGAP_WIDE
#endif

/// The parts of a node's envelope.
struct Shape {
  std::vector<double> centre, half;  // (d + 1)
  int cut = 0;                       // coordinates cut, < d: from here on the centre is 0
  double rest = 0.0;                 // |s| of the others at most
  double constant = 0.0, of_t = 0.0;
  std::vector<double> slope, gap;  // (d), (d + 1)
  std::vector<double> bend;        // (d + 1, d + 1), lower triangle; coordinate d is t
};

Shape shape_of(const Node& node) {
  const auto d = node.low.size() - 1;
  Shape shape;
  shape.centre.resize(d + 1);
  shape.half.resize(d + 1);
  shape.slope.assign(d, 0.0);
  shape.gap.assign(d + 1, 0.0);
  shape.bend.assign((d + 1) * (d + 1), 0.0);
  for (std::size_t k = 0; k <= d; ++k) {
    shape.centre[k] = 0.5 * (node.low[k] + node.high[k]);
    shape.half[k] = 0.5 * (node.high[k] - node.low[k]) * (1.0 + 4.0 * 0x1p-53) + 4.0 * 0x1p-53;
  }
  auto cut = d;
  while (cut > 0 && node.low[cut - 1] == -node.high[cut - 1]) --cut;
  shape.cut = static_cast<int>(cut);
  double left = 1.0 + slack, wide = 0.0;
  for (std::size_t k = 0; k < cut; ++k) {
    const double least = std::max({node.low[k], -node.high[k], 0.0});
    left -= least * least;
  }
  for (std::size_t k = cut; k < d; ++k) wide += node.high[k] * node.high[k];
  shape.rest = std::sqrt(std::max(std::min(left, wide), 0.0));
  return shape;
}

/// One tile's envelopes: into w p (slopes), w gap/size, the parabolas' w/(4 m) (0 for a linear one), and the
/// sums of the constants and slopes in t. `spread` (tile) is about the variance of a on the node.
struct TileSums {
  double constant, of_t, gap_t;
  double bends, bends_t;  // all parabolas, and those in a - t
};
struct TileEnvelope {
  alignas(64) double slope[tile], gap[tile], bend[tile], bend_t[tile];
};
ZEROGAP_WIDE TileSums envelope(const double* __restrict a, const double* __restrict size,
                               const double* __restrict spread, const double* __restrict norm,
                               const double* __restrict w, double t0, double t1, TileEnvelope& out) {
  const double t = 0.5 * (t0 + t1), half_t = 0.5 * (t1 - t0);
  double constant = 0.0, of_t = 0.0, gap_t = 0.0, bends = 0.0, bends_t = 0.0;
#pragma omp simd reduction(+ : constant, of_t, gap_t, bends, bends_t)
  for (int i = 0; i < tile; ++i) {
    const double low = std::max(a[i] - size[i], -norm[i]), high = std::min(a[i] + size[i], norm[i]);
    const double x1 = high - t0, x0 = std::min(low - t1, 0.0), x = a[i] - t;
    const double foot = std::min(std::max(low, -t1), t0);
    const double chord = x1 > 0.0 ? x1 / (x1 - x0) : 0.0;
    const double joint = x1 > 0.0 ? x1 / (high - foot) : 0.0;
    const double of_chord = chord * (x - x0), of_joint = joint * (a[i] - foot), below = a[i] + t;
    double least = of_chord, p = chord, q = -chord, e = -chord * x0;
    const bool takes_joint = of_joint < least;
    least = takes_joint ? of_joint : least;
    p = takes_joint ? joint : p;
    q = takes_joint ? 0.0 : q;
    e = takes_joint ? -joint * foot : e;
    const bool takes_below = below < least;
    least = takes_below ? below : least;
    p = takes_below ? 1.0 : p;
    q = takes_below ? 1.0 : q;
    e = takes_below ? 0.0 : e;
    const double m = std::sqrt(x * x + spread[i] + half_t * half_t + 1e-300);
    const double of_parabola = 0.5 * (x + m), bent = 0.5 * (x + m) / m;
    const bool takes_parabola = of_parabola < least;
    least = takes_parabola ? of_parabola : least;
    p = takes_parabola ? bent : p;
    q = takes_parabola ? -bent : q;
    e = takes_parabola ? bent * (0.5 * (x + m) - x) : e;
    const double far = a[i] + t1, twice = t0 + t1;
    const double touch = (far * far + spread[i]) / (far + 1e-300), k = twice / (touch * touch + 1e-300);
    const double of_arch = a[i] - t0 + twice * spread[i] / (far * far + spread[i] + 1e-300);
    const bool takes_arch = far > 1e-100 && touch >= 2.0 * twice && of_arch < least;
    least = takes_arch ? of_arch : least;
    p = takes_arch ? 1.0 + 2.0 * k * (far - touch) : p;
    q = takes_arch ? 0.0 : q;
    e = takes_arch ? -t0 + k * (far - touch) * (far - touch - 2.0 * a[i]) : e;
    const double there = std::max(x, 0.0) - std::max(-a[i] - t, 0.0);
    const double excess = w[i] * std::max(least - there, 0.0) / (size[i] + half_t + 1e-300);
    const double bend_t = takes_parabola && !takes_arch ? 0.25 * w[i] / m : 0.0;
    const double bend = takes_arch ? w[i] * k : bend_t;
    constant += w[i] * e;
    of_t += w[i] * q;
    gap_t += excess;
    bends += bend;
    bends_t += bend_t;
    out.slope[i] = w[i] * p;
    out.gap[i] = excess;
    out.bend[i] = bend;
    out.bend_t[i] = bend_t;
  }
  return {constant, of_t, gap_t, bends, bends_t};
}

ZEROGAP_WIDE double weighted_product(const double* __restrict weight, const double* __restrict a,
                                     const double* __restrict b) {
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (int i = 0; i < tile; ++i) sum += weight[i] * a[i] * b[i];
  return sum;
}

ZEROGAP_WIDE void project(const double* __restrict r, double centre, double half, double* __restrict a,
                          double* __restrict size, double* __restrict spread) {
  const double square = half * half / 3.0;
#pragma omp simd
  for (int i = 0; i < tile; ++i) {
    a[i] += centre * r[i];
    size[i] += half * std::abs(r[i]);
    spread[i] += square * r[i] * r[i];
  }
}

ZEROGAP_WIDE void gather(const double* __restrict r, const double* __restrict slope,
                         const double* __restrict gap, double& of_s, double& of_gap) {
  double first = 0.0, second = 0.0;
#pragma omp simd reduction(+ : first, second)
  for (int i = 0; i < tile; ++i) {
    first += slope[i] * r[i];
    second += gap[i] * std::abs(r[i]);
  }
  of_s += first;
  of_gap += second;
}

/// Adds the tile's parabolas: sum w/(4 m) (r, -1)(r, -1)'.
void add_bends(const RotatedRows& rows, std::size_t first, const TileEnvelope& tile_envelope, double bends_t,
               Shape& shape) {
  static constexpr auto ones = [] {
    std::array<double, tile> out{};
    out.fill(-1.0);
    return out;
  }();
  const auto d = static_cast<std::size_t>(rows.length);
  const auto coordinate = [&](std::size_t k) { return rows.r.data() + k * rows.stride + first; };
  const bool moves = shape.half[d] > 1e-15;
  for (std::size_t k = 0; k < d; ++k) {
    for (std::size_t j = 0; j <= k; ++j)
      shape.bend[k * (d + 1) + j] += weighted_product(tile_envelope.bend, coordinate(k), coordinate(j));
    if (moves)
      shape.bend[d * (d + 1) + k] += weighted_product(tile_envelope.bend_t, coordinate(k), ones.data());
  }
  if (moves) shape.bend[d * (d + 1) + d] += bends_t;
}

void add_tile(const RotatedRows& rows, std::size_t first, const Node& node, Shape& shape) {
  alignas(64) double a[tile], size[tile], spread[tile];
  TileEnvelope out;
  const auto d = static_cast<std::size_t>(rows.length);
  const auto cut = static_cast<std::size_t>(shape.cut);
  std::fill(a, a + tile, 0.0);
  for (std::size_t i = 0; i < Rows::tile; ++i) {
    size[i] = shape.rest * rows.rest[cut * rows.stride + first + i];
    spread[i] = cut < d ? size[i] * size[i] / static_cast<double>(d - cut) : 0.0;
  }
  for (std::size_t k = 0; k < cut; ++k)
    project(rows.r.data() + k * rows.stride + first, shape.centre[k], shape.half[k], a, size, spread);
  const auto sums = envelope(a, size, spread, rows.rest.data() + first, rows.w.data() + first, node.low[d],
                             node.high[d], out);
  shape.constant += sums.constant;
  shape.of_t += sums.of_t;
  shape.gap[d] += sums.gap_t;
  for (std::size_t k = 0; k < d; ++k)
    gather(rows.r.data() + k * rows.stride + first, out.slope, out.gap, shape.slope[k], shape.gap[k]);
  if (sums.bends > 0.0) add_bends(rows, first, out, sums.bends_t, shape);
}

/// An upper bound of what the parabolas' squares add, delta' H delta with |delta_k| <= half_k for coordinates
/// cut (and t) and |delta| <= rest for the others together. An entry of H is off by at most 2 n eps sqrt(H_kk
/// H_jj).
double bend_bound(const Shape& shape, double rows) {
  const auto d = shape.slope.size();
  const auto cut = static_cast<std::size_t>(shape.cut);
  const auto entry = [&](std::size_t k, std::size_t j) {
    return shape.bend[std::max(k, j) * (d + 1) + std::min(k, j)];
  };
  const auto is_cut = [&](std::size_t k) { return k < cut || k == d; };
  double both = 0.0, across = 0.0, moduli = 0.0;
  for (std::size_t k = 0; k <= d; ++k) {
    moduli += (is_cut(k) ? shape.half[k] : shape.rest) * std::sqrt(std::max(entry(k, k), 0.0));
    double column = 0.0;
    for (std::size_t j = 0; j <= d; ++j)
      if (is_cut(j)) column += shape.half[j] * std::abs(entry(k, j));
    if (is_cut(k))
      both += shape.half[k] * column;
    else
      across += column * column;
  }
  std::vector<double> rest((d - cut) * (d - cut));
  for (std::size_t k = cut; k < d; ++k)
    for (std::size_t j = cut; j < d; ++j) rest[(k - cut) * (d - cut) + j - cut] = entry(k, j);
  const double square = cut < d ? largest_eigenvalue_bound(rest, static_cast<int>(d - cut)) : 0.0;
  return both + 2.0 * shape.rest * std::sqrt(across) + shape.rest * shape.rest * square +
         4.0 * (rows + 32.0) * kRounding * moduli * moduli;
}

/// An upper bound of max slope.s over the box within the unit ball: for any m >= 0 it is at most
/// sum_k max(slope_k s_k - m s_k^2/2) + m/2 (1 + slack). `top` becomes the s of the m chosen.
double linear_maximum(const Node& node, std::span<const double> slope, std::span<double> top) {
  const auto dual = [&](double m) {
    double square = 0.0;
    for (std::size_t k = 0; k < slope.size(); ++k) {
      const double far = slope[k] >= 0.0 ? node.high[k] : node.low[k];
      top[k] = m > 0.0 ? std::clamp(slope[k] / m, node.low[k], node.high[k]) : far;
      square += top[k] * top[k];
    }
    return square;
  };
  double m = 0.0;
  if (dual(0.0) > 1.0) {
    double least = 0.0, most = 1e-300;
    for (const double entry : slope) most += std::abs(entry);
    while (dual(most) > 1.0 && most < 1e300) most *= 4.0;
    for (int k = 0; k < 100 && most - least > 1e-15 * most; ++k) {
      m = 0.5 * (least + most);
      (dual(m) > 1.0 ? least : most) = m;
    }
    m = most < 1e300 ? most : 0.0;
    dual(m);
  }
  double value = 0.5 * m * (1.0 + slack);
  for (std::size_t k = 0; k < slope.size(); ++k) value += slope[k] * top[k] - 0.5 * m * top[k] * top[k];
  return value;
}

void finish(const Shape& shape, double rows, Node& node) {
  const auto d = shape.slope.size();
  node.top.resize(d + 1);
  node.top[d] = shape.of_t > 0.0 ? node.high[d] : node.low[d];
  const double value = linear_maximum(node, shape.slope, std::span(node.top).first(d));
  const double bound = shape.constant + shape.of_t * node.top[d] + value + bend_bound(shape, rows);
  node.bound = std::min(node.bound, bound);

  // How much the bound at the centre is too high and how much the linear part adds, each split by coordinate.
  double range = 0.0, centre = 0.0;
  for (std::size_t k = 0; k < d; ++k) {
    range += std::abs(shape.slope[k]) * shape.half[k];
    centre += shape.slope[k] * shape.centre[k];
  }
  const double rise = range > 0.0 ? std::max(value - centre, 0.0) / range : 0.0;
  double most = -1.0;
  for (std::size_t k = 0; k <= d; ++k) {
    const double slope = k < d ? rise * std::abs(shape.slope[k]) : std::abs(shape.of_t);
    const double score = node.high[k] > node.low[k] ? shape.half[k] * (shape.gap[k] + slope) : -1.0;
    if (score <= most) continue;
    most = score;
    node.split = static_cast<int>(k);
  }
}

}  // namespace

RotatedRows rotate_rows(const Rows& rows, std::vector<double> axes) {
  const auto d = static_cast<std::size_t>(rows.length);
  RotatedRows out{rows.length, rows.stride, {}, {}, rows.w, std::move(axes), 0.0};
  out.r.assign(d * rows.stride, 0.0);
  out.rest.assign((d + 1) * rows.stride, 0.0);
  for (std::size_t k = 0; k < d; ++k)
    for (std::size_t j = 0; j < d; ++j)
      for (std::size_t i = 0; i < rows.stride; ++i)
        out.r[k * rows.stride + i] += out.v[j * d + k] * rows.b[j * rows.stride + i];
  for (std::size_t k = d; k-- > 0;)
    for (std::size_t i = 0; i < rows.stride; ++i) {
      const double r = out.r[k * rows.stride + i], rest = out.rest[(k + 1) * rows.stride + i];
      out.rest[k * rows.stride + i] = std::sqrt(r * r + rest * rest);
    }
  double defect = 0.0;
  for (std::size_t k = 0; k < d; ++k)
    for (std::size_t j = 0; j < d; ++j) {
      double product = k == j ? -1.0 : 0.0;
      for (std::size_t i = 0; i < d; ++i) product += out.v[i * d + k] * out.v[i * d + j];
      defect += product * product;
    }
  out.defect = std::sqrt(defect) + static_cast<double>(d * (d + 2)) * kRounding;
  return out;
}

bool tighten(Node& node, bool sphere) {
  const auto d = node.low.size() - 1;
  for (int pass = 0; pass < 2; ++pass) {
    double least = 0.0, most = 0.0;
    const auto nearest = [&](std::size_t k) { return std::max({node.low[k], -node.high[k], 0.0}); };
    const auto farthest = [&](std::size_t k) { return std::max(node.high[k], -node.low[k]); };
    for (std::size_t k = 0; k < d; ++k) {
      least += nearest(k) * nearest(k);
      most += farthest(k) * farthest(k);
    }
    if (least > 1.0 + slack || (sphere && most < 1.0 - slack)) return false;
    for (std::size_t k = 0; k < d; ++k) {
      const double near = nearest(k), far = farthest(k);
      const double reach = std::sqrt(std::max(1.0 + slack - (least - near * near), 0.0));
      if (node.high[k] > reach) node.high[k] = std::max(reach, node.low[k]);
      if (node.low[k] < -reach) node.low[k] = std::min(-reach, node.high[k]);
      const double start = sphere ? std::sqrt(std::max(1.0 - slack - (most - far * far), 0.0)) : 0.0;
      if (node.low[k] >= 0.0 && start > node.low[k]) node.low[k] = std::min(start, node.high[k]);
      if (node.high[k] <= 0.0 && -start < node.high[k]) node.high[k] = std::max(-start, node.low[k]);
      least += nearest(k) * nearest(k) - near * near;
      most += farthest(k) * farthest(k) - far * far;
    }
  }
  return true;
}

void bound_nodes(const RotatedRows& rows, std::span<Node> nodes) {
  std::vector<Shape> shapes;
  shapes.reserve(nodes.size());
  for (const Node& node : nodes) shapes.push_back(shape_of(node));
  for (std::size_t first = 0; first < rows.stride; first += Rows::tile)
    for (std::size_t n = 0; n < nodes.size(); ++n) add_tile(rows, first, nodes[n], shapes[n]);
  for (std::size_t n = 0; n < nodes.size(); ++n)
    finish(shapes[n], static_cast<double>(rows.stride), nodes[n]);
}

double node_error(const Rows& rows, const RotatedRows& rotated, double t_most) {
  const double n = static_cast<double>(rows.count), d = rows.length;
  const double terms = (1.0 + std::sqrt(d)) * n + 4.0 * d + 128.0;
  return 2.0 * (terms * kRounding + slack) * (rows.sum_wb + t_most * rows.sum_w) +
         2.0 * rotated.defect * rows.sum_wb + rows.dropped;
}

}  // namespace zerogap

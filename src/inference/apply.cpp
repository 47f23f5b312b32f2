// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "inference/network.hpp"

namespace zerogap {
namespace {

/// The normalised image inside a border of (m-1)/2 zeros.
struct Padded {
  std::int64_t width;  ///< of a line, including the border
  std::vector<double> pixels;
};

Padded pad(std::span<const double> noisy, int height, int width, int side, const Normalisation& n) {
  const int border = (side - 1) / 2;
  Padded p{std::int64_t{width} + 2 * border, {}};
  p.pixels.resize(static_cast<std::size_t>(p.width * (height + 2 * border)));
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      p.pixels[static_cast<std::size_t>((y + border) * p.width + x + border)] =
          (noisy[static_cast<std::size_t>(y * width + x)] - n.mean) / n.deviation;
  return p;
}

/// out[x] = y.row for the patches y around the pixels of line `line`.
void products(const Padded& image, std::int64_t line, int side, const double* row, std::vector<double>& out) {
  std::fill(out.begin(), out.end(), 0.0);
  for (int a = 0; a < side; ++a)
    for (int b = 0; b < side; ++b) {
      const double factor = row[a * side + b];
      const double* from = image.pixels.data() + (line + a) * image.width + b;
      for (std::size_t x = 0; x < out.size(); ++x) out[x] += factor * from[x];
    }
}

void add_filter(double lambda, double v, const std::vector<double>& a, double* pred) {
  for (std::size_t x = 0; x < a.size(); ++x)
    pred[x] += v * std::copysign(std::max(std::abs(a[x]) - lambda, 0.0), a[x]);
}

/// a = y.g_j, b = y.(w'_j - w_j).
void add_block(double lambda, const std::vector<double>& a, const std::vector<double>& b, double* pred) {
  for (std::size_t x = 0; x < a.size(); ++x)
    if (std::abs(a[x]) > lambda) pred[x] += (1.0 - lambda / std::abs(a[x])) * b[x];
}

}  // namespace

std::vector<double> apply(const TrainedNetwork& network, std::span<const double> noisy, int height,
                          int width) {
  const Normalisation& n = network.normalisation;
  const Padded image = pad(noisy, height, width, network.side, n);
  const std::int64_t d = std::int64_t{network.side} * network.side;
  std::vector<double> change;  // w' - w
  for (std::size_t i = 0; i < network.dual.w.size(); ++i)
    change.push_back(network.dual.w_prime[i] - network.dual.w[i]);
  std::vector<double> pred(noisy.size());
#pragma omp parallel
  {
    std::vector<double> a(static_cast<std::size_t>(width)), b(a.size());
#pragma omp for schedule(static)
    for (std::int64_t line = 0; line < height; ++line) {
      double* out = pred.data() + line * width;
      for (std::int64_t k = 0; k < network.rows(); ++k) {
        const double* row = (network.gated ? network.dual.g : network.filters.u).data() + k * d;
        products(image, line, network.side, row, a);
        if (network.gated) {
          products(image, line, network.side, change.data() + k * d, b);
          add_block(network.lambda, a, b, out);
        } else {
          add_filter(network.lambda, network.filters.v[static_cast<std::size_t>(k)], a, out);
        }
      }
      for (int x = 0; x < width; ++x) out[x] = out[x] * n.deviation + n.mean;
    }
  }
  return pred;
}

}  // namespace zerogap

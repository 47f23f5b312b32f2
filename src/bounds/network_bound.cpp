#include "bounds/network_bound.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bounds/patch_rows.hpp"

namespace zerogap {

NetworkBound network_bound(double zx, double zz, double zx_error, double zz_error, double maximum,
                           double beta) {
  NetworkBound bound;
  if (!(zz > 0.0)) return bound;
  const double cap = maximum > 0.0 ? 2.0 * beta / maximum * (1.0 - 4.0 * kRounding)
                                   : std::numeric_limits<double>::infinity();
  const double s = std::clamp(2.0 * zx / zz, -cap, cap);
  const double linear = s * zx, square = s * s * zz / 4.0;
  const double error =
      std::abs(s) * zx_error + s * s * zz_error / 4.0 + 8.0 * kRounding * (std::abs(linear) + square);
  const double value = linear - square - error;
  if (value > 0.0) bound = {s, value};
  return bound;
}

double product_sum_error(std::int64_t terms, double z_norm, double x_norm) {
  return 2.0 * (static_cast<double>(terms) + 4.0) * kRounding * z_norm * x_norm;
}

NetworkBound network_bound(std::span<const double> z, std::span<const double> x, double maximum,
                           double beta) {
  double zx = 0.0, zz = 0.0, xx = 0.0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    zx += z[i] * x[i];
    zz += z[i] * z[i];
    xx += x[i] * x[i];
  }
  const auto terms = static_cast<std::int64_t>(z.size());
  return network_bound(zx, zz, product_sum_error(terms, std::sqrt(zz), std::sqrt(xx)),
                       product_sum_error(terms, std::sqrt(zz), std::sqrt(zz)), maximum, beta);
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "bounds/lagrangian_bound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace zerogap {
namespace {

/// Half an ulp of 1.
constexpr double eps = 0x1p-53;

struct Value {
  double scale = 0.0, lower_bound = 0.0;
};

Value best_value(const DualSums& sums, double maximum, double beta, double scale_limit) {
  const auto& [zx, zz] = sums;
  if (!(zz.value > 0.0) || !(maximum >= 0.0)) return {};  // NaN gives no cap
  double cap =
      maximum > 0.0 ? 2.0 * beta / maximum * (1.0 - 8.0 * eps) : std::numeric_limits<double>::infinity();
  cap = std::min(cap, scale_limit);
  const double s = std::clamp(2.0 * zx.value / zz.value, -cap, cap);
  const double linear = s * zx.value, square = s * s * zz.value / 4.0,
               error =
                   std::abs(s) * zx.error + s * s * zz.error / 4.0 + 8.0 * eps * (std::abs(linear) + square),
               value = linear - square - error;
  return value > 0.0 ? Value{s, value} : Value{};
}

double relative_gap(double objective, double lower_bound) {
  return objective > 0.0 ? std::max(0.0, (objective - lower_bound) / objective) : 0.0;
}

}  // namespace

DualSums dual_sums(std::span<const double> z, std::span<const double> x) {
  double zx = 0.0, zz = 0.0, xx = 0.0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    zx += z[i] * x[i];
    zz += z[i] * z[i];
    xx += x[i] * x[i];
  }
  const auto terms = static_cast<std::int64_t>(z.size());
  return {{zx, product_sum_error(terms, std::sqrt(zz), std::sqrt(xx))},
          {zz, product_sum_error(terms, std::sqrt(zz), std::sqrt(zz))}};
}

double product_sum_error(std::int64_t terms, double z_norm, double x_norm) {
  return 2.0 * (static_cast<double>(terms) + 4.0) * eps * z_norm * x_norm;
}

LagrangianBound<Certificate> lagrangian_bound(const DualSums& sums, UpperBound maximum, double beta,
                                              double scale_limit) {
  const auto [scale, value] = best_value(sums, maximum.value(), beta, scale_limit);
  return {Certificate::proved(value), scale};
}

LagrangianBound<Estimate> lagrangian_bound(const DualSums& sums, FoundMaximum maximum, double beta,
                                           double scale_limit) {
  const auto [scale, value] = best_value(sums, maximum.value(), beta, scale_limit);
  return {Estimate(value), scale};
}

void require_bound(double objective, Certificate lower_bound, double rounding) {
  const double proved = lower_bound.value();
  if (!(proved > objective + rounding)) return;
  throw runtime_failure(
      "the lower bound exceeds the objective",
      fmt::format("{:.17g} and {:.17g}, more than rounding allows by {:.3g}", proved, objective,
                  proved - objective - rounding),
      "this is a defect of zerogap; please report it with the run's config.yaml and log.txt");
}

double certified_gap(double objective, Certificate lower_bound) {
  return relative_gap(objective, lower_bound.value());
}

double estimated_gap(double objective, Estimate lower_bound) {
  return relative_gap(objective, lower_bound.value());
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "model/unconstrained_parametrization.hpp"

#include <algorithm>
#include <cmath>

#include "core/norm.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

/// sin(t)/t, and what p p' is multiplied by in the derivative of sin(|p|) p/|p|: (cos t - sin(t)/t)/t^2.
double sinc(double t) { return t > 1e-4 ? std::sin(t) / t : 1.0 - t * t / 6.0; }
double sinc_slope(double t) { return t > 1e-4 ? (std::cos(t) - std::sin(t) / t) / (t * t) : -1.0 / 3.0; }

}  // namespace

FreeVariables::FreeVariables(NetworkForm form, const Filters& filters) : form_(form), start_(filters) {}

std::vector<double> FreeVariables::vector() const {
  std::vector<double> x(start_.u);
  x.insert(x.end(), start_.v.begin(), start_.v.end());
  if (has_kink(form_))
    for (std::size_t k = start_.u.size(); k < x.size(); ++k) x[k] = std::sqrt(std::abs(x[k]));
  if (form_ != NetworkForm::ball) return x;
  for (std::int64_t k = 0; k < start_.count; ++k) {
    const double norm = row_norm(start_.u.data(), k, start_.length);
    const double factor = norm > 0.0 ? std::asin(std::min(norm, 1.0)) / norm : 1.0;
    for (std::int64_t i = k * start_.length; i < (k + 1) * start_.length; ++i)
      x[static_cast<std::size_t>(i)] *= factor;
  }
  return x;
}

Filters FreeVariables::filters(std::span<const double> x) const {
  Filters out = start_;
  std::ranges::copy(x.first(out.u.size()), out.u.begin());
  std::ranges::copy(x.subspan(out.u.size()), out.v.begin());
  if (has_kink(form_))
    for (std::size_t k = 0; k < out.v.size(); ++k) out.v[k] = std::copysign(out.v[k] * out.v[k], start_.v[k]);
  if (form_ != NetworkForm::ball) return out;
  for (std::int64_t k = 0; k < out.count; ++k) {
    const double factor = sinc(row_norm(x.data(), k, out.length));
    for (std::int64_t i = k * out.length; i < (k + 1) * out.length; ++i)
      out.u[static_cast<std::size_t>(i)] *= factor;
  }
  return out;
}

void FreeVariables::pull_back(std::span<const double> x, std::span<const double> of_u,
                              std::span<const double> of_v, std::span<double> out) const {
  std::ranges::copy(of_u, out.begin());
  std::ranges::copy(of_v, out.begin() + static_cast<std::ptrdiff_t>(of_u.size()));
  if (has_kink(form_))
    for (std::size_t k = 0; k < of_v.size(); ++k)
      out[of_u.size() + k] *= 2.0 * std::copysign(x[of_u.size() + k], start_.v[k]);
  if (form_ != NetworkForm::ball) return;
  const auto d = static_cast<std::size_t>(start_.length);
  for (std::size_t k = 0; k < of_v.size(); ++k) {
    const double t = row_norm(x.data(), static_cast<std::int64_t>(k), start_.length);
    double along = 0.0;
    for (std::size_t i = k * d; i < (k + 1) * d; ++i) along += x[i] * of_u[i];
    for (std::size_t i = k * d; i < (k + 1) * d; ++i)
      out[i] = sinc(t) * of_u[i] + sinc_slope(t) * along * x[i];
  }
}

}  // namespace zerogap

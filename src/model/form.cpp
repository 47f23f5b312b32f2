// SPDX-License-Identifier: Apache-2.0
#include "model/form.hpp"

#include <algorithm>
#include <cmath>

#include "core/norm.hpp"

namespace zerogap {
namespace {

/// d, if there are filters.
int length_of(std::size_t entries, std::size_t count) {
  return count == 0 ? 0 : static_cast<int>(entries / count);
}

}  // namespace

std::string_view name_of(NetworkForm form) {
  switch (form) {
    case NetworkForm::product:
      return "product";
    case NetworkForm::ball:
      return "ball";
    case NetworkForm::relative:
      return "relative";
    case NetworkForm::decay:
      break;
  }
  return "decay";
}

double regularisation(NetworkForm form, double norm, double v) {
  if (form == NetworkForm::ball) return 2.0 * std::abs(v);
  if (form == NetworkForm::product) return 2.0 * norm * std::abs(v);
  return norm * norm + v * v;
}

template <class T>
void add_regularisation(NetworkForm form, double beta, std::span<const T> u, std::span<const T> v,
                        std::span<double> of_u, std::span<double> of_v) {
  const double twice = 2.0 * beta;
  if (!has_kink(form)) {
    for (std::size_t i = 0; i < of_u.size(); ++i) of_u[i] += twice * double{u[i]};
    for (std::size_t k = 0; k < of_v.size(); ++k) of_v[k] += twice * double{v[k]};
    return;
  }
  const int d = length_of(u.size(), v.size());
  for (std::size_t k = 0; k < of_v.size(); ++k) {
    const auto row = static_cast<std::int64_t>(k);
    const double norm = form == NetworkForm::product ? row_norm(u.data(), row, d) : 1.0;
    if (form == NetworkForm::product && norm > 0.0)
      for (auto i = static_cast<std::size_t>(row * d); i < static_cast<std::size_t>((row + 1) * d); ++i)
        of_u[i] += twice * std::abs(double{v[k]}) / norm * double{u[i]};
    if (v[k] != T{0})
      of_v[k] += std::copysign(twice * norm, double{v[k]});
    else
      of_v[k] -= std::clamp(of_v[k], -twice * norm, twice * norm);
  }
}

template <class T>
void to_unit_filters(std::span<const T> u, std::span<const T> v, std::span<T> s, std::span<T> t) {
  const int d = length_of(u.size(), v.size());
  for (std::size_t k = 0; k < v.size(); ++k) {
    const auto row = static_cast<std::int64_t>(k);
    const double norm = row_norm(u.data(), row, d);
    t[k] = static_cast<T>(double{v[k]} * norm);
    for (std::int64_t i = row * d; i < (row + 1) * d; ++i)
      s[static_cast<std::size_t>(i)] =
          norm > 0.0 ? static_cast<T>(double{u[static_cast<std::size_t>(i)]} / norm) : T{0};
  }
}

template <class T>
void from_unit_filters(std::span<const T> u, std::span<const T> v, std::span<double> slope,
                       std::span<double> of_t) {
  const int d = length_of(u.size(), v.size());
  for (std::size_t k = 0; k < v.size(); ++k) {
    const auto row = static_cast<std::int64_t>(k);
    const double norm = row_norm(u.data(), row, d);
    const auto at = slope.subspan(k * static_cast<std::size_t>(d), static_cast<std::size_t>(d));
    const T* filter = u.data() + row * d;
    double along = 0.0;
    for (std::size_t i = 0; i < at.size() && norm > 0.0; ++i) along += double{filter[i]} / norm * at[i];
    for (std::size_t i = 0; i < at.size(); ++i)
      at[i] = norm > 0.0 ? double{v[k]} * (at[i] + (of_t[k] - along) * (double{filter[i]} / norm)) : 0.0;
    of_t[k] *= norm;
  }
}

template <class T>
void project(NetworkForm form, int length, std::span<T> u) {
  if (form != NetworkForm::ball) return;
  const auto count = static_cast<std::int64_t>(u.size()) / length;
  for (std::int64_t k = 0; k < count; ++k) {
    const double norm = row_norm(u.data(), k, length);
    if (!(norm > 1.0)) continue;
    for (std::int64_t i = k * length; i < (k + 1) * length; ++i)
      u[static_cast<std::size_t>(i)] = static_cast<T>(double{u[static_cast<std::size_t>(i)]} / norm);
  }
}

template <class T>
void stop_at_zero(NetworkForm form, std::span<const T> before, std::span<T> v) {
  if (!has_kink(form)) return;
  for (std::size_t k = 0; k < v.size(); ++k)
    if ((before[k] > T{0} && v[k] < T{0}) || (before[k] < T{0} && v[k] > T{0})) v[k] = T{0};
}

template <class T>
void keep_feasible_part(NetworkForm form, std::span<const T> u, int length, std::span<double> of_u) {
  if (form != NetworkForm::ball) return;
  const auto count = static_cast<std::int64_t>(u.size()) / length;
  for (std::int64_t k = 0; k < count; ++k) {
    const double norm = row_norm(u.data(), k, length);
    if (norm < 1.0 - on_sphere) continue;
    const T* filter = u.data() + k * length;
    const auto at = of_u.subspan(static_cast<std::size_t>(k * length), static_cast<std::size_t>(length));
    double along = 0.0;
    for (std::size_t i = 0; i < at.size(); ++i) along += double{filter[i]} / norm * at[i];
    for (std::size_t i = 0; i < at.size() && along < 0.0; ++i) at[i] -= along * (double{filter[i]} / norm);
  }
}

template void add_regularisation(NetworkForm, double, std::span<const float>, std::span<const float>,
                                 std::span<double>, std::span<double>);
template void to_unit_filters(std::span<const float>, std::span<const float>, std::span<float>,
                              std::span<float>);
template void from_unit_filters(std::span<const float>, std::span<const float>, std::span<double>,
                                std::span<double>);
template void project(NetworkForm, int, std::span<float>);
template void stop_at_zero(NetworkForm, std::span<const float>, std::span<float>);
template void keep_feasible_part(NetworkForm, std::span<const float>, int, std::span<double>);
template void add_regularisation(NetworkForm, double, std::span<const double>, std::span<const double>,
                                 std::span<double>, std::span<double>);
template void to_unit_filters(std::span<const double>, std::span<const double>, std::span<double>,
                              std::span<double>);
template void from_unit_filters(std::span<const double>, std::span<const double>, std::span<double>,
                                std::span<double>);
template void project(NetworkForm, int, std::span<double>);
template void stop_at_zero(NetworkForm, std::span<const double>, std::span<double>);
template void keep_feasible_part(NetworkForm, std::span<const double>, int, std::span<double>);

}  // namespace zerogap

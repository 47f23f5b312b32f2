// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/options.hpp"

namespace zerogap {

/// Filters are rows u (count, d), row-major, and v (count), of type T; gradients are in double.

/// In the order of the enumeration.
inline constexpr std::array all_forms{NetworkForm::decay, NetworkForm::product, NetworkForm::ball,
                                      NetworkForm::relative};

/// Whether a filter's length chooses its threshold freely: u is the unit filter u/|u| with the threshold
/// lambda/|u| and the mass |u| v (theory.md, section 7.1). Such networks have one bound, over |u| = 1 and any
/// t >= 0, and a response is measured as |z' tau_lambda(Y u)|/|u|.
constexpr bool any_threshold(NetworkForm form) {
  return form == NetworkForm::decay || form == NetworkForm::product;
}

/// Whether the regularisation has a kink at v_k = 0, so that filters become exactly zero.
constexpr bool has_kink(NetworkForm form) {
  return form == NetworkForm::product || form == NetworkForm::ball;
}

/// The name in configurations: "decay", "product", "ball", "relative".
std::string_view name_of(NetworkForm form);

/// What one filter adds to the regularisation, divided by beta: |u|^2 + v^2; product: 2|u||v|; ball: 2|v|.
/// `norm` is |u|.
double regularisation(NetworkForm form, double norm, double v);

/// Adds the regularisation's gradient to the fit's. ball, product: at v_k = 0 the subgradient of 2 beta
/// |v_k|, or of 2 beta |u_k| |v_k|, that makes the sum smallest, so that a filter stays at 0 while the fit's
/// gradient is at most 2 beta (|u_k|). product: at u_k = 0 the subgradient 0.
template <class T>
void add_regularisation(NetworkForm form, double beta, std::span<const T> u, std::span<const T> v,
                        std::span<double> of_u, std::span<double> of_v);

/// relative: sum_k tau_{lambda |u_k|}(Y u_k) v_k is sum_k tau_lambda(Y s_k) t_k at s = u/|u|, t = v |u|, the
/// form that kernels compute. u_k = 0 gives s_k = 0 and t_k = 0: no output.
template <class T>
void to_unit_filters(std::span<const T> u, std::span<const T> v, std::span<T> s, std::span<T> t);

/// Turns the gradient at (s, t) into the one at (u, v) by the chain rule, in place:
///   du = v (1 - s s') ds/t + v s dt,   dv = |u| dt,
/// with ds/t = `slope`, the fit's gradient of s before its factor t (ds itself is 0 where t is). 0 at u_k =
/// 0.
template <class T>
void from_unit_filters(std::span<const T> u, std::span<const T> v, std::span<double> slope,
                       std::span<double> of_t);

/// ball: scales every u_k longer than 1 to length 1, the nearest point; other forms have all filters.
template <class T>
void project(NetworkForm form, int length, std::span<T> u);

/// ball, product: a v_k whose sign changed in a step, from `before` to `v`, is set to 0, the kink of |v_k| in
/// between. Unused filters thus become exactly zero under any step rule.
template <class T>
void stop_at_zero(NetworkForm form, std::span<const T> before, std::span<T> v);

/// Projects the objective's gradient onto feasible directions. ball: removes its part along u_k where |u_k|
/// is 1 (within `on_sphere`) and the gradient points into the ball, since descent would leave the ball there.
/// Zero exactly at stationary points.
template <class T>
void keep_feasible_part(NetworkForm form, std::span<const T> u, int length, std::span<double> of_u);

/// Filters whose length is within this of 1 count as on the sphere; the rounding of single precision is about
/// as large.
constexpr double on_sphere = 1e-6;

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "model/dual_weights.hpp"

#include <cmath>

namespace zerogap {

DualWeights embed(std::span<const double> u, std::span<const double> v, int length) {
  const std::vector<double> zero(u.size());
  DualWeights dual{static_cast<std::int64_t>(v.size()), length, {u.begin(), u.end()}, zero, zero};
  for (std::size_t at = 0; at < u.size(); ++at) {
    const double output = v[at / static_cast<std::size_t>(length)];
    (output > 0.0 ? dual.w_prime : dual.w)[at] = std::abs(output) * u[at];
  }
  return dual;
}

void repair(DualWeights& dual, std::span<const double> alpha_w, std::span<const double> alpha_w_prime) {
  for (std::size_t at = 0; at < dual.g.size(); ++at) {
    const std::size_t block = at / static_cast<std::size_t>(dual.length);
    dual.w[at] += alpha_w[block] * dual.g[at];
    dual.w_prime[at] += alpha_w_prime[block] * dual.g[at];
  }
}

}  // namespace zerogap

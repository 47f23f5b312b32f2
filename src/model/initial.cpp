// SPDX-License-Identifier: Apache-2.0
#include "model/initial.hpp"

#include <algorithm>
#include <cmath>

#include "core/random.hpp"

namespace zerogap {

void initial_row(const InitialRule& rule, InitialArray array, std::int64_t row, double fan_in,
                 std::span<double> out) {
  const Random random(rule.seed, RandomUse::initial);
  const std::uint64_t index = (static_cast<std::uint64_t>(array) << 56) | static_cast<std::uint64_t>(row);
  const double limit = std::sqrt(6.0 / ((1.0 + rule.a * rule.a) * fan_in));
  switch (rule.kind) {
    case InitialKind::zero:
      std::fill(out.begin(), out.end(), 0.0);
      return;
    case InitialKind::normal:
      random.normals(index, out);
      for (double& entry : out) entry *= rule.std;
      return;
    case InitialKind::kaiming_uniform:
      for (std::size_t k = 0; k < out.size(); ++k)
        out[k] = limit * (2.0 * random.uniform(index, static_cast<std::uint32_t>(k)) - 1.0);
  }
}

}  // namespace zerogap

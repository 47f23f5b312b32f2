// SPDX-License-Identifier: Apache-2.0
#include "model/filters.hpp"

#include <algorithm>
#include <cmath>

#include "core/norm.hpp"

namespace zerogap {
namespace {

/// |u| for dual weights of this norm and a vector g of length `gate`.
double mapped_length(NetworkForm form, MapKind kind, double norm, double gate) {
  if (form == NetworkForm::relative) return std::sqrt(norm);
  if (kind == MapKind::gate_length) return form == NetworkForm::ball ? std::min(gate, 1.0) : gate;
  return form == NetworkForm::ball ? 1.0 : std::sqrt(norm);
}

}  // namespace

Filters map_to_primal(std::span<const double> g, std::span<const double> weights, int length, double sign,
                      MapKind kind, NetworkForm form) {
  const auto count = static_cast<std::int64_t>(weights.size()) / length;
  Filters out{count, length, std::vector<double>(weights.size()),
              std::vector<double>(static_cast<std::size_t>(count))};
  for (std::int64_t j = 0; j < count; ++j) {
    const double norm = row_norm(weights.data(), j, length);
    const double size = mapped_length(form, kind, norm, row_norm(g.data(), j, length));
    if (norm == 0.0 || size == 0.0) continue;  // with g = 0 the gate is zero and nothing is predicted
    for (int k = 0; k < length; ++k) {
      const auto at = static_cast<std::size_t>(j * length + k);
      out.u[at] = weights[at] / norm * size;
    }
    out.v[static_cast<std::size_t>(j)] = sign * norm / size;
  }
  return out;
}

Filters without_zeros(const Filters& filters) {
  Filters out{0, filters.length, {}, {}};
  for (std::int64_t k = 0; k < filters.count; ++k) {
    const double v = filters.v[static_cast<std::size_t>(k)];
    if (v == 0.0) continue;
    const auto first = filters.u.begin() + k * filters.length;
    out.u.insert(out.u.end(), first, first + filters.length);
    out.v.push_back(v);
    ++out.count;
  }
  return out;
}

}  // namespace zerogap

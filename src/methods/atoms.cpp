// SPDX-License-Identifier: Apache-2.0
#include "methods/atoms.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/norm.hpp"
#include "search/ascent.hpp"

namespace zerogap {
namespace {

double norm(std::span<const double> u) { return row_norm(u.data(), 0, static_cast<int>(u.size())); }

}  // namespace

void Atoms::add(std::span<const double> filter, double its_sign, double its_mass) {
  u.insert(u.end(), filter.begin(), filter.end());
  sign.push_back(its_sign);
  mass.push_back(its_mass);
}

Atoms Atoms::only(const std::vector<char>& keep) const {
  Atoms out{.length = length};
  for (std::size_t k = 0; k < mass.size(); ++k)
    if (keep[k] != 0) out.add(row_of(u, k, length), sign[k], mass[k]);
  return out;
}

Atoms Atoms::heaviest(std::int64_t most) const {
  Atoms out{.length = length};
  for (const std::size_t k : heaviest_of(mass, most)) out.add(row_of(u, k, length), sign[k], mass[k]);
  return out;
}

std::vector<std::size_t> heaviest_of(std::span<const double> mass, std::int64_t most) {
  std::vector<std::size_t> order(mass.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t k) { return mass[k]; });
  order.resize(std::min(order.size(), static_cast<std::size_t>(most)));
  std::ranges::sort(order);
  return order;
}

double unit_length(NetworkForm form, std::span<const double> u) {
  return form == NetworkForm::product ? norm(u) : 1.0;
}

Filters network_of(NetworkForm form, const Atoms& atoms) {
  Filters out{atoms.count(), atoms.length, atoms.u, {}};
  for (std::size_t k = 0; k < atoms.mass.size(); ++k) {
    const auto u = row_of(out.u, k, atoms.length);
    if (form == NetworkForm::relative) {
      const double root = std::sqrt(atoms.mass[k]);
      scale(u, root);
      out.v.push_back(atoms.sign[k] * root);
    } else {
      out.v.push_back(atoms.sign[k] * atoms.mass[k] / unit_length(form, u));
    }
  }
  return out;
}

Atoms atoms_of(NetworkForm form, const Filters& network) {
  Atoms out{.length = network.length};
  for (std::size_t k = 0; k < network.v.size(); ++k) {
    std::vector<double> u(row_of(network.u, k, network.length).begin(),
                          row_of(network.u, k, network.length).end());
    const double v = network.v[k], size = norm(u);
    if (v == 0.0 || size == 0.0) continue;
    if (form == NetworkForm::relative) scale(u, 1.0 / size);
    out.add(u, v < 0.0 ? -1.0 : 1.0, std::abs(v) * (form == NetworkForm::ball ? 1.0 : size));
  }
  return out;
}

}  // namespace zerogap

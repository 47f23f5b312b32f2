// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/filters.hpp"
#include "model/options.hpp"

namespace zerogap {

/// The variables of a network's convex program (theory.md, section 7.1): filters without regard to their
/// number, each in the domain of its form, with a mass. An atom contributes mass * sign * tau_lambda(Y
/// u)/length(u) to the prediction and 2 beta mass to the objective, where length(u) is |u| for product and 1
/// for ball and relative (|u| = 1 for relative).
struct Atoms {
  int length = 0;                 ///< d
  std::vector<double> u = {};     ///< (count, d), row-major
  std::vector<double> sign = {};  ///< (count), +1 or -1
  std::vector<double> mass = {};  ///< (count), >= 0

  std::int64_t count() const { return static_cast<std::int64_t>(mass.size()); }
  void add(std::span<const double> filter, double its_sign, double its_mass);
  /// Those for which `keep` (count) is not 0, in order.
  Atoms only(const std::vector<char>& keep) const;
  /// The `most` with the greatest masses, in order.
  Atoms heaviest(std::int64_t most) const;
};

/// Indices of the `most` greatest of these masses, in order; of equal ones the first.
std::vector<std::size_t> heaviest_of(std::span<const double> mass, std::int64_t most);

/// The form whose program a network's solution comes from: its own; for decay, which has none, product.
constexpr NetworkForm form_of_program(NetworkForm form) {
  return form == NetworkForm::decay ? NetworkForm::product : form;
}

/// What the mass of an atom is divided by to give |v|: |u| for product, otherwise 1.
double unit_length(NetworkForm form, std::span<const double> u);

/// The network of these atoms: for product and ball u and v = sign mass/length(u); for relative |u| = |v| =
/// sqrt(mass), the factorisation that costs least.
Filters network_of(NetworkForm form, const Atoms& atoms);
/// The atoms of a network, without those of mass 0.
Atoms atoms_of(NetworkForm form, const Filters& network);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "methods/atoms.hpp"
#include "problem/patch_sample.hpp"
#include "search/primal_objective.hpp"

namespace zerogap {

/// From how many patches the Hessian of the masses is taken.
constexpr std::int64_t hessian_patches = 8192;

/// The best masses m >= 0 of fixed atoms c_k (I):
///   minimise |sum_k m_k c_k - x|^2 + 2 beta sum_k m_k.
/// A proximal Newton method whose Hessian is that of a sample of the patches, corrected along each step by
/// what the gradients of all patches say of it (BFGS, exact here because the function is quadratic). A step
/// costs one gradient. Collective; the same on any grid.
template <class T>
class MassFit {
 public:
  MassFit(const Problem<T>& problem, NetworkForm form, const PatchSample& sample,
          PrimalObjective<T>& objective)
      : problem_(&problem), form_(form), sample_(&sample), objective_(&objective) {}

  /// Changes the masses until no gradient is off by more than `tolerance` times 2 beta, or `most` gradients
  /// have been taken. Atoms whose mass became 0 stay. Returns the number of gradients.
  std::int64_t fit(Atoms& atoms, double tolerance, std::int64_t most);

 private:
  /// v of each atom for mass 1.
  std::vector<double> weights_of_unit_mass(const Atoms& atoms) const;
  /// The gradient with respect to the masses.
  std::vector<double> gradient(const Atoms& atoms);
  /// C'C of the sampled patches, times I/S: (n, n).
  std::vector<double> sampled_gram(const Atoms& atoms) const;

  const Problem<T>* problem_;
  NetworkForm form_;
  const PatchSample* sample_;
  PrimalObjective<T>* objective_;
};

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "model/filters.hpp"

namespace zerogap {

/// A network's weights as a vector without constraints or kinks, for smooth unconstrained methods:
/// decay, relative: u and v themselves;
/// product: u and v = +-a^2: 2 beta |u| a^2 is smooth but where u = 0, and a filter there has no output;
/// ball: u = sin(|p|) p/|p| and v = +-a^2, so that |u| <= 1 always and 2 beta |v| = 2 beta a^2 is smooth. A
/// filter on the sphere has |p| = pi/2 and stays there; one at v = 0 stays there too. The vector is u or p
/// (count, d), then v or a (count).
class FreeVariables {
 public:
  /// The vector does not contain the filters' signs; they are those of `filters`.
  FreeVariables(NetworkForm form, const Filters& filters);

  std::vector<double> vector() const;
  /// The network at x.
  Filters filters(std::span<const double> x) const;
  /// The objective's gradient at filters(x), of u (count, d) and of v (count), as one with respect to x.
  void pull_back(std::span<const double> x, std::span<const double> of_u, std::span<const double> of_v,
                 std::span<double> out) const;

 private:
  NetworkForm form_;
  Filters start_;
};

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace zerogap {

/// The three numbers that fix a program on given data and blocks (theory.md, section 4). Where a
/// configuration is read, beta is in the units of network.beta_units; everywhere else it is absolute.
struct ProgramParameters {
  double lambda = 0.0;  ///< soft threshold, >= 0, in units of the patches
  double beta = 0.0;    ///< weight of the regularisation, > 0
  double rho = 0.0;     ///< weight of the hinge, >= 0; the primal networks have none
  bool operator==(const ProgramParameters&) const = default;
};

}  // namespace zerogap

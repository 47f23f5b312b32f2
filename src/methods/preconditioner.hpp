// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "kernels/dense.hpp"
#include "problem/patch_sample.hpp"

namespace zerogap {

/// Size of a preconditioner.
struct PreconditionerSize {
  std::int64_t rows = 0;     ///< of its matrix
  std::int64_t patches = 0;  ///< patches of the training set from which it was sampled
};

/// The form in which M is factored.
enum class SampleForm {
  full,     ///< 2Pd x 2Pd: for few blocks, and the only one that stays accurate down to tiny widths
  dense,    ///< Pd x Pd, the sample's Hessian formed once
  sampled,  ///< S x S, formed at every point
};

/// The chosen form and the number of sampled patches.
struct SamplePlan {
  SampleForm form = SampleForm::sampled;
  std::int64_t patches = 0;
};

/// Plans for I patches, P blocks and the given bytes. Dense if that matrix fits; with few blocks the sample
/// is then all patches, and the preconditioner is the Hessian itself.
SamplePlan plan_sample(std::int64_t patches, std::int64_t blocks, int length, double bytes);

/// M = [G + D, -G; -G, G + D'] (theory.md, section 10): G = 2 I/S sum_s (q_s x y_s)(q_s x y_s)^T, the Hessian
/// of the fit on a sample, (Pd)^2, and D, D' the exact d x d blocks of hinge and norm. With b = D'^-1 r' -
/// D^-1 r,
///   p = D^-1 (r + f),  p' = D'^-1 (r' - f),  f = G (p' - p) = G (1 + E G)^-1 b,  E = D^-1 + D'^-1,
/// where f comes from a Cholesky factor of E^-1 + G (dense) or, by Woodbury, of S/2I + Z E Z^T (sampled) with
/// G = 2 I/S Z^T Z.
class SampledPreconditioner {
 public:
  /// g (P, d): all blocks.
  SampledPreconditioner(PatchSample sample, std::vector<double> g, double lambda, SampleForm form,
                        int threads);

  /// D_j, then D'_j: (2P, d, d), positive definite. False if they are not, because of rounding.
  bool factor(std::span<const double> blocks);
  /// r, r', then p, p': (2P, d).
  void apply(std::span<const double> r, std::span<double> p) const;

  std::int64_t patches() const { return sample_.count; }

 private:
  double gate(std::int64_t s, std::int64_t j) const;
  /// Rows of Z: q_sj y_s for s in [first, last).
  std::vector<double> products(std::int64_t first, std::int64_t last) const;
  bool factor_with(std::span<const double> blocks, double ridge);
  bool factor_full(std::span<const double> blocks, double added);
  bool factor_dense();
  bool factor_sample();
  std::vector<double> coupled(const std::vector<double>& b) const;

  PatchSample sample_;
  std::int64_t blocks_;
  int d_, threads_;
  SampleForm form_;
  std::vector<float> gates_;  ///< sampled: q_sj (P, S)
  std::vector<double> g_;
  double lambda_;
  std::vector<double> inverse_, joint_;  ///< D^-1, D'^-1 (2P, d, d); E or, if dense, E^-1 (P, d, d)
  std::optional<SymmetricMatrix> gram_, factor_;
};

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "problem/problem.hpp"

namespace zerogap {

/// What any network should beat on one set of images (theory.md, section 2).
struct SetBaselines {
  double zero_objective = 0.0;            ///< |x|^2, of the zero network
  std::optional<double> noisy_psnr = {};  ///< of the noisy images, dB; lists of patches have none
  double linear_fit = 0.0;                ///< |Y f - x|^2 of the best linear filter f
  double linear_psnr = 0.0;               ///< its PSNR, dB
};

/// On the training images and, where there are any, on the test images; there sums are scaled by
/// I_train/I_test.
struct Baselines {
  SetBaselines train = {};
  std::optional<SetBaselines> test = {};
};

/// Least squares of x on the training patches gives the linear filter. Collective.
template <class T>
Baselines measure_baselines(const Problem<T>& problem);

}  // namespace zerogap

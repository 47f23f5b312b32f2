#pragma once

#include <nlohmann/json_fwd.hpp>

#include "problem/problem.hpp"

namespace zerogap {

/// What any network should beat (section 2): the zero network's objective |x|^2, the noisy images' PSNR, and
/// the fit and PSNR of the best linear filter (least squares of x on the patches). Images only have a noisy
/// PSNR. Collective.
template <class T>
nlohmann::ordered_json baselines(const Problem<T>& problem);

}  // namespace zerogap

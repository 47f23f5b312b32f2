// SPDX-License-Identifier: Apache-2.0
#include "problem/problem.hpp"

#include <algorithm>
#include <cmath>

namespace zerogap {

template <class T>
double Problem<T>::value_rounding(double objective) const {
  return (sizeof(T) == 4 ? 1e-6 : 1e-9) * std::sqrt(objective * std::max(objective, train().target_square));
}

template class Problem<float>;
template class Problem<double>;

}  // namespace zerogap

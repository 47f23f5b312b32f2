// SPDX-License-Identifier: Apache-2.0
// A step of rows of weights (kernels/row_step.hpp). A thread has one row: its gradient in double, the rule's
// arithmetic in T, the row's new norm. A step processes a few megabytes and takes some microseconds.

#include "kernels/row_step.hpp"

#include "cuda/launch.hpp"

namespace zerogap::cuda {
namespace {

constexpr int threads = 128;

template <class T>
struct RowStepPass {
  std::int64_t rows;
  int length;
  const std::int64_t* sums;
  double unit, factor, pull;
  StepRule<T> rule;
  T* weights;
  T* moments[most_moments];
  std::int64_t* norms;
};

template <class T>
__device__ inline double norm_of(const T* row, int length) {
  double sum = 0.0;
  for (int k = 0; k < length; ++k) sum += static_cast<double>(row[k]) * static_cast<double>(row[k]);
  return sqrt(sum);
}

/// Adds to a sum atomically: with integers the order does not matter.
__device__ inline void add_word(std::int64_t& to, std::int64_t part) {
  if (part != 0) atomicAdd(reinterpret_cast<unsigned long long*>(&to), static_cast<unsigned long long>(part));
}

template <class T>
__global__ void __launch_bounds__(threads) row_step(RowStepPass<T> pass) {
  __shared__ std::int64_t norms[ExactSum::words];
  const int t = static_cast<int>(threadIdx.x);
  for (int word = t; word < ExactSum::words; word += threads) norms[word] = 0;
  __syncthreads();
  const std::int64_t j = std::int64_t{blockIdx.x} * threads + t;
  if (j < pass.rows) {
    T* const row = pass.weights + j * pass.length;
    const double norm = norm_of(row, pass.length), pull = norm > 0.0 ? pass.pull / norm : 0.0;
    for (int k = 0; k < pass.length; ++k) {
      const std::int64_t at = j * pass.length + k;
      const double of_fit = static_cast<double>(pass.sums[at]) * pass.unit;
      const T gradient = static_cast<T>(pass.factor * of_fit + pull * static_cast<double>(row[k]));
      T moments[most_moments] = {};
      for (int m = 0; m < most_moments; ++m)
        if (pass.moments[m] != nullptr) moments[m] = pass.moments[m][at];
      row[k] = moved(pass.rule, gradient, row[k], moments);
      for (int m = 0; m < most_moments; ++m)
        if (pass.moments[m] != nullptr) pass.moments[m][at] = moments[m];
    }
    const std::int64_t bits = __double_as_longlong(norm_of(row, pass.length));
    if (ExactTerm::fits(bits)) {
      const ExactTerm term = ExactTerm::of(bits);
      for (int i = 0; i < 3; ++i) add_word(norms[term.first + i], term.parts[i]);
    } else {
      add_word(norms[ExactSum::words - 1], 1);
    }
  }
  __syncthreads();
  for (int word = t; word < ExactSum::words; word += threads) add_word(pass.norms[word], norms[word]);
}

}  // namespace

template <class T>
void launch_row_step(const Site& site, const RowStep<T>& pass) {
  RowStepPass<T> to{pass.rows,          pass.length,  pass.sums.data(),
                    pass.scale.real(1), pass.factor,  pass.pull,
                    pass.rule,          pass.weights, {pass.moments[0], pass.moments[1], pass.moments[2]},
                    pass.norms.data()};
  launch(row_step<T>, dim3(static_cast<unsigned>(parts_of<std::int64_t>(pass.rows, threads))), threads,
         site.stream, "a step of the weights on the GPU", to);
}

template void launch_row_step(const Site&, const RowStep<float>&);
template void launch_row_step(const Site&, const RowStep<double>&);

}  // namespace zerogap::cuda

// SPDX-License-Identifier: Apache-2.0
// Certifies given weights: how far from the optimum can they be at most?

#include <cmath>
#include <cstdio>
#include <random>
#include <zerogap/core/error.hpp>
#include <zerogap/objective/certify_weights.hpp>

int main() try {
  // Noisy patches of three neighbours of a wave, (I, 3), and its clean values, (I).
  std::mt19937 random(1);
  std::vector<double> noisy, clean;
  for (int i = 0; i < 500; ++i) {
    clean.push_back(std::sin(0.1 * i));
    for (const int k : {-1, 0, 1}) noisy.push_back(std::sin(0.1 * (i + k)) + random() / 4294967296.0 - 0.5);
  }
  const zerogap::PatchData data{3, noisy, clean};

  // The sampled program: one block, whose filter takes the mean of the three.
  const double third = 1.0 / 3.0;
  const zerogap::DualWeights weights{1, 3, {1, 1, 1}, {0, 0, 0}, {third, third, third}};
  const auto dual = zerogap::certify_dual(data, {.lambda = 0.1, .beta = 1.0}, weights);
  std::printf("dual    objective %.6f  lower bound %.6f  gap %.4f\n", dual.objective,
              dual.lower_bound.value(), dual.gap);

  // A primal network with one filter, on theory.md's smallest example: one patch, 1, to be predicted as 1.
  const std::vector<double> one{1.0};
  const auto primal = zerogap::certify_primal({1, one, one}, {.lambda = 1.0, .beta = 0.1},
                                              zerogap::NetworkForm::decay, {1, 1, {1.744}, {1.139}});
  std::printf("primal  objective %.5f  lower bound %.5f  gap %.4f\n", primal.objective,
              primal.lower_bound.value(), primal.gap);
  return 0;
} catch (const zerogap::Error& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return static_cast<int>(error.code());
}

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "bounds/filter_problem.hpp"
#include "model/form.hpp"

namespace zerogap::test {

/// z' tau_t(Y u), written as it reads.
inline double response(const FilterProblem& problem, const std::vector<double>& u, double t) {
  long double sum = 0.0;
  for (std::size_t i = 0; i < problem.z.size(); ++i) {
    long double a = 0.0;
    for (std::size_t k = 0; k < u.size(); ++k)
      a += static_cast<long double>(problem.y[i * u.size() + k]) * u[k];
    sum += problem.z[i] * (std::max(a - t, 0.0L) - std::max(-a - t, 0.0L));
  }
  return static_cast<double>(sum);
}

struct Sample {
  int length;
  double lambda;
  std::vector<double> y, z;

  FilterProblem problem() const { return {length, static_cast<std::int64_t>(z.size()), y, z, lambda}; }
};

/// Normal rows with what enumeration must stand: rows that are zero, duplicates, opposite and nearly parallel
/// ones, rows that only just pass lambda, and z_i = 0.
inline Sample sample(int length, int patches, double lambda, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  Sample out{length, lambda, {}, {}};
  for (int i = 0; i < patches; ++i) {
    std::vector<double> row(static_cast<std::size_t>(length));
    for (auto& entry : row) entry = normal(random);
    if (i % 7 == 3) std::fill(row.begin(), row.end(), 0.0);
    if (i % 7 == 5)
      for (std::size_t k = 0; k < row.size(); ++k) {
        const double before = out.y[out.y.size() - row.size() + k];
        row[k] = i % 3 == 0 ? before : i % 3 == 1 ? -2.0 * before : before * (1.0 + 1e-15 * normal(random));
      }
    if (i % 11 == 6 && i % 7 != 3) {
      double square = 0.0;
      for (const double entry : row) square += entry * entry;
      for (auto& entry : row) entry *= lambda / std::sqrt(square) * (1.0 + 1e-15);
    }
    out.y.insert(out.y.end(), row.begin(), row.end());
    out.z.push_back(i % 9 == 4 ? 0.0 : normal(random));
  }
  return out;
}

/// t of a trial on u: lambda, or with any threshold anything from 0 to beyond the longest row.
inline double trial_threshold(const FilterProblem& problem, NetworkForm form, std::mt19937_64& random) {
  std::uniform_real_distribution<double> uniform;
  const double share = uniform(random);
  return !any_threshold(form) ? problem.lambda : problem.lambda == 0.0 ? 0.0 : 4.0 * share * share;
}

/// A unit vector, for the ball one of random length.
inline std::vector<double> trial_filter(int length, NetworkForm form, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::vector<double> u(static_cast<std::size_t>(length));
  double square = 0.0;
  for (auto& entry : u) {
    entry = normal(random);
    square += entry * entry;
  }
  const double size = form == NetworkForm::ball ? std::pow(uniform(random), 1.0 / length) : 1.0;
  for (auto& entry : u) entry *= size / std::sqrt(square);
  return u;
}

}  // namespace zerogap::test

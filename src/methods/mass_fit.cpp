// SPDX-License-Identifier: Apache-2.0
#include "methods/mass_fit.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/dense.hpp"
#include "optim/nonnegative_quadratic.hpp"
#include "search/ascent.hpp"

namespace zerogap {
namespace {

/// The subproblem is solved this much more exactly than the whole.
constexpr double finer = 0.1;

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

std::vector<double> product(std::span<const double> matrix, std::span<const double> x) {
  std::vector<double> out(x.size());
  for (std::size_t k = 0; k < x.size(); ++k) out[k] = dot(matrix.subspan(k * x.size(), x.size()), x);
  return out;
}

/// Changes G so that G d = y, keeping it positive semidefinite: y'd > 0.
void correct(std::vector<double>& gram, std::span<const double> d, std::span<const double> y) {
  const auto gd = product(gram, d);
  const double dgd = dot(d, gd), dy = dot(d, y);
  if (!(dy > 0.0) || !(dgd > 0.0)) return;
  for (std::size_t k = 0; k < d.size(); ++k)
    for (std::size_t j = 0; j < d.size(); ++j)
      gram[k * d.size() + j] += y[k] * y[j] / dy - gd[k] * gd[j] / dgd;
}

/// How far the masses are from optimal: the largest |gradient| of a positive mass, and -gradient of one at 0.
double violation(std::span<const double> mass, std::span<const double> gradient) {
  double worst = 0.0;
  for (std::size_t k = 0; k < mass.size(); ++k)
    worst = std::max(worst, mass[k] > 0.0 ? std::abs(gradient[k]) : -gradient[k]);
  return worst;
}

}  // namespace

template <class T>
std::vector<double> MassFit<T>::weights_of_unit_mass(const Atoms& atoms) const {
  std::vector<double> unit(atoms.mass.size());
  for (std::size_t k = 0; k < unit.size(); ++k)
    unit[k] = atoms.sign[k] / unit_length(form_, row_of(atoms.u, k, atoms.length));
  return unit;
}

template <class T>
std::vector<double> MassFit<T>::gradient(const Atoms& atoms) {
  Filters network{atoms.count(), atoms.length, atoms.u, {}};
  const auto unit = weights_of_unit_mass(atoms);
  for (std::size_t k = 0; k < unit.size(); ++k) network.v.push_back(unit[k] * atoms.mass[k]);
  auto out = objective_->slopes(network);
  for (std::size_t k = 0; k < unit.size(); ++k) out[k] = 2.0 * (out[k] * unit[k] + problem_->context().beta);
  return out;
}

template <class T>
std::vector<double> MassFit<T>::sampled_gram(const Atoms& atoms) const {
  const auto n = atoms.mass.size(), d = static_cast<std::size_t>(atoms.length);
  std::vector<double> columns(static_cast<std::size_t>(sample_->count) * n);
  const double lambda = problem_->context().lambda;
  const auto unit = weights_of_unit_mass(atoms);
  for (std::size_t s = 0; s < static_cast<std::size_t>(sample_->count); ++s)
    for (std::size_t k = 0; k < n; ++k) {
      double a = 0.0;
      for (std::size_t i = 0; i < d; ++i) a += sample_->rows[s * d + i] * atoms.u[k * d + i];
      columns[s * n + k] = unit[k] * (a - std::clamp(a, -lambda, lambda));
    }
  SymmetricMatrix gram(atoms.count(), problem_->instance().threads());
  gram.add_products(columns, sample_->weight);
  std::vector<double> out(n * n);
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t j = k; j < n; ++j)
      out[k * n + j] = out[j * n + k] = gram.row(static_cast<std::int64_t>(k))[j];
  return out;
}

template <class T>
std::int64_t MassFit<T>::fit(Atoms& atoms, double tolerance, std::int64_t most) {
  const auto n = atoms.mass.size();
  const double allowed = tolerance * 2.0 * problem_->context().beta;
  auto here = gradient(atoms);
  std::int64_t gradients = 1;
  std::vector<double> gram;
  while (gradients < most && violation(atoms.mass, here) > allowed) {
    if (gram.empty()) gram = sampled_gram(atoms);
    auto linear = product(gram, atoms.mass);
    for (std::size_t k = 0; k < n; ++k) linear[k] = here[k] - 2.0 * linear[k];
    Atoms there = atoms;
    minimise_nonnegative(gram, linear, finer * allowed, problem_->instance().threads(), there.mass);
    const auto after = gradient(there);
    ++gradients;
    std::vector<double> d(n), y(n);
    for (std::size_t k = 0; k < n; ++k) {
      d[k] = there.mass[k] - atoms.mass[k];
      y[k] = 0.5 * (after[k] - here[k]);
    }
    const double slope = dot(here, d), curvature = 2.0 * dot(d, y);
    if (!(slope < 0.0) || !(curvature > 0.0)) break;
    const double length = std::min(1.0, -slope / curvature);
    for (std::size_t k = 0; k < n; ++k) {
      atoms.mass[k] = length < 1.0 ? atoms.mass[k] + length * d[k] : there.mass[k];
      here[k] += length * (after[k] - here[k]);
    }
    correct(gram, d, y);
  }
  return gradients;
}

template class MassFit<float>;
template class MassFit<double>;

}  // namespace zerogap

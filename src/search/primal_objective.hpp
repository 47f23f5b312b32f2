// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "model/filters.hpp"
#include "problem/problem.hpp"

namespace zerogap {

/// The primal objective over all training images for networks with any number of filters, for methods that
/// change this number. Every rank has the complete network and calls the same functions; each computes its
/// rows and images, and results are the same on any grid. Weights are rounded to T first. Collective.
template <class T>
class PrimalObjective {
 public:
  explicit PrimalObjective(const Problem<T>& problem) : problem_(&problem), pass_(problem.context()) {}

  /// The objective; leaves predictions and residual in pass().
  double value(const Filters& network);
  /// The gradient of the fit alone at the last value().
  const PrimalGradient& fit_gradient();
  /// r'tau_lambda(Y u_k) of the network's filters, (count), with its own residual r; relative: u must be unit
  /// filters.
  std::vector<double> slopes(const Filters& network);

  const PrimalPass<T>& pass() const { return pass_; }

 private:
  /// This rank's rows of a network.
  struct Rows {
    std::vector<T> u, v;
    PrimalPoint<T> point;
  };
  /// Takes a network's rows for the next pass, with what is known of its size.
  void take_network(const Filters& network);
  Communicator& filters_axis() const { return problem_->grid().arrangement_axis(); }

  const Problem<T>* problem_;
  PrimalPass<T> pass_;
  Rows network_;
  PrimalGradient gradient_;
};

}  // namespace zerogap

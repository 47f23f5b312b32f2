// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace zerogap {

/// newton and fista solve the dual's program, frank_wolfe the primal's over any number of filters; the others
/// are gradient methods.
enum class OptimizerName { sgd, asgd, svrg, adagrad, adam, newton, fista, frank_wolfe };
/// The learning rate over a run: constant, or decreasing to 0 along half a cosine.
enum class Schedule { constant, cosine };

/// One network's optimizer, with PyTorch's parameter names and defaults, except that lr and beta2 have other
/// defaults.
struct OptimizerOptions {
  OptimizerName name = OptimizerName::adam;
  Schedule schedule = Schedule::cosine;
  std::int64_t batch = 0;  ///< images in a mini-batch; 0: full
  std::int64_t epochs = 3000;
  double lr = 0.003;
  double momentum = 0.0;   ///< sgd
  double dampening = 0.0;  ///< sgd
  bool nesterov = false;   ///< sgd
  double weight_decay = 0.0;
  double beta1 = 0.9;               ///< adam
  double beta2 = 0.9;               ///< adam; PyTorch's 0.999 weights the huge first gradients for too long
  double eps = 1e-8;                ///< adagrad, adam
  bool amsgrad = false;             ///< adam
  double lambd = 1e-4;              ///< asgd
  double alpha = 0.75;              ///< asgd
  double t0 = 1e6;                  ///< asgd
  std::int64_t snapshot_every = 1;  ///< svrg: epochs between full gradients
  double start_mu = 1e-1;           ///< newton: width of the smoothed hinge in the first stage
  double start_epsilon = 1e-2;      ///< newton: of the smoothed norms
  double smoothing_factor = 4.0;    ///< newton: by which both shrink after each stage
  double cg_tolerance = 0.1;        ///< newton: tolerance of conjugate gradients, relative
  std::int64_t preconditioner_mib = 512;  ///< newton: for the preconditioner's matrices, per rank

  std::int64_t search_starts = 256;  ///< frank_wolfe: random starts of a round's search
  std::int64_t search_steps = 15;    ///< frank_wolfe: of the ascent from each of them

  /// Whether learning rate and schedule have an effect.
  bool has_rate() const { return !solves() && name != OptimizerName::frank_wolfe; }
  /// Whether it solves a sampled program of the dual.
  bool solves() const { return name == OptimizerName::newton || name == OptimizerName::fista; }
};

}  // namespace zerogap

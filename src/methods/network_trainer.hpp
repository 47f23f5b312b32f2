// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/exact_sum.hpp"
#include "evaluation/evaluation.hpp"
#include "methods/preconditioner.hpp"
#include "methods/program_record.hpp"
#include "optim/newton.hpp"
#include "optim/optimizer.hpp"
#include "problem/batches.hpp"
#include "problem/program_schedule.hpp"

namespace zerogap {

/// The best evaluation of a network so far, by full objective, and the weights it was taken at.
template <class T>
struct Best {
  double objective = std::numeric_limits<double>::infinity();
  std::int64_t epoch = 0;
  Evaluation evaluation;  ///< the part for this network (part_of())
  /// One array for each parameter, this rank's rows; empty before the first evaluation.
  std::vector<std::vector<T>> weights;
};

/// What remains valid from one program to the next.
struct ProgramCarryover {
  bool bound_holds = false;  ///< its lower bounds also hold for the next one
  bool values_hold = false;  ///< so do the values of an evaluation
  bool other_rho = false;
};

/// What a step needs of the weights of all ranks before it begins.
struct WeightSizes {
  ExactSum norms;                   ///< dual: sum_j |w_j| + |w'_j|
  std::array<double, 2> largest{};  ///< primal: the largest |u_k| and |v_k|, as kernels see them
};

/// One network in training: parameters, rule, and progress.
template <class T>
class NetworkTrainer {
 public:
  virtual ~NetworkTrainer() = default;

  virtual Network network() const = 0;
  std::string name() const { return name_of(network()); }
  const OptimizerOptions& options() const { return options_; }
  /// The rule of a gradient method; a network that a solver moves has none.
  Optimizer<T>& optimizer() { return *optimizer_; }
  virtual Weights<T>& weights() { return *optimizer_; }
  /// Name and row length of one parameter.
  struct Shape {
    std::string name;      ///< "u", "v"; "w", "w_prime"
    std::int64_t columns;  ///< entries a row
  };
  virtual std::vector<Shape> parameters() const = 0;
  virtual Range share() const = 0;         ///< this rank's rows
  virtual std::int64_t total() const = 0;  ///< rows on all ranks: K or P

  /// Measures the result weights: fills this network's parts of the evaluation. Returns the objective.
  virtual double evaluate(Evaluator<T>& evaluator, Evaluation& into) = 0;

  /// How much of the sums over ranks overlapped with work, in all steps taken in halves.
  virtual const OverlapTimes& overlap_times() const = 0;

  /// To be called when the problem's terms have changed: the weights are kept, and everything that belonged
  /// to the previous program is dropped.
  virtual void start_program(const ProgramCarryover& carried);
  /// To be called when the problem's blocks have changed, with their weights, this rank's rows;
  /// start_program() comes next. For the dual that a solver moves.
  virtual void take_blocks(std::vector<T>, std::vector<T>) {}

  /// One step on the next batch, which may end the epoch. Returns the number of pairs processed (a pair: one
  /// patch with one block or filter, forward and backward).
  virtual double step(Batches& batches);
  /// What is known of the network's convex program over any number of filters, after a step; none for other
  /// methods.
  virtual std::optional<NetworkProgramRecord> program_record() const { return std::nullopt; }
  /// What is to be logged of that step; nothing for a gradient method. `seconds`: since the training began.
  virtual std::string step_line(double /*seconds*/) const { return {}; }
  /// The sizes of this rank's weights after that step; and those of all ranks, which save the next step a
  /// message. A trainer that does not need them returns and ignores empty ones.
  virtual WeightSizes sizes() { return {}; }
  virtual void know(const WeightSizes&) {}

  std::int64_t epoch = 0;  ///< complete epochs done
  std::int64_t batch = 0;  ///< batches of the next epoch already done
  std::int64_t steps = 0;
  double learning_rate = 0.0;                            ///< of the last step
  bool finished = false;                                 ///< by a stop rule or at its last epoch
  TerminationReason ended = TerminationReason::running;  ///< of a solver's current program
  std::int64_t cut_steps = 0;  ///< newton: steps on this program without conjugate gradients' convergence
  std::optional<SolverReport> solver_report;              ///< of the last step of a solver
  std::optional<PreconditionerSize> preconditioner_made;  ///< in that step
  Best<T> best;
  Certificate best_lower_bound;
  double smoothing_width = 0.0;  ///< newton: mu at the last step, which gives the best bound; 0 if none
  double last_objective = std::numeric_limits<double>::quiet_NaN();  ///< at the last evaluation

 protected:
  explicit NetworkTrainer(const OptimizerOptions& options) : options_(options) {}
  using Spans = std::vector<std::span<T>>;
  /// Moves the weights along the gradient of this batch.
  virtual void move(const Batch& now, double rate);
  /// out = factor * (gradient of the sums over the images) + gradient of the regularisation, at `at`, for the
  /// step of optimizer().
  virtual void gradient(const Spans&, ImageList, double, const Spans&) {}
  std::size_t parameter_count() const { return parameters().size(); }

  OptimizerOptions options_;
  std::unique_ptr<Optimizer<T>> optimizer_;

 private:
  /// svrg: computes the full gradient at the start of every snapshot_every-th epoch. Returns its pairs.
  double take_snapshot(Batches& batches);
  template <class Get>
  Spans spans(Get get) {
    Spans all;
    for (std::size_t p = 0; p < parameter_count(); ++p) all.push_back(get(p));
    return all;
  }
};

/// Start values as configured: rules, a file, or (for the primal) a dual's filters; `start`, a complete
/// primal network of K filters, replaces them. The problem must outlive the trainer.
template <class T>
std::unique_ptr<NetworkTrainer<T>> make_network_trainer(Network network, const Config& config,
                                                        const Problem<T>& problem,
                                                        const Filters* given = nullptr);

}  // namespace zerogap

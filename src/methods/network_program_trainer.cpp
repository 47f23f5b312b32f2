// SPDX-License-Identifier: Apache-2.0
#include "methods/network_program_trainer.hpp"

#include "methods/primal_trainer.hpp"
#include "methods/program_solver.hpp"

namespace zerogap {
namespace {

/// Rows of this rank of the network that a state stands for.
template <class T>
class ProgramWeights final : public Weights<T> {
 public:
  ProgramWeights(const Problem<T>& problem, ProgramState state) : problem_(&problem) {
    set(std::move(state));
  }

  const ProgramState& state() const { return state_; }
  void set(ProgramState state) {
    state_ = std::move(state);
    const std::int64_t total = problem_->filters();
    auto all = network(total);
    all.u.resize(static_cast<std::size_t>(total * all.length));
    all.v.resize(static_cast<std::size_t>(total));
    const Range share = problem_->filter_share();
    point_[0] = local_rows<T>(all.u, share, all.length);
    point_[1] = local_rows<T>(all.v, share, 1);
  }

  std::span<T> iterate(std::size_t p) override { return point_[p]; }
  std::span<const T> result(std::size_t p) override { return point_[p]; }
  std::vector<StateArray<T>> arrays() override { return {}; }
  std::vector<double> scalars() const override { return state_.numbers(); }
  void restore(std::span<const double> scalars) override {
    set(ProgramState::from(scalars, problem_->length()));
  }

 private:
  /// Before there is one, decay: of a split; otherwise of the heaviest atoms.
  Filters network(std::int64_t most) const {
    if (state_.made || state_.best.network.count() > 0) return state_.best.network.complete();
    const auto& context = problem_->context();
    if (context.form == NetworkForm::decay) return split(state_.atoms, context.lambda, most).complete();
    return network_of(context.form, state_.atoms.heaviest(most));
  }

  const Problem<T>* problem_;
  ProgramState state_;
  std::vector<T> point_[2];
};

template <class T>
class NetworkProgramTrainer final : public PrimalTrainer<T> {
 public:
  NetworkProgramTrainer(const Config& config, const Problem<T>& problem, ProgramState start)
      : PrimalTrainer<T>(config.primal_optimizer, problem),
        solver_(problem, {config.run.stop.gap,
                          config.primal_optimizer.epochs,
                          {config.primal_optimizer.search_starts, config.primal_optimizer.search_steps}}),
        weights_(problem, std::move(start)) {}

  Weights<T>& weights() override { return weights_; }
  const OverlapTimes& overlap_times() const override { return times_; }

  double step(Batches&) override {
    auto state = weights_.state();
    const auto done = solver_.step(state, this->epoch);
    this->finished = done.finished;
    weights_.set(std::move(state));
    ++this->steps;
    ++this->epoch;
    return done.pairs;
  }

  std::optional<NetworkProgramRecord> program_record() const override {
    return solver_.record(weights_.state());
  }

  std::string step_line(double seconds) const override {
    return solver_.describe(weights_.state(), this->steps, seconds);
  }

 private:
  ProgramSolver<T> solver_;
  ProgramWeights<T> weights_;
  OverlapTimes times_;
};

}  // namespace

template <class T>
std::unique_ptr<NetworkTrainer<T>> make_network_program_trainer(const Config& config,
                                                                const Problem<T>& problem,
                                                                const Filters* start) {
  ProgramState state{.atoms = {.length = problem.length()}};
  if (start != nullptr) {
    state.atoms = atoms_of(form_of_program(problem.context().form), *start);
    state.best.network = without_copies(*start);
  }
  return std::make_unique<NetworkProgramTrainer<T>>(config, problem, std::move(state));
}

template std::unique_ptr<NetworkTrainer<float>> make_network_program_trainer(const Config&,
                                                                             const Problem<float>&,
                                                                             const Filters*);
template std::unique_ptr<NetworkTrainer<double>> make_network_program_trainer(const Config&,
                                                                              const Problem<double>&,
                                                                              const Filters*);

}  // namespace zerogap

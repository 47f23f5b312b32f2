// SPDX-License-Identifier: Apache-2.0
#include "methods/network_program_trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/format.hpp"
#include "methods/network_program.hpp"
#include "methods/program_state.hpp"

namespace zerogap {
namespace {

/// While the greatest value found is more than this times 2 beta, the atoms are far from optimal, and a round
/// searches with a fraction of the effort.
constexpr double far_off = 3.0;
constexpr SearchEffort at_first{32, 6};

/// decay: limited-memory BFGS steps of a round, and rounds in a row that may gain less than `small_gain`.
constexpr std::int64_t polish_steps = 60, most_idle = 2;
constexpr double small_gain = 1e-4;
/// decay: of the rounds, the share that is left for the network once the atoms are done.
constexpr std::int64_t network_share = 4;
/// Thresholds below this share of the longest patch leave it nearly unchanged.
constexpr double near_zero = 1e-3;
/// decay: the atoms are solved to this share of run.stop.gap; the rest is left for what splitting them costs.
constexpr double atoms_share = 0.25;

/// Rows of this rank of the network that a state stands for.
template <class T>
class ProgramWeights final : public Weights<T> {
 public:
  ProgramWeights(const Problem<T>& problem, ProgramState state) : problem_(&problem) {
    set(std::move(state));
  }

  const ProgramState& state() const { return state_; }
  /// Keeps the heaviest K atoms; decay: any number, until they are split into K filters.
  void set(ProgramState state) {
    state_ = std::move(state);
    const auto form = problem_->context().form;
    const std::int64_t total = problem_->filters();
    if (form != NetworkForm::decay) state_.atoms = heaviest(std::move(state_.atoms));
    auto all = form == NetworkForm::decay ? network().complete() : network_of(form, state_.atoms);
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
  SplitNetwork network() const {
    if (state_.network.count() > 0) return state_.network;
    const auto& context = problem_->context();
    return split(state_.atoms, context.lambda, problem_->filters());
  }
  Atoms heaviest(Atoms atoms) const {
    const auto most = static_cast<std::size_t>(problem_->filters());
    if (atoms.mass.size() <= most) return atoms;
    std::vector<std::size_t> order(atoms.mass.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t k) { return atoms.mass[k]; });
    std::vector<char> keep(order.size());
    for (std::size_t n = 0; n < most; ++n) keep[order[n]] = 1;
    return atoms.only(keep);
  }

  const Problem<T>* problem_;
  ProgramState state_;
  std::vector<T> point_[2];
};

template <class T>
class NetworkProgramTrainer final : public NetworkTrainer<T> {
 public:
  NetworkProgramTrainer(const Config& config, const Problem<T>& problem, Atoms start)
      : NetworkTrainer<T>(config.primal_optimizer),
        wanted_gap_(config.run.stop.gap),
        decay_(problem.context().form == NetworkForm::decay),
        problem_(&problem),
        objective_(problem),
        program_(problem, form_of_program(problem.context().form)),
        weights_(problem, ProgramState{.atoms = std::move(start)}) {}

  Network network() const override { return Network::primal; }
  Weights<T>& weights() override { return weights_; }
  std::vector<typename NetworkTrainer<T>::Shape> parameters() const override {
    return {{"u", problem_->length()}, {"v", 1}};
  }
  Range share() const override { return problem_->filter_share(); }
  std::int64_t total() const override { return problem_->filters(); }
  const OverlapTimes& overlap_times() const override { return times_; }

  double evaluate(Evaluator<T>& evaluator, Evaluation& into) override {
    const PrimalPoint<T> point{weights_.result(0).data(), weights_.result(1).data(), share().count(), total(),
                               problem_->length()};
    into.embedded = evaluator.embedded(point);
    into.primal = evaluator.primal({point}, true);
    return into.primal->train.objective();
  }

  double step(Batches&) override {
    auto state = weights_.state();
    const double pairs = decay_ && state.end != ProgramEnd::running ? train_network(state) : solve(state);
    weights_.set(std::move(state));
    ++this->steps;
    ++this->epoch;
    return pairs;
  }

  std::optional<NetworkProgramRecord> program_record() const override {
    const auto& state = weights_.state();
    NetworkProgramRecord record{.end = state.end,
                                .objective = state.objective,
                                .lower_bound = Estimate(state.lower_bound),
                                .trust = state.trust,
                                .atoms = state.atoms.count()};
    const double lambda = problem_->context().lambda, longest = problem_->train().bounds.patch_norm;
    for (std::size_t k = 0; k < state.atoms.mass.size(); ++k) {
      record.mass += state.atoms.mass[k];
      const double size = row_norm(state.atoms.u.data(), static_cast<std::int64_t>(k), state.atoms.length);
      if (lambda < near_zero * longest * size) record.mass_at_zero += state.atoms.mass[k];
    }
    const auto& network = state.network;
    if (decay_ && state.end != ProgramEnd::running)
      record.split = SplitRecord{state.price, state.wanted, network.filters(),
                                 static_cast<std::int64_t>(network.count()), state.value};
    return record;
  }

  std::string step_line(double seconds) const override {
    const auto& state = weights_.state();
    const auto gap = [&](double value) {
      return format_percent(estimated_gap(value, Estimate(state.lower_bound)));
    };
    if (state.network.count() > 0)
      return fmt::format(
          "frank_wolfe network {:3}  {:4} filters ({} distinct)  objective {:.8g}  estimated gap {}  {:.1f} "
          "s",
          this->steps, state.network.filters(), state.network.count(), state.value, gap(state.value),
          seconds);
    return fmt::format(
        "frank_wolfe round {:3}  {:4} atoms  objective {:.8g}  estimated bound {:.8g}  gap {}  found {:.4f}  "
        "added {}  {} gradients  {:.1f} s",
        this->steps, round_.atoms, round_.objective, round_.lower_bound.value(), gap(state.objective),
        round_.ratio, round_.added, round_.gradients, seconds);
  }

 private:
  /// A round on the atoms.
  double solve(ProgramState& state) {
    const SearchEffort full{this->options_.search_starts, this->options_.search_steps};
    const double wanted = decay_ ? std::max(atoms_share * wanted_gap_, small_gain) : wanted_gap_;
    round_ = program_.round(state.atoms, this->epoch, state.ratio > far_off ? at_first : full, wanted);
    state.ratio = round_.ratio;
    state.objective = round_.objective;
    state.lower_bound = round_.lower_bound.value();
    state.trust = round_.trust;
    const std::int64_t last = this->options_.epochs - (decay_ ? this->options_.epochs / network_share : 0);
    if (round_.closed)
      state.end = ProgramEnd::gap;
    else if (round_.thorough && round_.added == 0)
      state.end = ProgramEnd::nothing;
    else if (this->epoch + 1 >= last)
      state.end = ProgramEnd::rounds;
    if (state.end == ProgramEnd::running) return round_.pairs;
    if (decay_) start_network(state);
    this->finished = !decay_ || state.network.count() == 0;
    return round_.pairs;
  }

  void start_network(ProgramState& state) {
    const double lambda = problem_->context().lambda;
    state.network = split(state.atoms, lambda, problem_->filters());
    state.wanted = filters_wanted(state.atoms, lambda);
    state.value = value_of(*problem_, objective_, state.network);
    state.price = state.value - state.objective;
  }

  /// A round on the decay network: the same filters, then simpler ones, improved together; the better are
  /// kept.
  double train_network(ProgramState& state) {
    double pairs = 0.0;
    const auto improved = [&](SplitNetwork network) {
      const double value = polish(*problem_, objective_, network, polish_steps);
      pairs += static_cast<double>(problem_->train().patches()) * static_cast<double>(network.count()) *
               static_cast<double>(polish_steps);
      if (!(value < state.value)) return;
      state.value = value;
      state.network = std::move(network);
    };
    const double before = state.value;
    improved(state.network);
    if (problem_->context().lambda > 0.0) {
      const auto joins = std::max<std::int64_t>(1, static_cast<std::int64_t>(state.network.count()) / 12);
      improved(simplified(state.network, joins, problem_->filters()));
    }
    state.idle = state.value < before * (1.0 - small_gain) ? 0 : state.idle + 1;
    const bool reached =
        wanted_gap_ > 0.0 && estimated_gap(state.value, Estimate(state.lower_bound)) <= wanted_gap_;
    state.end = reached ? ProgramEnd::gap : state.idle >= most_idle ? ProgramEnd::rest : ProgramEnd::rounds;
    this->finished = state.end != ProgramEnd::rounds;
    return pairs;
  }

  double wanted_gap_;
  bool decay_;
  const Problem<T>* problem_;
  PrimalObjective<T> objective_;
  NetworkProgram<T> program_;
  ProgramWeights<T> weights_;
  ProgramRound round_ = {};
  OverlapTimes times_;
};

}  // namespace

template <class T>
std::unique_ptr<NetworkTrainer<T>> make_network_program_trainer(const Config& config,
                                                                const Problem<T>& problem,
                                                                const Filters* start) {
  Atoms atoms{.length = problem.length()};
  if (start != nullptr) atoms = atoms_of(form_of_program(problem.context().form), *start);
  return std::make_unique<NetworkProgramTrainer<T>>(config, problem, std::move(atoms));
}

template std::unique_ptr<NetworkTrainer<float>> make_network_program_trainer(const Config&,
                                                                             const Problem<float>&,
                                                                             const Filters*);
template std::unique_ptr<NetworkTrainer<double>> make_network_program_trainer(const Config&,
                                                                              const Problem<double>&,
                                                                              const Filters*);

}  // namespace zerogap

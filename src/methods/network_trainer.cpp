// SPDX-License-Identifier: Apache-2.0
#include "methods/network_trainer.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "methods/dual_solver.hpp"
#include "methods/dual_trainer.hpp"
#include "methods/network_program_trainer.hpp"
#include "methods/primal_trainer.hpp"
#include "model/form.hpp"
#include "problem/initial_weights.hpp"

namespace zerogap {

template <class T>
double NetworkTrainer<T>::take_snapshot(Batches& batches) {
  if (options_.name != OptimizerName::svrg || batch != 0 || epoch % options_.snapshot_every != 0) return 0.0;
  optimizer_->take_snapshot();
  const auto at = spans([&](std::size_t p) { return optimizer_->snapshot(p); });
  const auto out = spans([&](std::size_t p) { return optimizer_->full_gradient(p); });
  gradient(at, batches.all_images(), 1.0, out);
  return static_cast<double>(batches.patches()) * static_cast<double>(total());
}

template <class T>
void NetworkTrainer<T>::start_program(const ProgramCarryover& carried) {
  ended = TerminationReason::running;
  cut_steps = 0;
  if (!carried.values_hold) best = {};
  smoothing_width = 0.0;
  last_objective = std::numeric_limits<double>::quiet_NaN();
  if (!carried.bound_holds) best_lower_bound = {};
}

template <class T>
double NetworkTrainer<T>::step(Batches& batches) {
  const double pairs = take_snapshot(batches);
  const Batch now = batches.batch(epoch, batch);
  const double rate = scheduled_rate(options_, steps, options_.epochs * batches.count());
  move(now, rate);
  learning_rate = rate;
  ++steps;
  if (++batch == batches.count()) {
    batch = 0;
    ++epoch;
  }
  const double passes = options_.name == OptimizerName::svrg ? 2.0 : 1.0;
  return pairs + passes * static_cast<double>(now.patches) * static_cast<double>(total());
}

template <class T>
void NetworkTrainer<T>::move(const Batch& now, double rate) {
  gradient(spans([&](std::size_t p) { return optimizer_->iterate(p); }), now.images, now.factor,
           spans([&](std::size_t p) { return optimizer_->gradient(p); }));
  if (options_.name == OptimizerName::svrg)
    gradient(spans([&](std::size_t p) { return optimizer_->snapshot(p); }), now.images, now.factor,
             spans([&](std::size_t p) { return optimizer_->snapshot_gradient(p); }));
  optimizer_->step(rate);
}

namespace {

template <class T>
class GradientPrimalTrainer final : public PrimalTrainer<T> {
 public:
  GradientPrimalTrainer(const OptimizerOptions& options, const Problem<T>& problem, std::vector<T> u,
                        std::vector<T> v)
      : PrimalTrainer<T>(options, problem), pass_(problem.context()) {
    const std::int64_t rows = problem.filter_share().count();
    this->optimizer_ = make_optimizer<T>(
        options, {{"u", rows, problem.length(), std::move(u)}, {"v", rows, 1, std::move(v)}});
    this->optimizer_->on_move([this] {
      project(form(), problem_->length(), this->optimizer_->iterate(0));
      stop_at_zero<T>(form(), before_, this->optimizer_->iterate(1));
    });
  }

  double step(Batches& batches) override {
    const auto v = this->optimizer_->iterate(1);
    before_.assign(v.begin(), v.end());
    return NetworkTrainer<T>::step(batches);
  }

  WeightSizes sizes() override {
    if (!one_gradient_a_step()) return {};
    WeightSizes mine;
    mine.largest = pass_.largest(point_at(iterate(0), iterate(1)));
    return mine;
  }
  void know(const WeightSizes& all) override {
    if (one_gradient_a_step()) largest_ = all.largest;
  }
  void start_program(const ProgramCarryover& carried) override {
    NetworkTrainer<T>::start_program(carried);
    largest_.reset();
  }

  const OverlapTimes& overlap_times() const override { return pass_.overlap_times(); }

 protected:
  void gradient(const typename NetworkTrainer<T>::Spans& at, ImageList images, double factor,
                const typename NetworkTrainer<T>::Spans& out) override {
    const auto point = point_at(at[0].data(), at[1].data());
    auto result = largest_ ? pass_.step(point, problem_->train(), images, *largest_)
                           : pass_.step(point, problem_->train(), images);
    for (double& entry : result.u) entry *= factor;
    for (double& entry : result.v) entry *= factor;
    add_regularisation<T>(form(), problem_->context().beta, at[0], at[1], result.u, result.v);
    std::copy(result.u.begin(), result.u.end(), out[0].begin());
    std::copy(result.v.begin(), result.v.end(), out[1].begin());
  }

 private:
  using PrimalTrainer<T>::problem_, PrimalTrainer<T>::point_at;
  const T* iterate(std::size_t p) { return this->optimizer_->iterate(p).data(); }
  NetworkForm form() const { return problem_->context().form; }
  /// Not svrg, whose second gradient is at another point.
  bool one_gradient_a_step() const { return this->options_.name != OptimizerName::svrg; }

  PrimalPass<T> pass_;
  std::vector<T> before_;                         ///< v before the step
  std::optional<std::array<double, 2>> largest_;  ///< over all ranks, if known
};

Filters rows_of(const Filters& all, Range rows) {
  return {rows.count(), all.length, local_rows(all.u, rows, all.length), local_rows(all.v, rows, 1)};
}

}  // namespace

template <class T>
std::unique_ptr<NetworkTrainer<T>> make_network_trainer(Network network, const Config& config,
                                                        const Problem<T>& problem, const Filters* given) {
  if (network == Network::primal) {
    if (config.primal_optimizer.name == OptimizerName::frank_wolfe) {
      if (given == nullptr && !starts_from_file(config.init))
        return make_network_program_trainer<T>(config, problem, nullptr);
      const Filters start = given != nullptr ? *given
                                             : initial_filters(config, {0, problem.filters()},
                                                               problem.filters(), problem.length());
      return make_network_program_trainer(config, problem, &start);
    }
    const Range share = problem.filter_share();
    auto start = given != nullptr ? rows_of(*given, share)
                                  : initial_filters(config, share, problem.filters(), problem.length());
    return std::make_unique<GradientPrimalTrainer<T>>(config.primal_optimizer, problem,
                                                      std::vector<T>(start.u.begin(), start.u.end()),
                                                      std::vector<T>(start.v.begin(), start.v.end()));
  }
  const auto& blocks = problem.blocks();
  const std::vector<double> g(blocks.g.begin(), blocks.g.end());
  auto start = initial_weights(config, blocks.share, blocks.total, blocks.length, g);
  std::vector<T> w(start.w.begin(), start.w.end()), w_prime(start.w_prime.begin(), start.w_prime.end());
  if (config.dual_optimizer.solves())
    return make_dual_solver<T>(config, problem, std::move(w), std::move(w_prime));
  return std::make_unique<GradientDualTrainer<T>>(config.dual_optimizer, problem, std::move(w),
                                                  std::move(w_prime));
}

template class NetworkTrainer<float>;
template class NetworkTrainer<double>;
template std::unique_ptr<NetworkTrainer<float>> make_network_trainer(Network, const Config&,
                                                                     const Problem<float>&, const Filters*);
template std::unique_ptr<NetworkTrainer<double>> make_network_trainer(Network, const Config&,
                                                                      const Problem<double>&, const Filters*);

}  // namespace zerogap

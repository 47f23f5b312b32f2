// SPDX-License-Identifier: Apache-2.0
// The kernels alone, without LibTorch and MPI: steps, forward and backward halves of both networks on images
// of 28 x 28 pixels, and the machine's peak of fused multiply-adds, which their shares are of. Names are
// kernel/type/arguments. Counters: pairs (patch x block) a second, fma a second at the count of the table in
// docs/performance.md, scratch bytes. tests/bench/run runs it and makes a table.
//
//   zerogap_bench [Google Benchmark's options]
//   zerogap_bench --dump=FOLDER [--dump_images=N] [--dump_blocks=P]    inputs and results for comparison

#include <benchmark/benchmark.h>
#include <omp.h>

#include <string>
#include <vector>

#include "bench/bench_case.hpp"
#include "bench/dump.hpp"
#include "bench/peak.hpp"
#include "kernels/backend.hpp"

namespace zerogap::bench {
namespace {

enum class Kernel { step, forward, hinge, backward, smooth, primal_step, primal_forward, primal_backward };

/// FMA a pair in units of d: inner products, and rank-one updates of the sums.
int products(Kernel kernel, bool with_rho) {
  switch (kernel) {
    case Kernel::step:
      return with_rho ? 5 : 3;
    case Kernel::forward:
      return with_rho ? 3 : 2;
    case Kernel::hinge:
      return 3;
    case Kernel::backward:
    case Kernel::smooth:
      return with_rho ? 5 : 2;
    case Kernel::primal_forward:
      return 1;
    case Kernel::primal_step:
    case Kernel::primal_backward:
      return 2;
  }
  return 0;
}

/// What one call of one kernel needs, and the call.
template <class T>
class Call {
 public:
  Call(Kernel kernel, const Shape& shape, int threads, double rho, bool whole)
      : kernel_(kernel), in_(shape), rho_(rho), whole_(whole), kernels_(make_cpu_kernels<T>(threads)) {
    const auto patches = static_cast<std::size_t>(shape.patches());
    pred_.resize(patches);
    grad_w_.resize(in_.w.size());
    grad_w_prime_.resize(in_.w.size());
    sum_v_.resize(in_.v.size());
  }

  void operator()() {
    const auto source = in_.source();
    switch (kernel_) {
      case Kernel::step:
        return kernels_->run(DualStep<T>{source, in_.list, in_.blocks(whole_), lambda, rho_,
                                         prediction_scale(), in_.target.data(), gradient_scale(), grad_w_,
                                         grad_w_prime_});
      case Kernel::forward:
      case Kernel::hinge:
        kernels_->run(DualForward<T>{source, in_.list, in_.blocks(), lambda, kernel_ == Kernel::hinge,
                                     prediction_scale(), gradient_scale(), pred_, rho_});
        return;
      case Kernel::backward:
      case Kernel::smooth:
        return kernels_->run(DualBackward<T>{source, in_.list, in_.blocks(), lambda, rho_,
                                             kernel_ == Kernel::smooth ? 1e-2 : 0.0, in_.target,
                                             gradient_scale(), grad_w_, grad_w_prime_});
      case Kernel::primal_step:
        return kernels_->run(PrimalStep<T>{source, in_.list, in_.filters(), lambda, prediction_scale(),
                                           in_.target.data(), gradient_scale(), gradient_scale(), grad_w_,
                                           sum_v_});
      case Kernel::primal_forward:
        kernels_->run(PrimalForward<T>{source, in_.list, in_.filters(), lambda, prediction_scale(), pred_});
        return;
      case Kernel::primal_backward:
        return kernels_->run(PrimalBackward<T>{source, in_.list, in_.filters(), lambda, in_.target,
                                               gradient_scale(), gradient_scale(), grad_w_, sum_v_});
    }
  }
  const Kernels<T>& kernels() const { return *kernels_; }

 private:
  Kernel kernel_;
  Inputs<T> in_;
  double rho_;
  bool whole_;
  std::unique_ptr<Kernels<T>> kernels_;
  std::vector<std::int64_t> pred_, grad_w_, grad_w_prime_, sum_v_;
};

benchmark::Counter rate(double per_iteration) {
  return benchmark::Counter(per_iteration, benchmark::Counter::kIsIterationInvariantRate);
}

// Arguments: P, images, side, threads, rho > 0, all blocks in one tile.
template <class T>
void time_kernel(benchmark::State& state, Kernel kernel) {
  const Shape shape{state.range(1), state.range(0), static_cast<int>(state.range(2))};
  const bool with_rho = state.range(4) != 0;
  Call<T> call(kernel, shape, static_cast<int>(state.range(3)), with_rho ? rho_on : 0.0, state.range(5) != 0);
  call();  // scratch grows on the first call
  for (auto _ : state) call();
  state.counters["pairs"] = rate(shape.pairs());
  state.counters["fma"] = rate(shape.pairs() * products(kernel, with_rho) * shape.length());
  state.counters["scratch"] = static_cast<double>(call.kernels().scratch_bytes());
  state.SetLabel(call.kernels().target());
}

template <class T>
void time_peak(benchmark::State& state) {
  const auto measured = peak<T>();
  const auto threads = static_cast<int>(state.range(0));
  constexpr std::int64_t rounds = 20000;
  for (auto _ : state) {
#pragma omp parallel num_threads(threads)
    benchmark::DoNotOptimize(measured.run(rounds));
  }
  state.counters["fma"] = rate(static_cast<double>(rounds * measured.fma_per_round * threads));
  state.SetLabel(std::string("cpu ") + measured.target);
}

struct Arguments {
  std::int64_t blocks = 512, images = 60, side = 3, threads = 2, with_rho = 1, whole = 0;
};

template <class T>
void add(const std::string& name, Kernel kernel, const Arguments& a) {
  benchmark::RegisterBenchmark(name.c_str(), time_kernel<T>, kernel)
      ->ArgNames({"P", "images", "side", "threads", "rho", "whole"})
      ->Args({a.blocks, a.images, a.side, a.threads, a.with_rho, a.whole})
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

template <class T>
void add_peak(const std::string& name) {
  for (const int threads : {1, 2})
    benchmark::RegisterBenchmark(name.c_str(), time_peak<T>)
        ->ArgNames({"threads"})
        ->Arg(threads)
        ->UseRealTime();
}

void add_all() {
  add_peak<float>("peak/fp32");
  add_peak<double>("peak/fp64");
  const Arguments usual;
  for (const int threads : {1, 2})
    for (const int with_rho : {1, 0})
      add<float>("step/fp32", Kernel::step, {.threads = threads, .with_rho = with_rho});
  for (const std::int64_t blocks : {64, 128, 2048, 8192})
    add<float>("step/fp32", Kernel::step, {.blocks = blocks});
  for (const std::int64_t images : {13, 600}) add<float>("step/fp32", Kernel::step, {.images = images});
  for (const int side : {5, 7}) add<float>("step/fp32", Kernel::step, {.side = side});
  add<float>("step/fp32", Kernel::step, {.whole = 1});
  add<double>("step/fp64", Kernel::step, usual);
  add<double>("step/fp64", Kernel::step, {.with_rho = 0});
  for (const int with_rho : {1, 0}) {
    add<float>("forward/fp32", Kernel::forward, {.with_rho = with_rho});
    add<float>("backward/fp32", Kernel::backward, {.with_rho = with_rho});
  }
  add<float>("hinge/fp32", Kernel::hinge, usual);
  add<float>("smooth/fp32", Kernel::smooth, usual);
  for (const int threads : {1, 2})
    add<float>("primal_step/fp32", Kernel::primal_step, {.threads = threads, .with_rho = 0});
  add<double>("primal_step/fp64", Kernel::primal_step, {.with_rho = 0});
  add<float>("primal_forward/fp32", Kernel::primal_forward, {.with_rho = 0});
  add<float>("primal_backward/fp32", Kernel::primal_backward, {.with_rho = 0});
  // One image and many blocks: what tests/bench/run takes from a training step to see the host's part.
  add<float>("step/fp32", Kernel::step, {.blocks = 8192, .images = 1, .threads = 1});
  // The steps of configs/mnist.yaml.
  add<float>("step/fp32", Kernel::step, {.blocks = 64, .images = 600});
  add<float>("primal_step/fp32", Kernel::primal_step, {.blocks = 64, .images = 600, .with_rho = 0});
}

}  // namespace
}  // namespace zerogap::bench

int main(int argc, char** argv) {
  if (const auto request = zerogap::bench::dump_request(argc, argv)) {
    zerogap::bench::dump(*request);
    return 0;
  }
  zerogap::bench::add_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "kernels/backend.hpp"
#include "kernels/cpu/dual.hpp"
#include "kernels/cpu/primal.hpp"

namespace zerogap {
namespace cpu {
namespace {

/// Rows [first, last) of a step: their gradient in pieces that stay in the first-level cache. Returns their
/// norms.
template <class T>
ExactSum step_rows(const RowStep<T>& pass, std::int64_t first, std::int64_t last) {
  const std::int64_t d = pass.length, together = std::max<std::int64_t>(1, 1024 / d);
  std::vector<T> gradient(static_cast<std::size_t>(together * d));
  ExactSum norms;
  for (std::int64_t row = first; row < last; row += together) {
    const std::int64_t here = std::min(together, last - row);
    for (std::int64_t j = 0; j < here; ++j) row_gradient(pass, row + j, gradient.data() + j * d);
    T* moments[most_moments];
    for (std::size_t m = 0; m < most_moments; ++m)
      moments[m] = pass.moments[m] == nullptr ? nullptr : pass.moments[m] + row * d;
    const auto entries = static_cast<std::size_t>(here * d);
    move_entries<T>(pass.rule, {gradient.data(), entries}, {pass.weights + row * d, entries}, moments);
    for (std::int64_t j = row; j < row + here; ++j) norms.add(row_norm(pass.weights, j, pass.length));
  }
  return norms;
}

}  // namespace
}  // namespace cpu

namespace {

template <class T>
class CpuKernels final : public Kernels<T> {
 public:
  explicit CpuKernels(int threads) : engine_(threads) {}

  std::string target() const override { return std::string("cpu ") + engine_.ops().target; }
  bool steps_save_work() const override { return true; }
  std::size_t scratch_bytes() const override { return engine_.scratch_bytes(); }

  HingeSums run(const DualForward<T>& pass) override { return dual_.forward(pass); }
  void run(const DualBackward<T>& pass) override { dual_.backward(pass); }
  void run(const DualCurvature<T>& pass) override { dual_.curvature(pass); }
  void run(const GateSums<T>& pass) override { dual_.gate_sums(pass); }
  void run(const Repair<T>& pass) override { dual_.repair(pass); }
  double run(const PrimalForward<T>& pass) override { return primal_.forward(pass); }
  void run(const PrimalBackward<T>& pass) override { primal_.backward(pass); }

  void run(const DualStep<T>& pass) override {
    if (pass.blocks.count <= cpu::blocks_at_once) return dual_.step(pass);
    const auto r = halfway(pass, [&](std::span<std::int64_t> pred) {
      run(DualForward<T>{
          pass.patches, pass.images, pass.blocks, pass.lambda, false, pass.pred_scale, {}, pred, pass.rho});
    });
    run(DualBackward<T>{pass.patches, pass.images, pass.blocks, pass.lambda, pass.rho, 0.0, r, pass.scale,
                        pass.grad_w, pass.grad_w_prime});
  }
  void run(const PrimalStep<T>& pass) override {
    if (pass.filters.count <= cpu::blocks_at_once) return primal_.step(pass);
    const auto r = halfway(pass, [&](std::span<std::int64_t> pred) {
      run(PrimalForward<T>{pass.patches, pass.images, pass.filters, pass.lambda, pass.pred_scale, pred});
    });
    run(PrimalBackward<T>{pass.patches, pass.images, pass.filters, pass.lambda, r, pass.scale_u, pass.scale_v,
                          pass.sum_u, pass.sum_v});
  }

  void run(const RowStep<T>& pass) override {
    ExactSum norms;
    if (pass.rows * pass.length < worth_threads) {
      norms = cpu::step_rows(pass, 0, pass.rows);
    } else {
      parts(static_cast<std::size_t>(pass.rows), [&](std::size_t first, std::size_t last) {
        const auto here =
            cpu::step_rows(pass, static_cast<std::int64_t>(first), static_cast<std::int64_t>(last));
#pragma omp critical(zerogap_norms)
        norms.add(here);
      });
    }
    for (std::size_t word = 0; word < pass.norms.size(); ++word) pass.norms[word] += norms.span()[word];
  }

  void residual(const Predictions<T>& of, std::span<T> residual) override {
    parts(of.pred.size(), [&](std::size_t first, std::size_t last) {
      for_each_residual(of, first, last,
                        [&](std::size_t i, double r, double) { residual[i] = static_cast<T>(r); });
    });
  }
  double largest_residual(const Predictions<T>& of) override {
    double largest = 0.0;
    parts(of.pred.size(), [&](std::size_t first, std::size_t last) {
      double here = 0.0;
      for_each_residual(of, first, last,
                        [&](std::size_t, double r, double) { here = larger(here, std::abs(r)); });
#pragma omp critical(zerogap_largest)
      largest = larger(largest, here);
    });
    return largest;
  }
  ResidualSums residual_sums(const Predictions<T>& of, FixedPoint fit, FixedPoint with_target) override {
    ResidualSums sums;
    parts(of.pred.size(), [&](std::size_t first, std::size_t last) {
      ResidualSums here;
      for_each_residual(of, first, last, [&](std::size_t, double r, double x) {
        here.fit += fit.fixed(r * r);
        here.with_target += with_target.fixed(r * x);
      });
#pragma omp critical(zerogap_sums)
      {
        sums.fit += here.fit;
        sums.with_target += here.with_target;
      }
    });
    return sums;
  }

 private:
  /// From this many weights on, a step takes longer than starting the threads (some microseconds).
  static constexpr std::int64_t worth_threads = 1 << 13;

  /// The residual of a step with too many gates to keep.
  template <class Step, class Forward>
  std::vector<T> halfway(const Step& pass, Forward forward) {
    const auto pixels = pass.patches.pixels_per_image();
    std::vector<std::int64_t> pred(pass.images.size() * static_cast<std::size_t>(pixels));
    forward(std::span(pred));
    std::vector<T> r(pred.size());
    residual({pass.images, pixels, pass.pred_scale, pred, pass.target}, r);
    return r;
  }

  /// Calls body(first, last) with one part of [0, n) on each thread.
  template <class Body>
  void parts(std::size_t n, Body body) const {
    const auto threads = static_cast<std::size_t>(engine_.threads());
#pragma omp parallel for num_threads(engine_.threads())
    for (std::size_t t = 0; t < threads; ++t) body(n * t / threads, n * (t + 1) / threads);
  }

  cpu::Engine<T> engine_;
  cpu::DualPasses<T> dual_{engine_};
  cpu::PrimalPasses<T> primal_{engine_};
};

}  // namespace

template <class T>
std::unique_ptr<Kernels<T>> make_cpu_kernels(int threads) {
  return std::make_unique<CpuKernels<T>>(threads);
}

template std::unique_ptr<Kernels<float>> make_cpu_kernels(int);
template std::unique_ptr<Kernels<double>> make_cpu_kernels(int);

std::string cpu_target() { return cpu::tile_ops<float>().target; }

}  // namespace zerogap

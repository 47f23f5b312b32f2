#include <algorithm>
#include <vector>

#include "kernels/backend.hpp"
#include "kernels/cpu/dual.hpp"
#include "kernels/cpu/primal.hpp"

namespace zerogap {
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
  /// The residual of a step whose gates are too many to be kept.
  template <class Step, class Forward>
  std::vector<T> halfway(const Step& pass, Forward forward) {
    const auto pixels = pass.patches.pixels_per_image();
    std::vector<std::int64_t> pred(pass.images.size() * static_cast<std::size_t>(pixels));
    forward(std::span(pred));
    std::vector<T> r(pred.size());
    residual({pass.images, pixels, pass.pred_scale, pred, pass.target}, r);
    return r;
  }

  /// body(first, last) for one part of [0, n) a thread.
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

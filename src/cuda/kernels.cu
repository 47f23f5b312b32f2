// SPDX-License-Identifier: Apache-2.0
// The passes of kernels/dual.hpp, primal.hpp and residual.hpp on a GPU: copies the arguments in host memory,
// and launches kernels. Steps return when they are queued; calls that return a value wait for it.

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "cuda/launch.hpp"
#include "cuda/replay.hpp"
#include "cuda/staging.hpp"
#include "kernels/device.hpp"

namespace zerogap {
namespace {

using cuda::BackwardKind;
using cuda::ForwardKind;
using cuda::Scalars;
using cuda::Slot;

template <class T>
std::span<const T> rows(const T* first, std::int64_t count) {
  return {first, first == nullptr ? 0 : static_cast<std::size_t>(count)};
}

int tile_of(std::int64_t tile, std::int64_t count) {
  return static_cast<int>(std::clamp<std::int64_t>(tile, 1, std::min<std::int64_t>(count, 1 << 30)));
}

std::uint64_t number(const void* at) { return reinterpret_cast<std::uintptr_t>(at); }

template <class T>
class CudaKernels final : public Kernels<T> {
 public:
  explicit CudaKernels(cuda::DeviceMemory& memory) : memory_(memory), scratch_(memory) {}
  ~CudaKernels() override {
    // Arrays are returned to a stream-ordered pool, but pinned memory is not: nothing may still read it.
    cuda::check_no_throw(cudaStreamSynchronize(memory_.queue()));
  }
  CudaKernels(const CudaKernels&) = delete;
  CudaKernels& operator=(const CudaKernels&) = delete;

  std::string target() const override { return "cuda " + memory_.name(); }
  Memory& memory() override { return memory_; }
  std::size_t scratch_bytes() const override { return scratch_.bytes(); }

  HingeSums run(const DualForward<T>& pass) override {
    if (pass.images.empty() || pass.blocks.count == 0) return {};
    Scalars scalars = of_pred(pass.lambda, pass.pred_scale);
    scalars.side_scale = pass.hinge_scale.scale();
    scalars.width = pass.width;
    const auto kind = !pass.with_hinge   ? ForwardKind::dual
                      : pass.width > 0.0 ? ForwardKind::dual_smooth_hinge
                                         : ForwardKind::dual_hinge;
    const auto site = here();
    launch_forward(site, kind, forward_pass(pass, bring(site, pass, scalars), pass.pred.data()));
    if (!pass.with_hinge) return {};
    const cuda::Total total = result();
    return {total.first, total.largest};
  }

  void run(const DualBackward<T>& pass) override {
    if (pass.images.empty() || pass.blocks.count == 0) return;
    Scalars scalars = of_vectors(pass.lambda, pass.scale);
    scalars.rho = pass.rho;
    scalars.width = pass.width;
    const auto site = here();
    backward(site, pass, bring(site, pass, scalars), pass.residual.data(),
             pass.rho > 0.0 && pass.width > 0.0 ? BackwardKind::dual_smooth : BackwardKind::dual_sharp);
  }

  void run(const DualStep<T>& pass) override {
    if (pass.images.empty() || pass.blocks.count == 0) return;
    Scalars scalars = of_pred(pass.lambda, pass.pred_scale);
    scalars.vector_scale = pass.scale.scale();
    scalars.rho = pass.rho;
    const auto brought = bring(here(), pass, scalars);
    step(pass, brought, {number(pass.grad_w.data()), number(pass.grad_w_prime.data()), pass.rho > 0.0},
         [&](const cuda::Site& site, std::int64_t* pred, const T* r) {
           if (r == nullptr)
             launch_forward(site, ForwardKind::dual, forward_pass(pass, brought, pred));
           else
             backward(site, pass, brought, r, BackwardKind::dual_sharp);
         });
  }

  void run(const DualCurvature<T>& pass) override {
    if (pass.images.empty() || pass.blocks.count == 0) return;
    Scalars scalars = of_vectors(pass.lambda, pass.scale);
    scalars.width = pass.width;
    const auto site = here();
    launch_curvature(site, backward_pass(pass, bring(site, pass, scalars), static_cast<const T*>(nullptr)),
                     pass.of_w.data(), pass.of_w_prime.data());
  }

  void run(const GateSums<T>& pass) override {
    if (pass.images.empty() || pass.blocks.count == 0) return;
    Scalars scalars;
    scalars.lambda = pass.lambda;
    scalars.scalar_scale = pass.scale.scale();
    const auto sums = scalars_of(BackwardKind::gates, pass, scalars);
    const auto count = static_cast<std::size_t>(pass.blocks.count);
    for (std::size_t j = 0; j < count; ++j) {
      pass.q_sum[j] += sums[j];
      pass.c_sum[j] += sums[count + j];
    }
  }

  void run(const Repair<T>& pass) override {
    if (pass.images.empty() || pass.blocks.count == 0) return;
    Scalars scalars;
    scalars.lambda = pass.lambda;
    const auto maxima = scalars_of(BackwardKind::repair, pass, scalars);
    const auto count = static_cast<std::size_t>(pass.blocks.count);
    for (std::size_t j = 0; j < count; ++j) {
      pass.alpha_w[j] = std::max(pass.alpha_w[j], std::bit_cast<double>(maxima[j]));
      pass.alpha_w_prime[j] = std::max(pass.alpha_w_prime[j], std::bit_cast<double>(maxima[count + j]));
    }
  }

  double run(const PrimalForward<T>& pass) override {
    if (pass.images.empty() || pass.filters.count == 0) return 0.0;
    const auto site = here();
    const auto brought = bring(site, pass, of_pred(pass.lambda, pass.pred_scale));
    launch_forward(site, ForwardKind::primal, forward_pass(pass, brought, pass.pred.data()));
    return result().largest;
  }

  void run(const PrimalBackward<T>& pass) override {
    if (pass.images.empty() || pass.filters.count == 0) return;
    Scalars scalars = of_vectors(pass.lambda, pass.scale_u);
    scalars.scalar_scale = pass.scale_v.scale();
    const auto site = here();
    backward(site, pass, bring(site, pass, scalars), pass.residual.data());
  }

  void run(const PrimalStep<T>& pass) override {
    if (pass.images.empty() || pass.filters.count == 0) return;
    Scalars scalars = of_pred(pass.lambda, pass.pred_scale);
    scalars.vector_scale = pass.scale_u.scale();
    scalars.scalar_scale = pass.scale_v.scale();
    const auto brought = bring(here(), pass, scalars);
    step(pass, brought, {number(pass.sum_u.data()), number(pass.sum_v.data()), 2},
         [&](const cuda::Site& site, std::int64_t* pred, const T* r) {
           if (r == nullptr)
             launch_forward(site, ForwardKind::primal, forward_pass(pass, brought, pred));
           else
             backward(site, pass, brought, r);
         });
  }

  void run(const RowStep<T>& pass) override {
    if (pass.rows > 0) launch_row_step(here(), pass);
  }

  void residual(const Predictions<T>& of, std::span<T> residual) override {
    if (of.pred.empty()) return;
    const auto site = here();
    launch_residual(site, residual_pass(site, of, {}), residual.data());
  }
  double largest_residual(const Predictions<T>& of) override { return residual_total(of, {}).largest; }
  ResidualSums residual_sums(const Predictions<T>& of, FixedPoint fit, FixedPoint with_target) override {
    Scalars scalars;
    scalars.fit_scale = fit.scale();
    scalars.target_scale = with_target.scale();
    const cuda::Total total = residual_total(of, scalars);
    return {total.first, total.second};
  }

 private:
  using Brought = cuda::Staging::Arrays<T>;

  cuda::Site here() {
    memory_.use();
    return {memory_, scratch_, memory_.queue()};
  }
  static Scalars of_pred(double lambda, const FixedPoint& scale) {
    Scalars scalars;
    scalars.lambda = lambda;
    scalars.pred_scale = scale.scale();
    scalars.pred_unit = scale.real(1);
    return scalars;
  }
  static Scalars of_vectors(double lambda, const FixedPoint& scale) {
    Scalars scalars;
    scalars.lambda = lambda;
    scalars.vector_scale = scale.scale();
    return scalars;
  }

  /// A dual pass's blocks, or a primal one's filters.
  template <class Pass>
  static auto& blocks_of(const Pass& pass) {
    if constexpr (requires { pass.blocks; })
      return pass.blocks;
    else
      return pass.filters;
  }
  template <class Pass>
  Brought bring(const cuda::Site& site, const Pass& pass, const Scalars& scalars) {
    const auto& blocks = blocks_of(pass);
    const std::int64_t size = blocks.count * pass.patches.length;
    std::array<std::span<const T>, 3> arrays;
    if constexpr (requires { blocks.resident; })
      if (blocks.resident) {
        auto brought = staging_.bring<T>(site, scalars, {}, pass.images);
        brought.arrays[0] = blocks.g;
        brought.arrays[1] = blocks.w;
        brought.arrays[2] = blocks.w_prime;
        return brought;
      }
    if constexpr (requires { blocks.v; })
      arrays = {rows(blocks.u, size), rows(blocks.v, blocks.count), {}};
    else
      arrays = {rows(blocks.g, size), rows(blocks.w, size), rows(blocks.w_prime, size)};
    return staging_.bring<T>(site, scalars, arrays, pass.images);
  }

  template <class Pass>
  cuda::ForwardPass<T> forward_pass(const Pass& pass, const Brought& brought, std::int64_t* pred) const {
    const auto& blocks = blocks_of(pass);
    cuda::ForwardPass<T> to;
    to.patches =
        cuda::patches_of(pass.patches, brought.images, static_cast<std::int64_t>(pass.images.size()));
    std::copy(std::begin(brought.arrays), std::end(brought.arrays), to.weights);
    to.blocks = blocks.count;
    to.tile = tile_of(blocks.tile, blocks.count);
    to.scalars = brought.scalars;
    to.pred = pred;
    return to;
  }
  template <class Pass>
  cuda::BackwardPass<T> backward_pass(const Pass& pass, const Brought& brought, const T* residual) const {
    cuda::BackwardPass<T> to;
    to.patches =
        cuda::patches_of(pass.patches, brought.images, static_cast<std::int64_t>(pass.images.size()));
    std::copy(std::begin(brought.arrays), std::end(brought.arrays), to.weights);
    to.blocks = blocks_of(pass).count;
    to.residual = residual;
    to.scalars = brought.scalars;
    return to;
  }

  /// DualBackward and DualStep; `slopes` where rho > 0.
  template <class Pass>
  void backward(const cuda::Site& site, const Pass& pass, const Brought& brought, const T* residual,
                BackwardKind slopes) {
    cuda::BackwardResults results;
    const bool free = !(pass.rho > 0.0);
    results.vectors[0] = free ? pass.grad_w_prime.data() : pass.grad_w.data();
    results.vectors[1] = free ? pass.grad_w.data() : pass.grad_w_prime.data();
    results.mirrored = free;
    launch_backward(site, free ? BackwardKind::dual_free : slopes, backward_pass(pass, brought, residual),
                    results);
  }
  /// PrimalBackward and PrimalStep.
  template <class Pass>
  void backward(const cuda::Site& site, const Pass& pass, const Brought& brought, const T* residual) {
    cuda::BackwardResults results;
    results.vectors[0] = pass.sum_u.data();
    results.scalars[0] = pass.sum_v.data();
    launch_backward(site, BackwardKind::primal, backward_pass(pass, brought, residual), results);
  }

  /// Both halves with the residual between them. `half` launches the forward one into its second argument
  /// where its third is null, else the backward one.
  template <class Pass, class Half>
  void step(const Pass& pass, const Brought& brought, cuda::Replay::Key key, Half half) {
    const auto count = static_cast<std::int64_t>(pass.images.size()) * pass.patches.pixels_per_image();
    auto* const pred = scratch_.template reserve<std::int64_t>(Slot::pred, static_cast<std::size_t>(count));
    auto* const r = scratch_.template reserve<T>(Slot::residual, static_cast<std::size_t>(count));
    const auto& blocks = blocks_of(pass);
    const auto& source = pass.patches;
    const std::array<std::int64_t, 8> sizes{count,         blocks.count, blocks.tile, source.stride(),
                                            source.height, source.width, source.side, source.length};
    key.insert(key.end(), sizes.begin(), sizes.end());
    key.insert(key.end(), {number(source.pixels), number(pass.target), scratch_.generation()});
    for (const T* const weights : brought.arrays) key.push_back(number(weights));
    replay_.run(key, memory_.queue(), [&](cudaStream_t stream) {
      const cuda::Site site{memory_, scratch_, stream};
      cuda::check(cudaMemsetAsync(pred, 0, static_cast<std::size_t>(count) * sizeof(std::int64_t), stream),
                  "clearing predictions");
      half(site, pred, static_cast<const T*>(nullptr));
      launch_residual(site,
                      cuda::ResidualPass<T>{brought.images, source.pixels_per_image(), count, pred,
                                            pass.target, brought.scalars},
                      r);
      half(site, pred, static_cast<const T*>(r));
    });
  }

  /// Two numbers for each block: all first ones, then all second ones.
  template <class Pass>
  std::vector<std::int64_t> scalars_of(BackwardKind kind, const Pass& pass, const Scalars& scalars) {
    const auto site = here();
    const auto brought = bring(site, pass, scalars);
    const auto count = static_cast<std::size_t>(pass.blocks.count);
    auto* const to = scratch_.template reserve<std::int64_t>(Slot::results, 2 * count);
    memory_.clear(to, 2 * count * sizeof(std::int64_t));
    cuda::BackwardResults results;
    results.scalars[0] = to;
    results.scalars[1] = to + count;
    launch_backward(site, kind, backward_pass(pass, brought, nullptr), results);
    std::vector<std::int64_t> sums(2 * count);
    memory_.download(sums.data(), to, sums.size() * sizeof(std::int64_t));
    return sums;
  }

  cuda::ResidualPass<T> residual_pass(const cuda::Site& site, const Predictions<T>& of, Scalars scalars) {
    scalars.pred_unit = of.scale.real(1);
    const auto brought = staging_.bring<T>(site, scalars, {}, of.images);
    return {brought.images, of.pixels_per_image, static_cast<std::int64_t>(of.pred.size()),
            of.pred.data(), of.target,           brought.scalars};
  }
  cuda::Total residual_total(const Predictions<T>& of, const Scalars& scalars) {
    if (of.pred.empty()) return {0, 0, 0.0};
    const auto site = here();
    launch_residual_total(site, residual_pass(site, of, scalars));
    return result();
  }

  cuda::Total result() {
    cuda::Total total{};
    memory_.download(&total, scratch_.template reserve<cuda::Total>(Slot::results, 1), sizeof total);
    return total;
  }

  cuda::DeviceMemory& memory_;
  cuda::Scratch scratch_;
  cuda::Staging staging_;
  cuda::Replay replay_;
};

}  // namespace

template <class T>
std::unique_ptr<Kernels<T>> make_cuda_kernels(Memory& memory) {
  auto* const device = dynamic_cast<cuda::DeviceMemory*>(&memory);
  if (device == nullptr)
    throw runtime_failure("CUDA kernels need a GPU's memory", "they were given the host's",
                          "make it with make_device_memory()");
  device->use();
  return std::make_unique<CudaKernels<T>>(*device);
}

template std::unique_ptr<Kernels<float>> make_cuda_kernels(Memory&);
template std::unique_ptr<Kernels<double>> make_cuda_kernels(Memory&);

}  // namespace zerogap

// One objective and gradient of the dual network, ours and LibTorch's eager mode (PyTorch's operations
// without Python), in one process: I = 47,040 patches, d = 9. The counter "pairs" is pairs (patch x block) a
// second.

#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <numeric>
#include <vector>

#include "arrangements/options.hpp"
#include "arrangements/sampling.hpp"
#include "core/random.hpp"
#include "kernels/backend.hpp"

namespace zerogap {
namespace {

constexpr int images = 60, size = 28, side = 3, length = side * side;
constexpr std::int64_t patches = std::int64_t{images} * size * size;
constexpr double lambda = 0.2;

struct Case {
  std::vector<float> pixels, g, w, w_prime, residual;
  std::vector<std::int32_t> list;
  std::int64_t blocks;

  explicit Case(std::int64_t count) : blocks(count) {
    const Random random(1, RandomUse::noise);
    constexpr int wide = size + side - 1;
    pixels.assign(static_cast<std::size_t>(images) * wide * wide, 0.0f);
    for (int n = 0; n < images; ++n)
      for (int row = 1; row <= size; ++row)
        for (int column = 1; column <= size; ++column)
          pixels[(static_cast<std::size_t>(n) * wide + row) * wide + column] =
              static_cast<float>(0.4 * random.normal(n, row * size + column));
    const auto fill = [&](std::vector<float>& values, std::size_t entries, std::uint64_t index,
                          double scale) {
      for (std::size_t i = 0; i < entries; ++i)
        values.push_back(static_cast<float>(scale * random.normal(1000 + index, i)));
    };
    const auto entries = static_cast<std::size_t>(count * length);
    fill(g, entries, 1, 1.0);
    fill(w, entries, 2, 0.1);
    fill(w_prime, entries, 3, 0.1);
    fill(residual, static_cast<std::size_t>(patches), 4, 1.0);
    list.resize(images);
    std::iota(list.begin(), list.end(), 0);
  }
  PatchSource<float> source() const { return {pixels.data(), images, size, size, side, length}; }
};

/// One training step's kernels: forward without the hinge's value, backward with the hinge's slopes where rho
/// > 0.
void ours(benchmark::State& state) {
  const Case c(state.range(0));
  const int threads = static_cast<int>(state.range(1));
  const double rho = state.range(2) != 0 ? 0.01 : 0.0;
  const std::int64_t tile = state.range(3) != 0 ? state.range(3) : c.blocks;
  const auto kernels = make_cpu_kernels<float>(threads);
  std::vector<std::int64_t> grad_w(c.w.size()), grad_w_prime(c.w.size());
  const DualBlocks<float> blocks{c.g.data(), c.w.data(), c.w_prime.data(), c.blocks, tile};
  for (auto _ : state)
    kernels->run(DualStep<float>{c.source(), c.list, blocks, lambda, rho, FixedPoint(1e6), c.residual.data(),
                                 FixedPoint(1e9), grad_w, grad_w_prime});
  state.counters["pairs"] = benchmark::Counter(static_cast<double>(patches * c.blocks),
                                               benchmark::Counter::kIsIterationInvariantRate);
  state.SetLabel(kernels->target());
}

/// The same objective as a PyTorch user writes it, with autograd; the gates are computed once, outside.
void eager(benchmark::State& state) {
  const Case c(state.range(0));
  at::set_num_threads(static_cast<int>(state.range(1)));
  const double rho = state.range(2) != 0 ? 0.01 : 0.0;
  const auto matrix = [&](const std::vector<float>& values) {
    return torch::tensor(values).reshape({c.blocks, length});
  };
  const int wide = size + side - 1;
  const auto padded = torch::tensor(c.pixels).reshape({images, 1, wide, wide});
  const auto y = torch::nn::functional::unfold(padded, torch::nn::functional::UnfoldFuncOptions({side, side}))
                     .transpose(1, 2)
                     .reshape({patches, length})
                     .contiguous();
  const auto a = y.matmul(matrix(c.g).t());
  const auto q = torch::clamp_min(1.0 - lambda / a.abs(), 0.0), signed_q = a.sign() * q;
  const auto x = torch::tensor(c.residual);
  auto w = matrix(c.w).requires_grad_(true), w_prime = matrix(c.w_prime).requires_grad_(true);
  for (auto _ : state) {
    const auto b = y.matmul(w.t()), b_prime = y.matmul(w_prime.t());
    auto objective =
        ((q * (b_prime - b)).sum(1) - x).pow(2).sum() + 2.0 * (w.norm(2, 1).sum() + w_prime.norm(2, 1).sum());
    if (rho > 0.0)
      objective =
          objective + rho * (torch::relu(-signed_q * b).sum() + torch::relu(-signed_q * b_prime).sum());
    objective.backward();
    w.mutable_grad().zero_();
    w_prime.mutable_grad().zero_();
  }
  state.counters["pairs"] = benchmark::Counter(static_cast<double>(patches * c.blocks),
                                               benchmark::Counter::kIsIterationInvariantRate);
}

// Arguments: blocks, threads, rho > 0, and for ours the block tile (0: all blocks in one, which no grid could
// share).
BENCHMARK(ours)
    ->ArgNames({"P", "threads", "rho", "tile"})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Args({512, 2, 1, 64})
    ->Args({512, 1, 1, 64})
    ->Args({512, 2, 0, 64})
    ->Args({128, 2, 1, 32})
    ->Args({2048, 2, 1, 64})
    ->Args({8192, 2, 1, 64})
    ->Args({512, 2, 1, 0});
BENCHMARK(eager)
    ->ArgNames({"P", "threads", "rho"})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Args({512, 2, 1})
    ->Args({512, 2, 0});

}  // namespace
}  // namespace zerogap

BENCHMARK_MAIN();

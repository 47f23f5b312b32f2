// Times of the CUDA kernels on GPU 0: a dual step with rho > 0 and without, its halves, and a primal step, at
// the paper's size and at smaller ones. How to run it on another machine: device_main.cpp.
//
//   zerogap_gpu_bench [repeats, 20]
//
// "peak" counts the products that the definitions need, a forward half 2d and a backward one 5d (2d for rho =
// 0) multiply-adds a pair, against 128 single-precision ones a clock and multiprocessor at the highest clock.

#include <cuda_runtime.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <vector>

#include "kernels/device.hpp"

namespace zerogap {
namespace {

struct Size {
  std::int64_t images, blocks;
  int side;
};

/// Multiply-adds a second, at most.
double peak() {
  int clock = 0, multiprocessors = 0;  // kHz
  if (cudaDeviceGetAttribute(&clock, cudaDevAttrClockRate, 0) != cudaSuccess ||
      cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, 0) != cudaSuccess)
    return 0.0;
  return 128.0 * multiprocessors * clock * 1e3;
}

template <class T>
class Case {
 public:
  Case(Kernels<T>& kernels, const Size& size) : kernels_(kernels), size_(size), d_(size.side * size.side) {
    const int wide = side + size.side - 1, border = size.side / 2;
    std::mt19937 random(1);
    std::normal_distribution<double> normal;
    std::vector<T> image(static_cast<std::size_t>(size.images) * wide * wide, T{0});
    for (std::int64_t n = 0; n < size.images; ++n)
      for (int row = 0; row < side; ++row)
        for (int column = 0; column < side; ++column)
          image[static_cast<std::size_t>((n * wide + row + border) * wide + column + border)] =
              static_cast<T>(0.4 * normal(random));
    for (std::int64_t n = 0; n < size.images; ++n) images_.push_back(static_cast<std::int32_t>(n));
    const auto entries = static_cast<std::size_t>(size.blocks * d_),
               patches = static_cast<std::size_t>(pairs() / static_cast<double>(size.blocks));
    for (auto* weights : {&g_, &w_, &w_prime_})
      for (std::size_t at = 0; at < entries; ++at)
        weights->push_back(static_cast<T>((weights == &g_ ? 1.0 : 0.1) * normal(random)));
    v_.assign(static_cast<std::size_t>(size.blocks), T{1});
    pixels_ = Buffer<T>(kernels.memory(), std::span<const T>(image));
    target_ = Buffer<T>(kernels.memory(), patches);
    residual_ = Buffer<T>(kernels.memory(), patches);
    pred_ = Buffer<std::int64_t>(kernels.memory(), patches);
    grad_ = Buffer<std::int64_t>(kernels.memory(), 2 * entries);
    target_.clear();
    residual_.clear();
    pred_.clear();
    grad_.clear();
    source_ = {pixels_.data(), size.images, side, side, size.side, d_};
  }

  double pairs() const {
    return static_cast<double>(size_.images) * side * side * static_cast<double>(size_.blocks);
  }
  int d() const { return d_; }
  void step(double rho) {
    kernels_.run(DualStep<T>{source_, images_, blocks(), lambda, rho, scale(), target_.data(), scale(),
                             half(0), half(1)});
  }
  void forward(bool hinge) {
    kernels_.run(DualForward<T>{source_, images_, blocks(), lambda, hinge, scale(), scale(), pred_.span()});
  }
  void backward(double rho) {
    kernels_.run(DualBackward<T>{source_, images_, blocks(), lambda, rho, 0.0, residual_.span(), scale(),
                                 half(0), half(1)});
  }
  void primal_step() {
    kernels_.run(PrimalStep<T>{source_,
                               images_,
                               {g_.data(), v_.data(), size_.blocks, tile},
                               lambda,
                               scale(),
                               target_.data(),
                               scale(),
                               scale(),
                               half(0),
                               half(1).first(v_.size())});
  }

 private:
  static constexpr int side = 28;
  static constexpr std::int64_t tile = 128;
  static constexpr double lambda = 0.2;
  static FixedPoint scale() { return FixedPoint(1e12); }
  std::span<std::int64_t> half(int which) const {
    return which == 0 ? grad_.span().first(grad_.size() / 2) : grad_.span().last(grad_.size() / 2);
  }
  DualBlocks<T> blocks() const { return {g_.data(), w_.data(), w_prime_.data(), size_.blocks, tile}; }

  Kernels<T>& kernels_;
  Size size_;
  int d_;
  PatchSource<T> source_;
  std::vector<std::int32_t> images_;
  std::vector<T> g_, w_, w_prime_, v_;
  Buffer<T> pixels_, target_, residual_;
  Buffer<std::int64_t> pred_, grad_;
};

/// The median of `repeats` times, in seconds, each until the GPU is done.
template <class Body>
double median(Memory& memory, int repeats, Body body) {
  for (int warm = 0; warm < 3; ++warm) body();
  memory.wait();
  std::vector<double> times;
  for (int time = 0; time < repeats; ++time) {
    const auto begin = std::chrono::steady_clock::now();
    body();
    memory.wait();
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

template <class T>
void measure(Memory& memory, const Size& size, int repeats) {
  const auto kernels = make_cuda_kernels<T>(memory);
  Case<T> on(*kernels, size);
  const auto line = [&](const char* what, double products, auto body) {
    const double seconds = median(memory, repeats, body);
    std::printf("%s %6lld images %5lld blocks d %2d  %-22s %9.3f ms %8.2f Gpair/s",
                sizeof(T) == 4 ? "fp32" : "fp64", static_cast<long long>(size.images),
                static_cast<long long>(size.blocks), on.d(), what, seconds * 1e3,
                on.pairs() / seconds * 1e-9);
    if (sizeof(T) == 4 && peak() > 0.0)
      std::printf(" %5.1f %% of peak", 100.0 * products * on.d() * on.pairs() / seconds / peak());
    std::printf("  scratch %.1f MiB\n", static_cast<double>(kernels->scratch_bytes()) / 1048576.0);
    std::fflush(stdout);
  };
  line("dual step", 7, [&] { on.step(0.01); });
  line("dual step, rho = 0", 4, [&] { on.step(0.0); });
  line("forward", 2, [&] { on.forward(false); });
  line("forward with hinge", 3, [&] { on.forward(true); });
  line("backward", 5, [&] { on.backward(0.01); });
  line("backward, rho = 0", 2, [&] { on.backward(0.0); });
  line("primal step", 3, [&] { on.primal_step(); });
}

int run(int repeats) {
  const Devices found = find_devices();
  if (found.count == 0) {
    std::printf("SKIPPED zerogap_gpu_bench: no GPU (%s)\n", found.why.c_str());
    return 77;
  }
  const auto memory = make_device_memory(0);
  std::printf("%s, peak %.1f T multiply-adds/s\n", make_cuda_kernels<float>(*memory)->target().c_str(),
              peak() * 1e-12);
  for (const Size& size : {Size{600, 8000, 3},
                           {600, 512, 3},
                           {600, 128, 3},
                           {600, 64, 3},
                           {60, 8192, 3},
                           {60, 512, 3},
                           {20, 64, 3},
                           {60, 512, 1},
                           {60, 512, 5},
                           {60, 512, 7},
                           {60, 512, 9}})
    measure<float>(*memory, size, repeats);
  for (const Size& size : {Size{600, 512, 3}, {60, 512, 5}, {60, 512, 7}})
    measure<double>(*memory, size, repeats);
  return 0;
}

}  // namespace
}  // namespace zerogap

int main(int argc, char** argv) {
  try {
    return zerogap::run(argc > 1 ? std::max(1, std::atoi(argv[1])) : 20);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 4;
  }
}

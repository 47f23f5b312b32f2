// SPDX-License-Identifier: Apache-2.0
// Times of the CUDA kernels on GPU 0: a dual step with rho > 0 and without, its halves, and a primal step, at
// the paper's size and at smaller ones. How to run it on another machine: device_main.cpp.
//
//   zerogap_gpu_bench [REPEATS, 20] [--json FILE] [--size IMAGES,BLOCKS,SIDE] [--line NAME]
//
// --json writes an object a line, the device's first, each as soon as it is known. --size measures that size
// only, in fp32, and --line that line only, such as "dual step, rho = 0": for profilers.
//
// "peak" counts the products that the definitions need, a forward half 2d and a backward one 5d (2d for rho =
// 0) multiply-adds a pair, against 128 single-precision ones a clock and multiprocessor at the highest clock.

#include <cuda_runtime.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "kernels/device.hpp"

namespace zerogap {
namespace {

struct Size {
  std::int64_t images, blocks;
  int side;
};

struct Request {
  int repeats = 20;
  std::string json, line;
  std::optional<Size> size;
};

int attribute(cudaDeviceAttr which) {
  int value = 0;
  return cudaDeviceGetAttribute(&value, which, 0) == cudaSuccess ? value : 0;
}

/// Multiply-adds a second, at most; 0 where the device does not say its clock.
double peak() {
  return 128.0 * attribute(cudaDevAttrMultiProcessorCount) * attribute(cudaDevAttrClockRate) * 1e3;
}

/// The file of --json.
class Report {
 public:
  explicit Report(const std::string& path) : path_(path) {
    if (!path.empty() && !(file_ = std::fopen(path.c_str(), "w"))) fail();
  }
  ~Report() {
    if (file_ != nullptr) std::fclose(file_);
  }
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  void device(const std::string& target) {
    int driver = 0, runtime = 0;
    (void)cudaDriverGetVersion(&driver);
    (void)cudaRuntimeGetVersion(&runtime);
    std::ostringstream out = numbers();
    out << R"({"device": ")" << target << R"(", "multiprocessors": )"
        << attribute(cudaDevAttrMultiProcessorCount) << R"(, "clock_khz": )"
        << attribute(cudaDevAttrClockRate) << R"(, "peak": )" << peak() << R"(, "driver": )" << driver
        << R"(, "runtime": )" << runtime << "}\n";
    write(out.str());
  }
  /// `times` are sorted; `share` of the peak is 0 where that is not known.
  void line(const char* kind, const Size& size, const char* what, const std::vector<double>& times,
            double pairs, double share, std::size_t scratch) {
    ++lines_;
    std::ostringstream out = numbers();
    out << R"({"kind": ")" << kind << R"(", "images": )" << size.images << R"(, "blocks": )" << size.blocks
        << R"(, "side": )" << size.side << R"(, "line": ")" << what << R"(", "seconds": )"
        << times[times.size() / 2] << R"(, "least": )" << times.front() << R"(, "most": )" << times.back()
        << R"(, "repeats": )" << times.size() << R"(, "pairs": )" << pairs << R"(, "share_of_peak": )"
        << share << R"(, "scratch_bytes": )" << scratch << "}\n";
    write(out.str());
  }
  /// How many lines there were.
  int lines() const { return lines_; }

 private:
  static std::ostringstream numbers() {
    std::ostringstream out;
    out.precision(12);
    return out;
  }
  void write(const std::string& line) const {
    if (file_ != nullptr && (std::fputs(line.c_str(), file_) == EOF || std::fflush(file_) != 0)) fail();
  }
  [[noreturn]] void fail() const {
    throw runtime_failure("cannot write " + path_, std::string(std::strerror(errno)),
                          "check the path and its disk");
  }

  std::string path_;
  std::FILE* file_ = nullptr;
  int lines_ = 0;
};

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
    std::vector<T> all = g_;
    for (const auto* weights : {&w_, &w_prime_}) all.insert(all.end(), weights->begin(), weights->end());
    weights_ = Buffer<T>(kernels.memory(), std::span<const T>(all));
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
  void row_step() {
    auto& memory = kernels_.memory();
    if (moments_[0].size() == 0) {
      for (auto& moment : moments_) moment = Buffer<T>(memory, grad_.size());
      for (auto& moment : moments_) moment.clear();
      norms_ = Buffer<std::int64_t>(memory, ExactSum::words);
    }
    norms_.clear();
    kernels_.run(RowStep<T>{.rows = 2 * size_.blocks,
                            .length = d_,
                            .sums = grad_.span(),
                            .scale = scale(),
                            .factor = 1.0,
                            .pull = 0.1,
                            .rule = {.kind = RuleKind::adam,
                                     .step = T(-1e-6),
                                     .beta1 = T(0.9),
                                     .beta2 = T(0.9),
                                     .rest1 = T(0.1),
                                     .rest2 = T(0.1),
                                     .eps = T(1e-8)},
                            .weights = weights_.data() + g_.size(),
                            .moments = {moments_[0].data(), moments_[1].data(), nullptr},
                            .norms = norms_.span()});
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
  /// Resident, as in training.
  DualBlocks<T> blocks() const {
    const T* const g = weights_.data();
    return {g, g + g_.size(), g + 2 * g_.size(), size_.blocks, tile, true};
  }

  Kernels<T>& kernels_;
  Size size_;
  int d_;
  PatchSource<T> source_;
  std::vector<std::int32_t> images_;
  std::vector<T> g_, w_, w_prime_, v_;
  Buffer<T> pixels_, target_, residual_;
  Buffer<T> weights_;  ///< g, w, w'
  Buffer<T> moments_[2];
  Buffer<std::int64_t> pred_, grad_, norms_;
};

/// `repeats` times in seconds, sorted, each until the GPU is done.
template <class Body>
std::vector<double> sorted_times(Memory& memory, int repeats, Body body) {
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
  return times;
}

template <class T>
void measure(Memory& memory, const Size& size, const Request& request, Report& report) {
  const auto kernels = make_cuda_kernels<T>(memory);
  const char* kind = sizeof(T) == 4 ? "fp32" : "fp64";
  Case<T> on(*kernels, size);
  const auto line = [&](const char* what, double products, auto body) {
    if (!request.line.empty() && request.line != what) return;
    const std::vector<double> times = sorted_times(memory, request.repeats, body);
    const double seconds = times[times.size() / 2];
    // The step rule has no pairs.
    const double pairs = products > 0 ? on.pairs() : 0.0;
    std::printf("%s %6lld images %5lld blocks d %2d  %-22s %9.3f ms", kind,
                static_cast<long long>(size.images), static_cast<long long>(size.blocks), on.d(), what,
                seconds * 1e3);
    if (pairs > 0.0) std::printf(" %8.2f Gpair/s", pairs / seconds * 1e-9);
    double share = 0.0;
    if (sizeof(T) == 4 && peak() > 0.0) share = products * on.d() * pairs / seconds / peak();
    if (share > 0.0) std::printf(" %5.1f %% of peak", 100.0 * share);
    std::printf("  scratch %.1f MiB\n", static_cast<double>(kernels->scratch_bytes()) / 1048576.0);
    std::fflush(stdout);
    report.line(kind, size, what, times, pairs, share, kernels->scratch_bytes());
  };
  line("dual step", 7, [&] { on.step(0.01); });
  line("dual step, rho = 0", 4, [&] { on.step(0.0); });
  line("forward", 2, [&] { on.forward(false); });
  line("forward with hinge", 3, [&] { on.forward(true); });
  line("backward", 5, [&] { on.backward(0.01); });
  line("backward, rho = 0", 2, [&] { on.backward(0.0); });
  line("primal step", 3, [&] { on.primal_step(); });
  line("step rule, adam", 0, [&] { on.row_step(); });
}

[[noreturn]] int no_line(const std::string& name) {
  throw usage_error("there is no line '" + name + "'", "nothing was measured",
                    "run this without --line to see all");
}

int run(const Request& request) {
  const Devices found = find_devices();
  if (found.count == 0) {
    std::printf("SKIPPED zerogap_gpu_bench: no GPU (%s)\n", found.why.c_str());
    return 77;
  }
  const auto memory = make_device_memory(0);
  const std::string target = make_cuda_kernels<float>(*memory)->target();
  std::printf("%s, peak %.1f T multiply-adds/s\n", target.c_str(), peak() * 1e-12);
  Report report(request.json);
  report.device(target);
  if (request.size) {
    measure<float>(*memory, *request.size, request, report);
    return report.lines() > 0 ? 0 : no_line(request.line);
  }
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
    measure<float>(*memory, size, request, report);
  for (const Size& size : {Size{600, 512, 3}, {60, 512, 5}, {60, 512, 7}})
    measure<double>(*memory, size, request, report);
  return report.lines() > 0 ? 0 : no_line(request.line);
}

/// A whole number from 1 to `most`, or an error that names the option.
std::int64_t number(std::string_view text, std::int64_t most, const char* option) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > most)
    throw usage_error(std::string(option) + " cannot be '" + std::string(text) + "'",
                      "it has to be a whole number from 1 to " + std::to_string(most),
                      "see the head of tests/gpu/device_bench.cpp");
  return value;
}

Size size_of(const std::string& text) {
  const auto first = text.find(','), second = text.find(',', first + 1);
  if (first == std::string::npos || second == std::string::npos)
    throw usage_error("--size cannot be '" + text + "'", "it has to be IMAGES,BLOCKS,SIDE",
                      "write --size 600,8000,3");
  const std::string_view all(text);
  return {number(all.substr(0, first), 100000, "--size's IMAGES"),
          number(all.substr(first + 1, second - first - 1), 1000000, "--size's BLOCKS"),
          static_cast<int>(number(all.substr(second + 1), 27, "--size's SIDE"))};
}

Request read(int argc, char** argv) {
  Request request;
  for (int at = 1; at < argc; ++at) {
    const std::string word = argv[at];
    const bool known = word == "--json" || word == "--size" || word == "--line";
    if (!known && word.starts_with('-'))
      throw usage_error("unknown option " + word, "there are --json, --size and --line",
                        "see the head of tests/gpu/device_bench.cpp");
    if (!known) {
      request.repeats = static_cast<int>(number(word, 100000, "REPEATS"));
      continue;
    }
    if (++at == argc) throw usage_error(word + " has no value", "nothing follows it", "write one");
    if (word == "--json") request.json = argv[at];
    if (word == "--size") request.size = size_of(argv[at]);
    if (word == "--line") request.line = argv[at];
  }
  return request;
}

}  // namespace
}  // namespace zerogap

int main(int argc, char** argv) {
  try {
    return zerogap::run(zerogap::read(argc, argv));
  } catch (const zerogap::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 4;
  }
}

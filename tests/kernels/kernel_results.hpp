// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "kernel_case.hpp"
#include "kernels/backend.hpp"

namespace zerogap::test {

/// One output of one operation: sums as fixed-point integers, or maxima as they are.
struct Output {
  std::string name;
  FixedPoint scale;
  std::vector<std::int64_t> sums;
  std::vector<double> maxima;

  std::vector<double> values() const {
    if (!maxima.empty()) return maxima;
    std::vector<double> reals;
    for (const auto sum : sums) reals.push_back(scale.real(sum));
    return reals;
  }
};

/// A host array that is resident while this lives: copied there, and back at the end.
template <class V>
class Resident {
 public:
  Resident(Memory& memory, std::span<V> values) : values_(values), buffer_(memory, values) {}
  ~Resident() {
    try {
      const auto back = buffer_.download();
      std::copy(back.begin(), back.end(), values_.begin());
    } catch (const std::exception& fault) {  // as of a GPU on which a kernel failed
      ADD_FAILURE() << fault.what();
    }
  }
  Resident(const Resident&) = delete;
  std::span<V> span() const { return buffer_.span(); }

 private:
  std::span<V> values_;
  Buffer<V> buffer_;
};

/// Where the lists of images and of blocks are cut into calls: positions from 0 to the number of them.
struct Cuts {
  std::vector<std::int64_t> images, blocks;
};

/// Every operation on one case. Outputs add up over calls, so any cuts must give the same.
template <class T>
class Results {
 public:
  explicit Results(const KernelCase<T>& inputs) : case_(&inputs) { make_scales(); }

  /// One call an operation for each part of images and each part of blocks.
  Results& run(Kernels<T>& kernels, Cuts cuts = {}) {
    if (cuts.images.empty()) cuts.images = {0, static_cast<std::int64_t>(case_->images.size())};
    if (cuts.blocks.empty()) cuts.blocks = {0, case_->shape.blocks};
    pixels_ = Buffer<T>(kernels.memory(), std::span<const T>(case_->pixels));
    target_ = Buffer<T>(kernels.memory(), std::span<const T>(case_->target));
    for (std::size_t i = 0; i + 1 < cuts.images.size(); ++i)
      for (std::size_t j = 0; j + 1 < cuts.blocks.size(); ++j)
        run(kernels, Part{cuts.images[i], cuts.images[i + 1], cuts.blocks[j], cuts.blocks[j + 1]});
    return *this;
  }
  const std::vector<Output>& outputs() const { return outputs_; }

 private:
  struct Part {
    std::int64_t image, last_image, block, last_block;
    std::int64_t blocks() const { return last_block - block; }
    std::int64_t images() const { return last_image - image; }
  };

  void make_scales() {
    const auto& s = case_->shape;
    const double d = s.d(), patches = static_cast<double>(case_->patches()),
                 rows = static_cast<double>(s.blocks);
    const auto here = case_->patches(), count = static_cast<std::size_t>(s.blocks),
               entries = count * static_cast<std::size_t>(s.d());
    const FixedPoint pred(2.0 * rows * d), gradient((2.0 + s.rho) * patches),
        sums(patches * d);  // all numbers are at most 1
    for (const char* name : {"pred", "pred without hinge"})
      outputs_.push_back({name, pred, std::vector<std::int64_t>(here), {}});
    for (const char* name : {"hinge", "smooth hinge"})
      outputs_.push_back({name, FixedPoint(2.0 * rows * d * patches), {0}, {}});
    for (const char* name : {"curvature w", "curvature w_prime"})
      outputs_.push_back({name,
                          FixedPoint(patches),
                          std::vector<std::int64_t>(count * static_cast<std::size_t>(triangle(s.d()))),
                          {}});
    for (const char* name : {"grad_w", "grad_w_prime", "free grad_w", "free grad_w_prime"})
      outputs_.push_back({name, gradient, std::vector<std::int64_t>(entries), {}});
    for (const char* name : {"q_sum", "c_sum"})
      outputs_.push_back({name, FixedPoint(patches), std::vector<std::int64_t>(count), {}});
    outputs_.push_back({"primal pred", FixedPoint(rows * d), std::vector<std::int64_t>(here), {}});
    outputs_.push_back({"sum_u", FixedPoint(patches), std::vector<std::int64_t>(entries), {}});
    outputs_.push_back({"sum_v", sums, std::vector<std::int64_t>(count), {}});
    const FixedPoint step((2.0 * (2.0 * rows * d + 1.0) + s.rho) * patches);
    for (const char* name :
         {"step grad_w", "step grad_w_prime", "free step grad_w", "free step grad_w_prime", "step sum_u"})
      outputs_.push_back({name, step, std::vector<std::int64_t>(entries), {}});
    outputs_.push_back(
        {"step sum_v", FixedPoint((rows * d + 1.0) * patches * d), std::vector<std::int64_t>(count), {}});
    outputs_.push_back({"residual sums", FixedPoint(4.0 * patches), {0, 0}, {}});
    outputs_.push_back({"residual", {}, {}, std::vector<double>(here, 0.0)});
    for (const char* name : {"alpha_w", "alpha_w_prime"})
      outputs_.push_back({name, {}, {}, std::vector<double>(count, 0.0)});
    outputs_.push_back({"largest violation, activation, residual", {}, {}, {0.0, 0.0, 0.0}});
  }

  Output& output(const std::string& name) {
    return *std::find_if(outputs_.begin(), outputs_.end(), [&](const Output& o) { return o.name == name; });
  }
  /// The part of an output that one call adds to.
  std::span<std::int64_t> of_images(const std::string& name, const Part& part) {
    const auto pixels = static_cast<std::size_t>(case_->source().pixels_per_image());
    return std::span(output(name).sums)
        .subspan(static_cast<std::size_t>(part.image) * pixels,
                 static_cast<std::size_t>(part.images()) * pixels);
  }
  std::span<std::int64_t> of_blocks(const std::string& name, const Part& part, int columns) {
    const auto width = static_cast<std::size_t>(columns);
    return std::span(output(name).sums)
        .subspan(static_cast<std::size_t>(part.block) * width,
                 static_cast<std::size_t>(part.blocks()) * width);
  }
  std::span<double> maxima(const std::string& name, const Part& part) {
    return std::span(output(name).maxima)
        .subspan(static_cast<std::size_t>(part.block), static_cast<std::size_t>(part.blocks()));
  }
  ImageList images(const Part& part) const {
    return ImageList(case_->images)
        .subspan(static_cast<std::size_t>(part.image), static_cast<std::size_t>(part.images()));
  }
  std::span<const T> residual(const Part& part) const {
    const auto pixels = static_cast<std::size_t>(case_->source().pixels_per_image());
    return std::span(case_->residual)
        .subspan(static_cast<std::size_t>(part.image) * pixels,
                 static_cast<std::size_t>(part.images()) * pixels);
  }
  DualBlocks<T> blocks(const Part& part) const {
    const std::int64_t at = part.block * case_->shape.d();
    return {case_->g.data() + at, case_->w.data() + at, case_->w_prime.data() + at, part.blocks(),
            case_->shape.tile};
  }
  PrimalFilters<T> filters(const Part& part) const {
    return {case_->u.data() + part.block * case_->shape.d(), case_->v.data() + part.block, part.blocks(),
            case_->shape.tile};
  }

  PatchSource<T> source() const {
    auto resident = case_->source();
    resident.pixels = pixels_.data();
    return resident;
  }
  /// Where an operation on `kernels` adds to this output.
  Resident<std::int64_t> resident(Kernels<T>& kernels, std::span<std::int64_t> sums) {
    return {kernels.memory(), sums};
  }

  void run(Kernels<T>& kernels, const Part& part) {
    run_dual(kernels, part);
    run_gates(kernels, part);
    run_primal(kernels, part);
    if (part.block > 0) return;  // what follows takes all blocks at once, or none
    run_steps(kernels, part);
    run_residual(kernels, part);
  }
  void run_dual(Kernels<T>& kernels, const Part& part) {
    const auto& s = case_->shape;
    auto& largest = output("largest violation, activation, residual").maxima;
    const auto forward = [&](bool hinge, const char* pred) {
      const auto to = resident(kernels, of_images(pred, part));
      return kernels.run(DualForward<T>{source(), images(part), blocks(part), s.lambda, hinge,
                                        output(pred).scale, output("hinge").scale, to.span()});
    };
    const HingeSums sums = forward(true, "pred");
    output("hinge").sums[0] += sums.hinge;
    largest[0] = std::max(largest[0], sums.max_violation);
    run_smooth(kernels, part);
    const HingeSums none = forward(false, "pred without hinge");
    EXPECT_EQ(none.hinge, 0);
    EXPECT_EQ(none.max_violation, 0.0);
    const auto backward = [&](double rho, const std::string& prefix) {
      const Buffer<T> r(kernels.memory(), residual(part));
      const auto of_w = resident(kernels, of_blocks(prefix + "grad_w", part, s.d())),
                 of_w_prime = resident(kernels, of_blocks(prefix + "grad_w_prime", part, s.d()));
      kernels.run(DualBackward<T>{source(), images(part), blocks(part), s.lambda, rho, s.width_mu, r.span(),
                                  output("grad_w").scale, of_w.span(), of_w_prime.span()});
    };
    backward(s.rho, "");
    backward(0.0, "free ");
  }
  /// The smoothed hinge: what it sums to, its largest violation, and its second derivative.
  void run_smooth(Kernels<T>& kernels, const Part& part) {
    const auto& s = case_->shape;
    const double width = s.width_mu > 0.0 ? s.width_mu : 0.25;
    std::vector<std::int64_t> unused(images(part).size() *
                                     static_cast<std::size_t>(case_->source().pixels_per_image()));
    const auto pred = resident(kernels, unused);
    const HingeSums sums =
        kernels.run(DualForward<T>{source(), images(part), blocks(part), s.lambda, true, output("pred").scale,
                                   output("hinge").scale, pred.span(), s.rho, width});
    output("smooth hinge").sums[0] += sums.hinge;
    auto& largest = output("largest violation, activation, residual").maxima;
    largest[0] = std::max(largest[0], sums.max_violation);
    const int entries = triangle(s.d());
    const auto of_w = resident(kernels, of_blocks("curvature w", part, entries)),
               of_w_prime = resident(kernels, of_blocks("curvature w_prime", part, entries));
    kernels.run(DualCurvature<T>{source(), images(part), blocks(part), s.lambda, width,
                                 output("curvature w").scale, of_w.span(), of_w_prime.span()});
  }
  void run_gates(Kernels<T>& kernels, const Part& part) {
    const auto& s = case_->shape;
    auto bare = blocks(part);
    bare.w = bare.w_prime = nullptr;  // must not be read
    kernels.run(GateSums<T>{source(), images(part), bare, s.lambda, output("q_sum").scale,
                            of_blocks("q_sum", part, 1), of_blocks("c_sum", part, 1)});
    kernels.run(Repair<T>{source(), images(part), blocks(part), s.lambda, maxima("alpha_w", part),
                          maxima("alpha_w_prime", part)});
  }
  void run_primal(Kernels<T>& kernels, const Part& part) {
    const auto& s = case_->shape;
    double& largest = output("largest violation, activation, residual").maxima[1];
    const auto pred = resident(kernels, of_images("primal pred", part));
    largest = std::max(largest, kernels.run(PrimalForward<T>{source(), images(part), filters(part), s.lambda,
                                                             output("primal pred").scale, pred.span()}));
    const Buffer<T> r(kernels.memory(), residual(part));
    const auto sum_u = resident(kernels, of_blocks("sum_u", part, s.d())),
               sum_v = resident(kernels, of_blocks("sum_v", part, 1));
    kernels.run(PrimalBackward<T>{source(), images(part), filters(part), s.lambda, r.span(),
                                  output("sum_u").scale, output("sum_v").scale, sum_u.span(), sum_v.span()});
  }
  void run_steps(Kernels<T>& kernels, Part part) {
    const auto& s = case_->shape;
    part.last_block = s.blocks;
    for (const bool free : {false, true}) {
      const std::string prefix = free ? "free step " : "step ";
      const auto of_w = resident(kernels, of_blocks(prefix + "grad_w", part, s.d())),
                 of_w_prime = resident(kernels, of_blocks(prefix + "grad_w_prime", part, s.d()));
      kernels.run(DualStep<T>{source(), images(part), blocks(part), s.lambda, free ? 0.0 : s.rho,
                              output("pred").scale, target_.data(), output("step grad_w").scale, of_w.span(),
                              of_w_prime.span()});
    }
    const auto sum_u = resident(kernels, of_blocks("step sum_u", part, s.d())),
               sum_v = resident(kernels, of_blocks("step sum_v", part, 1));
    kernels.run(PrimalStep<T>{source(), images(part), filters(part), s.lambda, output("primal pred").scale,
                              target_.data(), output("step sum_u").scale, output("step sum_v").scale,
                              sum_u.span(), sum_v.span()});
  }
  void run_residual(Kernels<T>& kernels, const Part& part) {
    const auto pixels = static_cast<std::size_t>(case_->source().pixels_per_image()),
               first = static_cast<std::size_t>(part.image) * pixels,
               count = static_cast<std::size_t>(part.images()) * pixels;
    const Buffer<std::int64_t> pred(kernels.memory(), std::span(case_->pred).subspan(first, count));
    const Predictions<T> of{images(part), case_->source().pixels_per_image(), case_->pred_scale, pred.span(),
                            target_.data()};
    Buffer<T> r(kernels.memory(), count);
    kernels.residual(of, r.span());
    const auto values = r.download();
    std::copy(values.begin(), values.end(),
              output("residual").maxima.begin() + static_cast<std::ptrdiff_t>(first));
    double& largest = output("largest violation, activation, residual").maxima[2];
    largest = std::max(largest, kernels.largest_residual(of));
    auto& sums = output("residual sums");
    const auto here = kernels.residual_sums(of, sums.scale, sums.scale);
    sums.sums[0] += here.fit;
    sums.sums[1] += here.with_target;
  }

  Buffer<T> pixels_, target_;
  const KernelCase<T>* case_;
  std::vector<Output> outputs_;
};

/// Largest error over the largest expected entry; two arrays of zeros agree.
inline double relative_error(const std::vector<double>& found, const std::vector<double>& expected) {
  double error = 0.0, largest = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    error = std::max(error, std::abs(found[i] - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return largest > 0.0 ? error / largest : error;
}

template <class T>
void expect_near(const Results<T>& found, const Results<T>& expected, double tolerance) {
  for (std::size_t i = 0; i < expected.outputs().size(); ++i)
    EXPECT_LE(relative_error(found.outputs()[i].values(), expected.outputs()[i].values()), tolerance)
        << expected.outputs()[i].name;
}

template <class T>
void expect_identical(const Results<T>& found, const Results<T>& expected) {
  for (std::size_t i = 0; i < expected.outputs().size(); ++i) {
    EXPECT_EQ(found.outputs()[i].sums, expected.outputs()[i].sums) << expected.outputs()[i].name;
    EXPECT_EQ(found.outputs()[i].maxima, expected.outputs()[i].maxima) << expected.outputs()[i].name;
  }
}

/// fp64: rounding of a few thousand terms. fp32: a tile of 1,024 patches is added in single precision.
template <class T>
constexpr double kernel_tolerance = sizeof(T) == 8 ? 1e-12 : 1e-5;

/// The case by these kernels and by the reference.
template <class T>
void expect_reference(const CaseShape& shape, Kernels<T>& kernels) {
  const KernelCase<T> inputs(shape);
  const auto reference = make_reference_kernels<T>();
  Results<T> expected(inputs), found(inputs);
  expect_near(found.run(kernels), expected.run(*reference), kernel_tolerance<T>);
}

/// For typed tests.
using Precisions = testing::Types<float, double>;
class PrecisionNames {
 public:
  template <class T>
  static std::string GetName(int) {
    return sizeof(T) == 4 ? "fp32" : "fp64";
  }
};

}  // namespace zerogap::test

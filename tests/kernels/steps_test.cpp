// SPDX-License-Identifier: Apache-2.0
// A step has the bits of its halves, however often it comes back and whatever changed meanwhile (an
// implementation may record steps and replay them).

#include <gtest/gtest.h>

#include "kernel_results.hpp"
#include "subject.hpp"

namespace zerogap {
namespace {

using test::CaseShape;
using test::KernelCase;

/// Two arrays of sums: of w and w', or of u and v.
struct Pair {
  std::vector<std::int64_t> first, second;
  bool operator==(const Pair&) const = default;
};
class ResidentPair {
 public:
  ResidentPair(Memory& memory, std::size_t of_first, std::size_t of_second)
      : first(memory, of_first), second(memory, of_second) {
    clear();
  }
  void clear() {
    first.clear();
    second.clear();
  }
  Pair download() const { return {first.download(), second.download()}; }
  Buffer<std::int64_t> first, second;
};

/// One case, resident; steps write to the same arrays every time.
template <class T>
class Resident {
 public:
  Resident(Kernels<T>& kernels, const KernelCase<T>& of)
      : kernels_(kernels),
        case_(of),
        pixels_(kernels.memory(), std::span(of.pixels)),
        target_(kernels.memory(), std::span(of.target)),
        pred_(kernels.memory(), of.patches()),
        r_(kernels.memory(), of.patches()),
        dual_(kernels.memory(), of.g.size(), of.g.size()),
        primal_(kernels.memory(), of.u.size(), of.v.size()) {
    source_ = of.source();
    source_.pixels = pixels_.data();
  }

  Pair dual_step(double lambda, double rho, ImageList images) {
    dual_.clear();
    kernels_.run(DualStep<T>{source_, images, blocks(), lambda, rho, pred_scale(), target_.data(), scale(),
                             dual_.first.span(), dual_.second.span()});
    return dual_.download();
  }
  Pair dual_halves(double lambda, double rho, ImageList images) {
    dual_.clear();
    pred_.clear();
    const auto count = patches(images);
    kernels_.run(DualForward<T>{
        source_, images, blocks(), lambda, false, pred_scale(), {}, pred_.span().first(count), rho});
    residual(images);
    kernels_.run(DualBackward<T>{source_, images, blocks(), lambda, rho, 0.0, r_.span().first(count), scale(),
                                 dual_.first.span(), dual_.second.span()});
    return dual_.download();
  }
  Pair primal_step(double lambda, ImageList images) {
    primal_.clear();
    kernels_.run(PrimalStep<T>{source_, images, filters(), lambda, pred_scale(), target_.data(), scale(),
                               scale(), primal_.first.span(), primal_.second.span()});
    return primal_.download();
  }
  Pair primal_halves(double lambda, ImageList images) {
    primal_.clear();
    pred_.clear();
    const auto count = patches(images);
    kernels_.run(
        PrimalForward<T>{source_, images, filters(), lambda, pred_scale(), pred_.span().first(count)});
    residual(images);
    kernels_.run(PrimalBackward<T>{source_, images, filters(), lambda, r_.span().first(count), scale(),
                                   scale(), primal_.first.span(), primal_.second.span()});
    return primal_.download();
  }

 private:
  static FixedPoint pred_scale() { return FixedPoint(1e4); }
  static FixedPoint scale() { return FixedPoint(1e9); }
  std::size_t patches(ImageList images) const {
    return images.size() * static_cast<std::size_t>(source_.pixels_per_image());
  }
  DualBlocks<T> blocks() const {
    return {case_.g.data(), case_.w.data(), case_.w_prime.data(), case_.shape.blocks, case_.shape.tile};
  }
  PrimalFilters<T> filters() const {
    return {case_.u.data(), case_.v.data(), case_.shape.blocks, case_.shape.tile};
  }
  void residual(ImageList images) {
    const auto count = patches(images);
    kernels_.residual(
        {images, source_.pixels_per_image(), pred_scale(), pred_.span().first(count), target_.data()},
        r_.span().first(count));
  }

  Kernels<T>& kernels_;
  const KernelCase<T>& case_;
  PatchSource<T> source_;
  Buffer<T> pixels_, target_;
  Buffer<std::int64_t> pred_;
  Buffer<T> r_;
  ResidentPair dual_, primal_;
};

template <class T>
class Steps : public testing::Test {};
TYPED_TEST_SUITE(Steps, test::Precisions, test::PrecisionNames);

TYPED_TEST(Steps, HaveTheBitsOfTheirHalves) {
  using T = TypeParam;
  const auto kernels = test::make_subject<T>();
  for (const CaseShape& shape :
       {CaseShape{.height = 28, .width = 28, .images = 3, .blocks = 18, .tile = 4, .exact = false},
        CaseShape{.side = 5, .height = 9, .width = 33, .images = 3, .blocks = 7, .tile = 2, .exact = false},
        CaseShape{
            .side = 0, .length = 4, .height = 1, .width = 600, .images = 3, .blocks = 5, .exact = false}}) {
    SCOPED_TRACE(testing::Message() << shape);
    KernelCase<T> inputs(shape);
    Resident<T> on(*kernels, inputs);
    const ImageList all(inputs.images);
    for (int time = 0; time < 4; ++time) {
      inputs.w[0] += T{0.125};  // weights, numbers and images change; sizes and arrays stay
      const double lambda = 0.2 + 0.1 * time;
      for (const double rho : {0.0, 0.05 * (time + 1)})
        EXPECT_EQ(on.dual_step(lambda, rho, all), on.dual_halves(lambda, rho, all)) << time << ' ' << rho;
      EXPECT_EQ(on.primal_step(lambda, all), on.primal_halves(lambda, all)) << time;
      for (const ImageList some : {all.first(2), all.last(2)}) {
        EXPECT_EQ(on.dual_step(lambda, 0.1, some), on.dual_halves(lambda, 0.1, some)) << time;
        EXPECT_EQ(on.primal_step(lambda, some), on.primal_halves(lambda, some)) << time;
      }
    }
  }
}

}  // namespace
}  // namespace zerogap

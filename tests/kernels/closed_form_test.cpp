// SPDX-License-Identifier: Apache-2.0
// Cases of at most 5 x 5 that a person can check, for every implementation.

#include <gtest/gtest.h>

#include <cmath>

#include "kernel_results.hpp"
#include "subject.hpp"

namespace zerogap {
namespace {

const FixedPoint scale(1000.0);

std::vector<double> reals(const std::vector<std::int64_t>& sums) {
  std::vector<double> out;
  for (const auto sum : sums) out.push_back(scale.real(sum));
  return out;
}

void expect_near(const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-14) << "entry " << i;
}

/// Small inputs and one call an operation.
struct Small {
  PatchSource<double> source;  ///< pixels in host memory
  std::vector<double> g, w, w_prime;
  double lambda = 0.0;
  std::vector<std::int32_t> images{0};

  std::size_t patches() const { return images.size() * static_cast<std::size_t>(source.pixels_per_image()); }
  std::int64_t count() const { return static_cast<std::int64_t>(g.size()) / source.length; }
  /// What is resident where the kernels run.
  struct Sums : Buffer<std::int64_t> {
    using Buffer::Buffer;
    std::vector<double> values() const { return reals(download()); }
  };
  struct On {
    Kernels<double>& kernels;
    Buffer<double> pixels;
    PatchSource<double> source;
    On(Kernels<double>& of, const Small& small)
        : kernels(of),
          pixels(of.memory(),
                 std::span(small.source.pixels,
                           static_cast<std::size_t>(small.source.images * small.source.stride()))),
          source(small.source) {
      source.pixels = pixels.data();
    }
    Sums sums(std::size_t count) const {
      Sums zeros(kernels.memory(), count);
      zeros.clear();
      return zeros;
    }
  };
  DualBlocks<double> blocks() const { return {g.data(), w.data(), w_prime.data(), count(), 1}; }

  std::vector<double> forward(Kernels<double>& kernels, HingeSums* hinge = nullptr) const {
    const On on(kernels, *this);
    const auto pred = on.sums(patches());
    const auto sums = kernels.run(DualForward<double>{on.source, images, blocks(), lambda, hinge != nullptr,
                                                      scale, scale, pred.span()});
    if (hinge != nullptr) *hinge = sums;
    return pred.values();
  }
  /// Of w, then of w'.
  std::vector<double> backward(Kernels<double>& kernels, const std::vector<double>& residual, double rho,
                               double width) const {
    const On on(kernels, *this);
    const Buffer<double> r(kernels.memory(), std::span(residual));
    const auto all = on.sums(2 * g.size());
    kernels.run(DualBackward<double>{on.source, images, blocks(), lambda, rho, width, r.span(), scale,
                                     all.span().first(g.size()), all.span().last(g.size())});
    return all.values();
  }
  /// The sum of the hinge of this width.
  double smooth_hinge(Kernels<double>& kernels, double width) const {
    const On on(kernels, *this);
    const auto pred = on.sums(patches());
    const auto sums = kernels.run(DualForward<double>{on.source, images, blocks(), lambda, true, scale, scale,
                                                      pred.span(), 0.0, width});
    return scale.real(sums.hinge);
  }
  /// Of w, then of w'.
  std::vector<double> curvature(Kernels<double>& kernels, double width) const {
    const On on(kernels, *this);
    const auto n = static_cast<std::size_t>(count() * triangle(source.length));
    const Sums sums = on.sums(2 * n);
    kernels.run(DualCurvature<double>{on.source, images, blocks(), lambda, width, scale, sums.span().first(n),
                                      sums.span().last(n)});
    return sums.values();
  }
  /// Of q, then of c.
  std::vector<double> gate_sums(Kernels<double>& kernels) const {
    const auto n = static_cast<std::size_t>(count());
    std::vector<std::int64_t> sums(2 * n);
    const std::span<std::int64_t> all(sums);
    const On on(kernels, *this);
    kernels.run(GateSums<double>{on.source, images, blocks(), lambda, scale, all.first(n), all.last(n)});
    return reals(sums);
  }
  /// Of w, then of w'.
  std::vector<double> repair(Kernels<double>& kernels, double at_least = 0.0) const {
    const auto n = static_cast<std::size_t>(count());
    std::vector<double> alpha(2 * n, at_least);
    const std::span<double> all(alpha);
    const On on(kernels, *this);
    kernels.run(Repair<double>{on.source, images, blocks(), lambda, all.first(n), all.last(n)});
    return alpha;
  }
  /// Predictions of the filters u = g.
  std::vector<double> primal(Kernels<double>& kernels, const std::vector<double>& v, double* largest) const {
    const On on(kernels, *this);
    const auto pred = on.sums(patches());
    *largest = kernels.run(PrimalForward<double>{
        on.source, images, {g.data(), v.data(), count(), 1}, lambda, scale, pred.span()});
    return pred.values();
  }
  /// sum_u, then sum_v.
  std::vector<double> primal_backward(Kernels<double>& kernels, const std::vector<double>& residual) const {
    const On on(kernels, *this);
    const auto sums = on.sums(g.size() + static_cast<std::size_t>(count()));
    const Buffer<double> r(kernels.memory(), std::span(residual));
    const std::vector<double> v(static_cast<std::size_t>(count()), 1.0);
    kernels.run(PrimalBackward<double>{on.source,
                                       images,
                                       {g.data(), v.data(), count(), 1},
                                       lambda,
                                       r.span(),
                                       scale,
                                       scale,
                                       sums.span().first(g.size()),
                                       sums.span().subspan(g.size())});
    return sums.values();
  }
};

class ClosedForm : public testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<Kernels<double>> kernels_ =
      GetParam() ? test::make_subject<double>() : make_reference_kernels<double>();
};
INSTANTIATE_TEST_SUITE_P(Backends, ClosedForm, testing::Bool(),
                         [](const auto& test) { return test.param ? "subject" : "reference"; });

TEST_P(ClosedForm, OnePixel) {
  // a = 2, lambda = 0.5: q = c = 0.75. y.w = -2 violates by 1.5, y.w' = 6 does not. pred = 0.75 (6 + 2).
  const double pixel = 2.0;
  const Small one{{&pixel, 1, 1, 1, 1, 1}, {1.0}, {-1.0}, {3.0}, 0.5};
  HingeSums hinge;
  expect_near(one.forward(*kernels_, &hinge), {6.0});
  expect_near(one.forward(*kernels_), {6.0});
  EXPECT_EQ(scale.real(hinge.hinge), 1.5);
  EXPECT_EQ(hinge.max_violation, 1.5);
  expect_near(one.gate_sums(*kernels_), {0.75, 0.75});
  // r = 5: 2 q r y = 15; the sharp hinge pulls w by rho c y = 0.15, one of width 2 by 1.5/2 of it, one of
  // width 1 wholly.
  expect_near(one.backward(*kernels_, {5.0}, 0.0, 0.0), {-15.0, 15.0});
  expect_near(one.backward(*kernels_, {5.0}, 0.1, 0.0), {-15.15, 15.0});
  expect_near(one.backward(*kernels_, {5.0}, 0.1, 2.0), {-15.1125, 15.0});
  expect_near(one.backward(*kernels_, {5.0}, 0.1, 1.0), {-15.15, 15.0});
  expect_near(one.repair(*kernels_), {1.0, 0.0});  // w + 1 g = 0
  // The violation of 1.5 lies on the parabola of width 2 and on the straight part of width 1.
  EXPECT_NEAR(one.smooth_hinge(*kernels_, 2.0), 1.5 * 1.5 / 4.0, 1e-14);
  EXPECT_NEAR(one.smooth_hinge(*kernels_, 1.0), 1.5 - 0.5, 1e-14);
  expect_near(one.curvature(*kernels_, 2.0), {0.75 * 0.75 * 4.0, 0.0});
  expect_near(one.curvature(*kernels_, 1.0), {0.0, 0.0});
}

TEST_P(ClosedForm, CurvatureIsAPackedTriangle) {
  // lambda = 0: q = 1. y = (1, 2, 3) violates by 1 at w, and agrees with w'.
  const double pixels[3] = {1.0, 2.0, 3.0};
  const Small one{{pixels, 1, 1, 1, 0, 3}, {1.0, 0.0, 0.0}, {-1.0, 0.0, 0.0}, {1.0, 1.0, 1.0}, 0.0};
  expect_near(one.curvature(*kernels_, 1.5), {1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0});
}

TEST_P(ClosedForm, OneNegativePixel) {
  // a = -2: q = 0.75, c = -0.75. Again y.w' = -6 keeps its side and y.w = 2 does not: c y.w = -1.5.
  const double pixel = -2.0;
  const Small one{{&pixel, 1, 1, 1, 1, 1}, {1.0}, {-1.0}, {3.0}, 0.5};
  HingeSums hinge;
  expect_near(one.forward(*kernels_, &hinge), {-6.0});
  EXPECT_EQ(scale.real(hinge.hinge), 1.5);
  expect_near(one.gate_sums(*kernels_), {0.75, -0.75});
  expect_near(one.backward(*kernels_, {5.0}, 0.1, 0.0), {15.0 - 0.15, -15.0});
  expect_near(one.repair(*kernels_), {1.0, 0.0});
}

TEST_P(ClosedForm, TwoGivenPatches) {
  // g = (1, 1): a = 3, -2 with lambda = 1: q = 2/3, 1/2 and c = 2/3, -1/2. y.w = 2, 1 and y.w' = -1, 3.
  const std::vector<double> patches{1.0, 2.0, -3.0, 1.0};
  const Small two{{patches.data(), 1, 1, 2, 0, 2}, {1.0, 1.0}, {0.0, 1.0}, {-1.0, 0.0}, 1.0};
  HingeSums hinge;
  expect_near(two.forward(*kernels_, &hinge), {-2.0, 1.0});
  EXPECT_NEAR(scale.real(hinge.hinge), 0.5 + 2.0 / 3.0 + 1.5, 1e-15);
  EXPECT_NEAR(hinge.max_violation, 1.5, 1e-15);
  expect_near(two.gate_sums(*kernels_), {7.0 / 6.0, 1.0 / 6.0});
  expect_near(two.repair(*kernels_), {0.5, 1.5});
  // r = (3, 2): 2 q r = 4, 2, so 4 (1, 2) + 2 (-3, 1) = (-2, 10). rho = 1 and sharp slopes: w loses c_2 y_2 =
  // -1/2 (-3, 1), w' loses c_1 y_1 + c_2 y_2 = (2/3, 4/3) + (1.5, -0.5).
  expect_near(two.backward(*kernels_, {3.0, 2.0}, 1.0, 0.0),
              {2.0 - 1.5, -10.0 + 0.5, -2.0 - 2.0 / 3.0 - 1.5, 10.0 - 4.0 / 3.0 + 0.5});
}

TEST_P(ClosedForm, ThreeByThreeOfOnes) {
  // Under a 3 x 3 filter of ones a pixel sums 4 (corner), 6 (edge) or 9 pixels; lambda = 5 shuts the corners,
  // and the gates of the others are 1/6 and 4/9. The gate reproduces soft-thresholding at g: pred = tau_5 =
  // 0, 1 and 4.
  std::vector<double> pixels(25, 0.0);
  for (const int row : {1, 2, 3})
    for (const int column : {1, 2, 3}) pixels[static_cast<std::size_t>(5 * row + column)] = 1.0;
  const std::vector<double> ones(9, 1.0), tau{0, 1, 0, 1, 4, 1, 0, 1, 0};
  const Small image{{pixels.data(), 1, 3, 3, 3, 9}, ones, std::vector<double>(9, 0.0), ones, 5.0};
  HingeSums hinge;
  expect_near(image.forward(*kernels_, &hinge), tau);
  EXPECT_EQ(hinge.hinge, 0);
  expect_near(image.gate_sums(*kernels_), {10.0 / 9.0, 10.0 / 9.0});
  // r = 1. Entry (1, 1) of a patch is 1 on all pixels: 2 * 10/9; (0, 1) on the lower two rows: 2 (4/9 + 3/6);
  // (0, 0) on the lower right four pixels: 2 (4/9 + 2/6).
  const double corner = 14.0 / 9.0, edge = 17.0 / 9.0, centre = 20.0 / 9.0;
  const std::vector<double> gradient{corner, edge, corner, edge, centre, edge, corner, edge, corner};
  std::vector<double> both;
  for (const double entry : gradient) both.push_back(-entry);
  both.insert(both.end(), gradient.begin(), gradient.end());
  expect_near(image.backward(*kernels_, ones, 0.0, 0.0), both);
  double largest = 0.0;
  expect_near(image.primal(*kernels_, {2.0}, &largest), {0, 2, 0, 2, 8, 2, 0, 2, 0});
  EXPECT_EQ(largest, 9.0);
  expect_near(image.primal_backward(*kernels_, ones), {3, 4, 3, 4, 5, 4, 3, 4, 3, 8});
}

TEST_P(ClosedForm, WindowIsReadRowByRow) {
  // Each filter picks one neighbour: k = 5 the right one, k = 1 the one above, k = 6 the one below to the
  // left.
  std::vector<double> pixels(7 * 6, 0.0), image(20);
  for (int row = 0; row < 5; ++row)
    for (int column = 0; column < 4; ++column)
      pixels[static_cast<std::size_t>(6 * (row + 1) + column + 1)] =
          image[static_cast<std::size_t>(4 * row + column)] = 4 * row + column + 1;
  const auto shifted = [&](int down, int right) {
    std::vector<double> out(20, 0.0);
    for (int row = 0; row < 5; ++row)
      for (int column = 0; column < 4; ++column)
        if (const int r = row + down, c = column + right; r >= 0 && r < 5 && c >= 0 && c < 4)
          out[static_cast<std::size_t>(4 * row + column)] = image[static_cast<std::size_t>(4 * r + c)];
    return out;
  };
  const std::tuple<int, int, int> entries[] = {{4, 0, 0}, {5, 0, 1}, {1, -1, 0}, {6, 1, -1}};
  for (const auto& [k, down, right] : entries) {
    std::vector<double> filter(9, 0.0);
    filter[static_cast<std::size_t>(k)] = 1.0;
    const Small one{{pixels.data(), 1, 5, 4, 3, 9}, filter, std::vector<double>(9, 0.0), filter, 0.0};
    expect_near(one.forward(*kernels_), shifted(down, right));
  }
}

TEST_P(ClosedForm, AnActivationAtTheThresholdDoesNotPass) {
  const std::vector<double> pixels{0.5, -0.5, std::nextafter(0.5, 1.0), 0.0};
  const Small list{{pixels.data(), 1, 1, 4, 0, 1}, {1.0}, {-1.0}, {1.0}, 0.5};
  expect_near(list.gate_sums(*kernels_), {0.0, 0.0});
  expect_near(list.primal_backward(*kernels_, {1.0, 1.0, 1.0, 1.0}), {0.5, 0.0});  // only the third
  const auto alpha = list.repair(*kernels_);
  EXPECT_EQ(alpha[0], 1.0);
  EXPECT_EQ(alpha[1], 0.0);
}

TEST_P(ClosedForm, WithoutThresholdGatesAreOpenExceptAtZero) {
  const std::vector<double> pixels{2.0, -3.0, 0.0};
  const Small list{{pixels.data(), 1, 1, 3, 0, 1}, {1.0}, {0.0}, {1.0}, 0.0};
  expect_near(list.gate_sums(*kernels_), {2.0, 0.0});  // c = 1 - 1
  expect_near(list.forward(*kernels_), pixels);
}

TEST_P(ClosedForm, AHugeThresholdShutsEveryGate) {
  const std::vector<double> pixels{2.0, -3.0, 0.5};
  const Small list{{pixels.data(), 1, 1, 3, 0, 1}, {1.0}, {-1.0}, {1.0}, 1e30};
  HingeSums hinge{-1, -1.0};
  expect_near(list.forward(*kernels_, &hinge), {0.0, 0.0, 0.0});
  EXPECT_EQ(hinge.hinge, 0);
  EXPECT_EQ(hinge.max_violation, 0.0);
  expect_near(list.backward(*kernels_, {1.0, 2.0, 3.0}, 1.0, 0.0), {0.0, 0.0});
  expect_near(list.repair(*kernels_), {0.0, 0.0});
  double largest = 0.0;
  expect_near(list.primal(*kernels_, {1.0}, &largest), {0.0, 0.0, 0.0});
  EXPECT_EQ(largest, 3.0);
}

TEST_P(ClosedForm, RepairTakesTheMaximumInPlace) {
  const double pixel = 2.0;
  const Small one{{&pixel, 1, 1, 1, 1, 1}, {1.0}, {-1.0}, {-5.0}, 0.5};
  expect_near(one.repair(*kernels_, 3.0), {3.0, 5.0});
}

}  // namespace
}  // namespace zerogap

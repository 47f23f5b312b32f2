// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cmath>
#include <sstream>

#include "inference/export.hpp"

namespace zerogap {
namespace {

/// Runs the exported module with LibTorch on one image.
std::vector<double> run_module(const TrainedNetwork& network, const std::vector<double>& image, int height,
                               int width) {
  std::istringstream bytes(torchscript_bytes(network));
  auto module = torch::jit::load(bytes);
  auto input = at::empty({1, 1, height, width});
  for (std::size_t k = 0; k < image.size(); ++k) input.data_ptr<float>()[k] = static_cast<float>(image[k]);
  const auto out = module.forward({input}).toTensor().contiguous();
  EXPECT_EQ(out.sizes(), input.sizes());
  return {out.data_ptr<float>(), out.data_ptr<float>() + out.numel()};
}

void expect_same(const TrainedNetwork& network) {
  constexpr int height = 5, width = 4;
  std::vector<double> image;
  for (int k = 0; k < height * width; ++k)
    image.push_back(k % 5 == 0 ? 0.0 : static_cast<float>(std::sin(k)));
  const auto expected = apply(network, image, height, width),
             found = run_module(network, image, height, width);
  for (std::size_t k = 0; k < image.size(); ++k) EXPECT_NEAR(found[k], expected[k], 1e-6) << k;
}

/// Two filters of 3 x 3 that are not symmetric, so that a transposed or mirrored window is seen.
TrainedNetwork filters() {
  TrainedNetwork n{"primal", 3, 0.3, {0.1, 0.7}, false, {2, 9, {}, {0.9, -0.4}}, {}, ""};
  for (int i = 0; i < 18; ++i) n.filters.u.push_back(0.1 * i - 0.7);
  return n;
}

TrainedNetwork blocks(double lambda) {
  TrainedNetwork n{"dual", 3, lambda, {0.1, 0.7}, true, {}, {2, 9, {}, {}, {}}, ""};
  for (int i = 0; i < 18; ++i) {
    n.dual.g.push_back(std::cos(i));
    n.dual.w.push_back(0.05 * i);
    n.dual.w_prime.push_back(0.3 - 0.02 * i * i);
  }
  return n;
}

TEST(TorchScript, Filters) { expect_same(filters()); }
TEST(TorchScript, Gated) { expect_same(blocks(0.4)); }

TEST(TorchScript, WithoutAThresholdZeroPixelsHaveNoGate) {
  auto n = blocks(0.0);
  n.normalisation = {};
  expect_same(n);
  for (const double value : run_module(n, std::vector<double>(9), 3, 3)) EXPECT_EQ(value, 0.0);
}

TEST(TorchScript, ANetworkOfZerosGivesTheMean) {
  TrainedNetwork n{"primal", 3, 0.3, {0.25, 0.5}, false, {0, 9, {}, {}}, {}, ""};
  for (const double value : run_module(n, std::vector<double>(6, 1.0), 2, 3)) EXPECT_NEAR(value, 0.25, 1e-7);
}

/// As PyTorch's users expect of a module.
void expect_good_citizen(const TrainedNetwork& network) {
  std::istringstream bytes(torchscript_bytes(network));
  auto module = torch::jit::load(bytes);
  EXPECT_FALSE(module.is_training());
  auto image = at::rand({2, 1, 9, 8});
  image.slice(2, 0, 6).zero_();  // patches of zeros, whose gates are shut
  const auto expected = module.forward({image}).toTensor();
  EXPECT_TRUE(at::equal(module.forward({image[1]}).toTensor(), expected[1]));
  EXPECT_EQ(module.forward({image.to(at::kDouble)}).toTensor().scalar_type(), at::kDouble);
  EXPECT_THROW(module.forward({image.to(at::kByte)}), std::exception);
  EXPECT_TRUE(at::equal(torch::jit::freeze(module).forward({image}).toTensor(), expected));

  auto input = image.clone().requires_grad_();
  module.forward({input}).toTensor().sum().backward();
  EXPECT_TRUE(input.grad().isfinite().all().item<bool>());
  EXPECT_GT(input.grad().abs().max().item<float>(), 0.0F);

  module.to(at::kFloat);
  EXPECT_TRUE(at::allclose(module.forward({image}).toTensor(), expected, 1e-4, 1e-5));
}

TEST(TorchScript, AGoodCitizenOfPyTorch) {
  expect_good_citizen(filters());
  expect_good_citizen(blocks(0.4));
  auto black = blocks(0.0);
  black.normalisation = {};
  expect_good_citizen(black);
}

/// By hand: a 1 x 1 filter is a soft threshold of each pixel.
TEST(Apply, OneNumberAPatch) {
  const TrainedNetwork n{"primal", 1, 0.5, {}, false, {1, 1, {2.0}, {3.0}}, {}, ""};
  EXPECT_EQ(apply(n, std::vector<double>{0.0, 0.25, 0.5, -1.0}, 2, 2),
            (std::vector<double>{0.0, 0.0, 1.5, -4.5}));
}

/// By hand: y = (0, ..., 1, ...), zeros beyond the border; the window is read row by row around its pixel.
TEST(Apply, TheWindowIsReadRowByRow) {
  TrainedNetwork n{"primal", 3, 0.0, {}, false, {1, 9, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {1.0}}, {}, ""};
  EXPECT_EQ(apply(n, std::vector<double>{0, 1, 0, 0}, 2, 2), (std::vector<double>{6, 5, 3, 2}));
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "kernels/patches.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace zerogap {
namespace {

std::vector<double> patch(const PatchSource<float>& source, std::int64_t image, std::int64_t pixel) {
  std::vector<double> out(static_cast<std::size_t>(source.length));
  source.copy_patch(image, pixel, out.data());
  for (int k = 0; k < source.length; ++k)
    EXPECT_EQ(source.entry(image, pixel, k), out[static_cast<std::size_t>(k)]);
  return out;
}

TEST(PatchSource, CutsTheWindowAroundAPixel) {
  // Two images of 2 x 3 pixels with a border of zeros: 1 2 3 / 4 5 6 and 7 8 9 / 10 11 12.
  std::vector<float> pixels(2 * 4 * 5);
  for (int i = 0; i < 12; ++i)
    pixels[static_cast<std::size_t>(i / 6 * 20 + (i / 3 % 2 + 1) * 5 + i % 3 + 1)] =
        static_cast<float>(i + 1);
  const PatchSource<float> source{
      .pixels = pixels.data(), .images = 2, .height = 2, .width = 3, .side = 3, .length = 9};
  EXPECT_EQ(patch(source, 0, 0), (std::vector<double>{0, 0, 0, 0, 1, 2, 0, 4, 5}));
  EXPECT_EQ(patch(source, 0, 4), (std::vector<double>{1, 2, 3, 4, 5, 6, 0, 0, 0}));
  EXPECT_EQ(patch(source, 1, 5), (std::vector<double>{8, 9, 0, 11, 12, 0, 0, 0, 0}));
  EXPECT_EQ(source.entry(1, 5, 4), 12.0f);  // the pixel itself
}

TEST(PatchSource, CopiesAPatchOfAList) {
  const std::vector<float> pixels{1, 2, 3, 4, 5, 6, 7, 8};
  const PatchSource<float> source{
      .pixels = pixels.data(), .images = 2, .height = 1, .width = 2, .side = 0, .length = 2};
  EXPECT_EQ(patch(source, 0, 1), (std::vector<double>{3, 4}));
  EXPECT_EQ(patch(source, 1, 0), (std::vector<double>{5, 6}));
}

}  // namespace
}  // namespace zerogap

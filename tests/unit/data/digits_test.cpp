// SPDX-License-Identifier: Apache-2.0
#include "data/digits.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "support.hpp"

namespace zerogap::testing {
namespace {

TEST(Digits, AreAPureFunctionOfTheKey) {
  std::vector<double> first(784), again(784, 7.0), other(784);
  draw_digit(5, first);
  draw_digit(5, again);
  draw_digit(image_key(Part::test, 5), other);
  EXPECT_EQ(first, again);
  EXPECT_NE(first, other);
}

TEST(Digits, HaveInkInsideAndAnEmptyBorder) {
  std::vector<double> image(784);
  for (std::uint64_t key = 0; key < 2000; ++key) {
    draw_digit(key, image);
    const auto [low, high] = std::minmax_element(image.begin(), image.end());
    ASSERT_EQ(*low, 0.0);
    ASSERT_LE(*high, 1.0);
    ASSERT_GT(*high, 0.9) << key;
    double ink = 0.0, edge = 0.0;
    for (int k = 0; k < 784; ++k) {
      ink += image[k];
      if (k / 28 == 0 || k / 28 == 27 || k % 28 == 0 || k % 28 == 27) edge += image[k];
    }
    ASSERT_GT(ink, 15.0) << key;
    ASSERT_LT(ink, 300.0) << key;
    ASSERT_EQ(edge, 0.0) << key;
  }
}

TEST(Digits, AllTenComeAboutEquallyOften) {
  std::array<int, 10> counts{};
  for (std::uint64_t key = 0; key < 10000; ++key) ++counts[digit_of(key)];
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);
}

TEST(Digits, AreAsManyAsAskedForAndDifferent) {
  DataOptions options;
  options.images = 0;
  options.pool = 300;
  options.test_images = 400;
  const Dataset<double> train = load(options), test = load(options, Part::test);
  EXPECT_EQ(train.shape.images, 300);
  EXPECT_EQ(test.shape.images, 400);
  std::set<std::vector<double>> images;
  for (const Dataset<double>* data : {&train, &test})
    for (auto at = data->target.begin(); at != data->target.end(); at += 784) images.emplace(at, at + 784);
  EXPECT_EQ(images.size(), 700U);
}

}  // namespace
}  // namespace zerogap::testing

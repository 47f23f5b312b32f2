// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "data/png.hpp"
#include "data/selection.hpp"
#include "support.hpp"

namespace zerogap::testing {
namespace {

std::vector<std::int64_t> selected(const DataOptions& options, Part part, std::int64_t count) {
  return select_images(options, part, *open_digits(part), count);
}

DataOptions digits(std::int64_t images) {
  DataOptions options;
  options.images = images;
  options.pool = 200;
  return options;
}

TEST(Selection, IsIncreasingInThePoolAndKeyedBySeedAndPart) {
  DataOptions options = digits(50);
  const auto first = selected(options, Part::train, 50);
  EXPECT_TRUE(std::is_sorted(first.begin(), first.end()));
  EXPECT_EQ(std::adjacent_find(first.begin(), first.end()), first.end());
  EXPECT_GE(first.front(), 0);
  EXPECT_LT(first.back(), 200);
  EXPECT_NE(first, selected(options, Part::test, 50));
  options.seed = 2;
  EXPECT_NE(first, selected(options, Part::train, 50));
}

TEST(Selection, OfMoreImagesContainsThatOfFewer) {
  const auto few = selected(digits(20), Part::train, 20), more = selected(digits(60), Part::train, 60);
  EXPECT_TRUE(std::includes(more.begin(), more.end(), few.begin(), few.end()));
}

TEST(Selection, OfTheWholePoolIsThePool) {
  const auto all = selected(digits(200), Part::train, 200);
  for (std::int64_t k = 0; k < 200; ++k) EXPECT_EQ(all[k], k);
}

TEST(Selection, IsFromTenThousandDigitsUnlessTold) {
  auto options = digits(3);
  options.pool = kWholePool;
  const auto usual = selected(options, Part::train, 3);
  options.pool = 10000;
  EXPECT_EQ(selected(options, Part::train, 3), usual);
  options.pool = 100;
  EXPECT_NE(selected(options, Part::train, 3), usual);
}

TEST(Selection, RefusesMoreThanThePool) {
  expect_error(ExitCode::usage, {"data.images is 201", "data.pool, which is 200"}, [] { load(digits(201)); });
}

template <class T>
void expect_shares_make_the_whole(const DataOptions& options, int ranks) {
  const Dataset<T> whole = load_dataset<T>(options, Part::train, 5, *make_serial(), nullptr);
  std::vector<Dataset<T>> shares(ranks);
  run_ranks(ranks, [&](Communicator& axis) {
    shares[axis.rank()] = load_dataset<T>(options, Part::train, 5, axis, nullptr);
  });
  std::vector<T> pixels, target;
  for (const Dataset<T>& share : shares) {
    EXPECT_EQ(share.shape.images, options.images);
    EXPECT_EQ(share.images.first, static_cast<std::int64_t>(target.size()) / 784);
    EXPECT_EQ(share.content_hash, whole.content_hash);
    EXPECT_EQ(share.normalisation.mean, whole.normalisation.mean);
    EXPECT_EQ(share.normalisation.deviation, whole.normalisation.deviation);
    pixels.insert(pixels.end(), share.pixels.begin(), share.pixels.end());
    target.insert(target.end(), share.target.begin(), share.target.end());
  }
  EXPECT_EQ(pixels, whole.pixels);
  EXPECT_EQ(target, whole.target);
}

TEST(Dataset, IsTheSameOnAnyNumberOfRanks) {
  for (const int ranks : {2, 3, 4, 7}) expect_shares_make_the_whole<double>(digits(5), ranks);
  DataOptions options = digits(61);
  options.normalise = true;
  for (const int ranks : {2, 4}) {
    expect_shares_make_the_whole<double>(options, ranks);
    expect_shares_make_the_whole<float>(options, ranks);
  }
}

TEST(Dataset, HasABorderOfZeros) {
  const Dataset<float> data = load_dataset<float>(digits(3), Part::train, 5, *make_serial(), nullptr);
  ASSERT_EQ(data.pixels.size(), 3U * 32 * 32);
  EXPECT_EQ(data.source().stride(), 32 * 32);
  EXPECT_EQ(data.source().length, 25);
  const Dataset<float> bare = load_dataset<float>(digits(3), Part::train, 1, *make_serial(), nullptr);
  for (int k = 0; k < 3; ++k)
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 32; ++x) {
        const bool inside = y >= 2 && y < 30 && x >= 2 && x < 30;
        const float expected = inside ? bare.pixels[(k * 28 + y - 2) * 28 + x - 2] : 0.0F;
        ASSERT_EQ(data.pixels[(k * 32 + y) * 32 + x], expected);
      }
  EXPECT_EQ(data.target, bare.target);
  EXPECT_EQ(data.content_hash, bare.content_hash);
  expect_error(ExitCode::usage, {"patches.filter is 4"}, [] { load(digits(3), Part::train, 4); });
}

TEST(Noise, HasItsMeanAndDeviationAndIsNotClipped) {
  DataOptions options = digits(200);
  options.noise_sigma = 0.5;
  const Dataset<double> data = load(options);
  const auto count = static_cast<double>(data.target.size());
  double sum = 0.0, squares = 0.0, smallest = 0.0;
  for (std::size_t k = 0; k < data.target.size(); ++k) {
    const double noise = data.pixels[k] - data.target[k];
    sum += noise;
    squares += noise * noise;
    smallest = std::min(smallest, data.pixels[k]);
  }
  EXPECT_NEAR(sum / count, 0.0, 5.0 * 0.5 / std::sqrt(count));
  EXPECT_NEAR(std::sqrt(squares / count), 0.5, 5.0 * 0.5 / std::sqrt(2.0 * count));
  EXPECT_LT(smallest, -1.5);
}

TEST(Noise, BelongsToTheImageNotToTheSelection) {
  const DataOptions many = digits(60), few = digits(20);
  const auto in_many = selected(many, Part::train, 60), in_few = selected(few, Part::train, 20);
  const Dataset<double> all = load(many), some = load(few);
  for (std::size_t k = 0; k < 20; ++k) {
    const auto at = std::find(in_many.begin(), in_many.end(), in_few[k]) - in_many.begin();
    ASSERT_TRUE(std::equal(some.pixels.begin() + k * 784, some.pixels.begin() + (k + 1) * 784,
                           all.pixels.begin() + at * 784));
  }
}

TEST(Noise, ChangesWithItsSeedOnly) {
  DataOptions options = digits(5);
  const Dataset<double> one = load(options);
  options.noise_seed = 2;
  const Dataset<double> two = load(options);
  EXPECT_EQ(one.target, two.target);
  EXPECT_NE(one.pixels, two.pixels);
  EXPECT_NE(one.content_hash, two.content_hash);
}

TEST(Normalise, TrainingPixelsGetMeanZeroAndDeviationOne) {
  DataOptions options = digits(40);
  const Dataset<double> plain = load(options, Part::train, 3);
  options.normalise = true;
  const Dataset<double> data = load(options, Part::train, 3);
  double sum = 0.0, squares = 0.0;
  for (const double value : data.target) sum += value, squares += value * value;
  const auto count = static_cast<double>(data.target.size());
  EXPECT_NEAR(sum / count, 0.0, 1e-12);
  EXPECT_NEAR(squares / count, 1.0, 1e-12);
  const auto [mean, deviation] = data.normalisation;
  EXPECT_DOUBLE_EQ(data.pixels[31], (plain.pixels[31] - mean) / deviation)
      << "noise is added before normalising";
  EXPECT_EQ(data.pixels[0], 0.0) << "the border";
  EXPECT_NE(data.content_hash, plain.content_hash);

  const Dataset<double> bare = load(digits(40), Part::test, 3);
  const Dataset<double> test =
      load_dataset<double>(options, Part::test, 3, *make_serial(), &data.normalisation);
  EXPECT_EQ(test.normalisation.mean, mean);
  EXPECT_DOUBLE_EQ(test.target[400], (bare.target[400] - mean) / deviation);
}

class Agreement : public Folder {};

TEST_F(Agreement, AnErrorOfOneRankIsThrownByAll) {
  const std::vector<std::uint8_t> noise = {9, 200, 31, 7, 120, 66, 250, 3, 18, 91, 44, 5, 77, 180, 21, 60};
  for (const char* name : {"0.png", "1.png", "2.png", "3.png"}) write_png(file(name), 4, 4, noise);
  // The last image, so the last rank's alone, is cut off behind a header that all ranks find good.
  const std::string whole = read_bytes(file("3.png"));
  write_bytes(file("3.png"), whole.substr(0, whole.size() - 20));
  std::vector<std::string> texts(4);
  run_ranks(4, [&](Communicator& axis) {
    try {
      load_dataset<float>(all_of(DataSource::images, folder_), Part::train, 3, axis, nullptr);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      texts[axis.rank()] = error.what();
    }
  });
  EXPECT_THAT(texts, ::testing::Each(::testing::HasSubstr("cannot read " + file("3.png"))));
}

}  // namespace
}  // namespace zerogap::testing

// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <cstdlib>

#include "support.hpp"

namespace zerogap::testing {
namespace {

std::string word(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string idx(std::uint32_t magic, std::uint32_t images, std::uint32_t height, std::uint32_t width,
                std::size_t bytes) {
  std::string text = word(magic) + word(images) + word(height) + word(width);
  for (std::size_t k = 0; k < bytes; ++k) text += static_cast<char>(k * 7 % 256);
  return text;
}

void write_gz(const std::string& path, const std::string& bytes) {
  const gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_EQ(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())), static_cast<int>(bytes.size()));
  ASSERT_EQ(gzclose(file), Z_OK);
}

class Idx : public Folder {
 protected:
  std::string train() const { return file("train-images-idx3-ubyte"); }
  DataOptions options() const { return all_of(DataSource::mnist, folder_); }
  void expect_refused(const std::string& bytes, const std::vector<std::string>& parts) {
    write_bytes(train(), bytes);
    expect_error(ExitCode::data, parts, [&] { load(options()); });
    expect_error(ExitCode::data, parts, [&] { inspect_dataset(options(), Part::train); });
  }
};

TEST_F(Idx, PlainAndCompressedFilesHoldTheSamePixels) {
  const std::string bytes = idx(0x803, 5, 3, 4, 60);
  write_bytes(train(), bytes);
  const Dataset<double> plain = load(options());
  std::filesystem::remove(train());
  write_gz(train() + ".gz", bytes);
  const Dataset<double> compressed = load(options());

  EXPECT_EQ(plain.shape.images, 5);
  EXPECT_EQ(plain.shape.height, 3);
  EXPECT_EQ(plain.shape.width, 4);
  EXPECT_EQ(plain.shape.patches, 60);
  ASSERT_EQ(plain.target.size(), 60U);
  for (std::size_t k = 0; k < 60; ++k) EXPECT_EQ(plain.target[k], static_cast<double>(k * 7 % 256) / 255.0);
  EXPECT_EQ(plain.target, compressed.target);
  EXPECT_EQ(plain.content_hash, compressed.content_hash);
}

TEST_F(Idx, SelectedImagesAreThoseOfTheirIndex) {
  write_gz(train() + ".gz", idx(0x803, 40, 2, 2, 160));
  DataOptions some = options();
  some.images = 7;
  const Dataset<double> all = load(options()), few = load(some);
  std::size_t found = 0, from = 0;
  for (std::size_t k = 0; k < 40 && found < 7; ++k) {
    if (!std::equal(few.target.begin() + 4 * found, few.target.begin() + 4 * found + 4,
                    all.target.begin() + 4 * k))
      continue;
    ++found, from = k;
  }
  EXPECT_EQ(found, 7U) << "last found at " << from;
}

TEST_F(Idx, RefusesWhatIsNoWholeFileOfImages) {
  expect_refused(idx(0x803, 5, 3, 4, 59), {train(), "truncated", "76 bytes", "holds 75", "datasets/fetch"});
  expect_refused(idx(0x803, 5, 3, 4, 0), {"truncated", "holds 16"});
  expect_refused(idx(0x803, 5, 3, 4, 61), {"trailing bytes", "76 bytes", "holds 77"});
  expect_refused(idx(0x801, 60, 0, 0, 60), {"magic number is 2049", "2051"});
  expect_refused(idx(0xABCD0000, 5, 3, 4, 60), {"magic number"});
  expect_refused(idx(0x803, 0, 3, 4, 0), {"senseless sizes", "0 images of 3 x 4"});
  expect_refused(idx(0x803, 5, 1U << 31, 4, 60), {"senseless sizes"});
  expect_refused("short", {"header of 16 bytes is cut off"});
  expect_refused("", {"header of 16 bytes is cut off"});
}

TEST_F(Idx, RefusesDamagedCompressedFiles) {
  write_gz(train() + ".gz", idx(0x803, 50, 28, 28, 50 * 784));
  const std::string whole = read_bytes(train() + ".gz");
  write_bytes(train() + ".gz", whole.substr(0, whole.size() - 4));
  expect_error(ExitCode::data, {".gz is truncated"}, [&] { load(options()); });
  std::string flipped = whole;
  flipped[whole.size() - 6] ^= 1;  // in gzip's own checksum
  write_bytes(train() + ".gz", flipped);
  expect_error(ExitCode::data, {".gz is damaged", "incorrect data check"}, [&] { load(options()); });
}

TEST_F(Idx, NamesWhatIsMissingAndHowToGetIt) {
  expect_error(ExitCode::data,
               {"no MNIST training images", folder_, "train-images-idx3-ubyte.gz", "datasets/fetch",
                "ZEROGAP_DATA_DIR"},
               [&] { load(options()); });
  expect_error(ExitCode::data,
               {folder_ + "/nowhere (there is no such folder)", "datasets/fetch", "ZEROGAP_DATA_DIR"},
               [&] { load(all_of(DataSource::mnist, folder_ + "/nowhere")); });
}

TEST_F(Idx, FilesLieAsOthersLeaveThem) {
  const std::string bytes = idx(0x803, 5, 3, 4, 60);
  const auto expect_found = [&](const std::string& name) {
    std::filesystem::create_directories(std::filesystem::path(file(name)).parent_path());
    name.ends_with(".gz") ? write_gz(file(name), bytes) : write_bytes(file(name), bytes);
    EXPECT_EQ(load(options()).shape.images, 5) << name;
    EXPECT_THAT(load(options()).origin, ::testing::HasSubstr(file(name)));
    std::filesystem::remove_all(file(name.substr(0, name.find('/'))));
  };
  expect_found("MNIST/raw/train-images-idx3-ubyte");  // torchvision
  expect_found("raw/train-images-idx3-ubyte.gz");
  expect_found("train-images.idx3-ubyte");  // Kaggle
  expect_found("train-images.idx3-ubyte.gz");
  expect_found("train-images-idx3-ubyte/train-images-idx3-ubyte");
  expect_found("train-images.idx3-ubyte/train-images.idx3-ubyte");
  expect_found("train-images-idx3-ubyte");
}

TEST_F(Idx, SaysWhatElseAFileIs) {
  std::filesystem::create_directories(folder_);
  write_gz(file("once"), idx(0x803, 5, 3, 4, 60));
  write_gz(train() + ".gz", read_bytes(file("once")));
  expect_error(ExitCode::data,
               {".gz is no IDX file of images (it is compressed twice); run gunzip on it once"},
               [&] { load(options()); });
  const std::string rest(40, 'x');
  std::filesystem::remove(train() + ".gz");
  expect_refused("PK\x03\x04" + rest, {"it is a zip archive"});
  expect_refused("BZh9" + rest, {"bunzip2"});
  expect_refused("\xfd\x37zXZ" + rest, {"unxz"});
  expect_refused("\x28\xb5\x2f\xfd" + rest, {"unzstd"});
  expect_refused("<!DOCTYPE html>" + rest, {"it is a web page"});
  expect_refused("\x89HDF\r\n\x1a\n" + rest, {"data.source to hdf5"});
}

TEST_F(Idx, NamesWhatLiesThereInstead) {
  write_bytes(file("train.csv"), "label,pixel0");
  write_bytes(file("test.csv"), "pixel0");
  expect_error(ExitCode::data, {"no MNIST training images", "test.csv, train.csv"}, [&] { load(options()); });
  expect_error(ExitCode::data,
               {"there is no such folder, seen from " + std::filesystem::current_path().string()},
               [&] { load(all_of(DataSource::mnist, "nowhere")); });
}

TEST_F(Idx, TestPartIsItsOwnFile) {
  write_bytes(train(), idx(0x803, 5, 3, 4, 60));
  write_bytes(file("t10k-images-idx3-ubyte"), idx(0x803, 3, 3, 4, 36));
  EXPECT_EQ(load(options(), Part::test).shape.images, 3);
  DataOptions more = options();
  more.test_images = 4;
  expect_error(ExitCode::data, {"data.test_images asks for 4", "holds 3"}, [&] { load(more, Part::test); });
  more.test_images = kEveryTestImage;
  EXPECT_EQ(load(more, Part::test).shape.images, 3);
}

TEST_F(Idx, SaysThatThePoolIsLargerThanTheFile) {
  write_bytes(train(), idx(0x803, 40, 3, 4, 480));
  DataOptions some = options();
  some.images = 20;
  EXPECT_THAT(said_by([&] { load(some); }), ::testing::IsEmpty()) << "the default is what the file has";
  const auto from_all = load(some).target;
  some.pool = 60;
  EXPECT_THAT(said_by([&] { load(some); }), ::testing::HasSubstr("warning: data.pool is 60, but MNIST file " +
                                                                 train() + " holds 40 training images"));
  EXPECT_EQ(load(some).target, from_all);
  some.strict = true;
  expect_error(ExitCode::data, {"data.pool is 60", "holds 40 training images", "data.pool to 40"},
               [&] { load(some); });
  some.pool = 40;
  EXPECT_EQ(load(some).target, from_all);
  some.pool = 20;
  EXPECT_NE(load(some).target, from_all);
  some.images = 0;
  some.pool = 60;
  EXPECT_EQ(load(some).shape.images, 40) << "all of them are asked for";
}

TEST_F(Idx, StrictTakesNoFewerTestImages) {
  write_bytes(train(), idx(0x803, 5, 3, 4, 60));
  write_bytes(file("t10k-images-idx3-ubyte"), idx(0x803, 3, 3, 4, 36));
  DataOptions strict = options();
  strict.strict = true;
  expect_error(ExitCode::data,
               {"data.test_images is -1", "holds 3 test images", "there are 5 training images"},
               [&] { load(strict, Part::test); });
  strict.test_images = 3;
  EXPECT_EQ(load(strict, Part::test).shape.images, 3);
}

TEST(RealMnist, FilesAreReadAsTheyAre) {
  const char* folder = std::getenv("ZEROGAP_DATA_DIR");
  if (folder == nullptr) GTEST_SKIP() << "needs ZEROGAP_DATA_DIR, a folder with MNIST's files";
  DataOptions options;
  options.source = DataSource::mnist;
  for (const Part part : {Part::train, Part::test}) {
    const Dataset<double> data = load(options, part);
    EXPECT_EQ(data.shape.images, 600);
    EXPECT_EQ(data.shape.height, 28);
    EXPECT_EQ(data.shape.width, 28);
    double sum = 0.0;
    for (const double value : data.target) {
      ASSERT_GE(value, 0.0);
      ASSERT_LE(value, 1.0);
      sum += value;
    }
    EXPECT_NEAR(sum / static_cast<double>(data.target.size()), 0.1307, 0.01);
  }
}

}  // namespace
}  // namespace zerogap::testing

// SPDX-License-Identifier: Apache-2.0
// Data that are missing, damaged or senseless: exit code 3, one message that says what, why and what to do,
// and no run folder that claims anything.

#include <cmath>
#include <functional>
#include <limits>

#include "checkpoint/checkpoint.hpp"
#include "data/png.hpp"
#include "program/runs.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A number as IDX files hold it.
std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(number >> shift & 0xff));
  return bytes;
}

std::string idx(std::uint32_t magic, std::uint32_t images, std::uint32_t side, std::size_t pixels) {
  return big_endian(magic) + big_endian(images) + big_endian(side) + big_endian(side) +
         std::string(pixels, '\x40');
}

/// A file with one stack of `images` images of 5 x 4 pixels a name.
void write_images(const fs::path& file, const std::vector<std::string>& names, std::vector<double> values) {
  const std::uint64_t images = values.size() / 20;
  CheckpointContents contents;
  for (const std::string& name : names)
    contents.arrays.push_back({name, DataType::float64, {images, 5, 4}, 0, images, values.data()});
  write_checkpoint(file, contents, *make_serial());
}

class Data : public ::testing::Test {
 protected:
  void expect_refusal(const Settings& settings, const std::vector<std::string>& fragments, int ranks = 0) {
    const Training run(folder_ / "run", settings);
    expect_error(run.train({}, ranks), 3, fragments);
    EXPECT_TRUE(run.newest().empty());
    EXPECT_FALSE(fs::exists(run.folder() / "result.json"));
  }
  Settings hdf5(const std::string& name) const {
    return {"data.source=hdf5", "data.path=" + (folder_ / name).string(), "data.images=0"};
  }
  Settings mnist(const std::string& content) const {
    write_text(folder_ / "train-images-idx3-ubyte", content);
    write_text(folder_ / "t10k-images-idx3-ubyte", idx(2051, 4, 6, 144));
    return {"data.source=mnist", "data.path=" + folder_.path().string(), "data.images=4",
            "data.test_images=4"};
  }

  Folder folder_;
};

TEST_F(Data, MissingFile) { expect_refusal(hdf5("none.h5"), {"none.h5", "check data.path"}); }

TEST_F(Data, MissingFolder) {
  expect_refusal({"data.source=mnist", "data.path=" + (folder_ / "none").string()},
                 {"cannot read MNIST from", "there is no such folder", "datasets/fetch"});
}

TEST_F(Data, MissingFileOnSeveralRanksIsToldOnce) {
  expect_refusal(hdf5("none.h5"), {"none.h5", "[rank 0"}, 3);
}

TEST_F(Data, WholeFileOfTheKindThatTheOthersDamage) {
  const Training run(folder_ / "run", mnist(idx(2051, 4, 6, 144)));
  EXPECT_EQ(run.train().code, 0);
}

/// Images of one's own, 7 x 10 pixels each, as IDX files and as PNG files: the same run, on one rank and on
/// two.
TEST_F(Data, OwnImagesAsIdxAndAsPng) {
  constexpr std::size_t height = 7, width = 10;
  const auto write = [&](const std::string& idx_name, const std::string& part, std::uint32_t images) {
    std::string file = big_endian(2051) + big_endian(images) + big_endian(height) + big_endian(width);
    fs::create_directories(folder_ / "png" / part);
    for (std::uint32_t i = 0; i < images; ++i) {
      std::vector<std::uint8_t> levels;
      for (std::size_t k = 0; k < height * width; ++k)
        levels.push_back(static_cast<std::uint8_t>((k * k * (i + 3) + 17 * i) % 251));
      file.append(levels.begin(), levels.end());
      write_png((folder_ / "png" / part / ("image" + std::to_string(i) + ".png")).string(), width, height,
                levels);
    }
    write_text(folder_ / idx_name, file);
  };
  write("train-images-idx3-ubyte", "train", 9);
  write("t10k-images-idx3-ubyte", "test", 5);
  const auto settings = [&](const std::string& source, const fs::path& path) {
    return Settings{"data.source=" + source, "data.path=" + path.string(), "data.images=0",
                    "data.test_images=-1"};
  };
  const Training idx(folder_ / "idx", settings("mnist", folder_.path()));
  const Training png(folder_ / "images", settings("images", folder_ / "png"));
  const Ended ended = idx.train();
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(idx.log(), ::testing::HasSubstr("9 of 9 training images"));
  EXPECT_THAT(idx.log(), ::testing::HasSubstr("630 patches"));
  ASSERT_EQ(png.train({}, 2).code, 0);
  expect_same_history(idx, png);
  expect_same_arrays(idx.newest(), png.newest());
  EXPECT_GT(idx.result()["primal"]["psnr"].get<double>(), 0.0);
}

TEST_F(Data, TruncatedMnist) {
  expect_refusal(mnist(idx(2051, 4, 6, 143)),
                 {"is truncated", "promises 4 images of 6 x 6", "fetch the file again"});
}

TEST_F(Data, MnistWithWrongMagic) {
  expect_refusal(mnist(idx(2049, 4, 6, 144)), {"is no IDX file of images", "2049"});
}

TEST_F(Data, MnistOfWrongSize) { expect_refusal(mnist(idx(2051, 4, 6, 145)), {"has trailing bytes"}); }

TEST_F(Data, MnistOfSenselessSize) { expect_refusal(mnist(idx(2051, 4, 0, 144)), {"has senseless sizes"}); }

TEST_F(Data, MnistThatIsEmpty) { expect_refusal(mnist(""), {"is no IDX file of images", "cut off"}); }

TEST_F(Data, FewerImagesThanAskedFor) {
  auto settings = mnist(idx(2051, 4, 6, 144));
  settings.emplace_back("data.images=5");
  const Training run(folder_ / "run", settings);
  const Ended ended = run.train();
  EXPECT_TRUE(ended.code == 2 || ended.code == 3) << ended.err;
  EXPECT_THAT(ended.err, ::testing::HasSubstr("data.images"));
}

TEST_F(Data, CountsThatTheDataCannotGive) {
  auto settings = mnist(idx(2051, 4, 6, 144));
  settings.insert(settings.end(), {"data.pool=60000", "optimizer.primal.batch=4"});
  const Training run(folder_ / "run", settings);
  const Ended ended = run.train();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, ::testing::HasSubstr("warning: data.pool is 60000, but MNIST file"));
  EXPECT_THAT(ended.err, ::testing::HasSubstr("holds 4 training images: images are selected from those"));
  EXPECT_THAT(run.log(), ::testing::HasSubstr("warning: data.pool is 60000"));

  const Ended all =
      Training(folder_ / "all", {"data.source=mnist", "data.path=" + folder_.path().string(), "data.images=0",
                                 "data.test_images=4", "optimizer.dual.batch=5"})
          .train();
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(all.err, ::testing::HasSubstr("optimizer.dual.batch is 5, and there are 4 training images"));

  settings.emplace_back("data.strict=true");
  const Training refused(folder_ / "refused", settings);
  expect_error(refused.train(), 3, {"data.pool is 60000", "holds 4 training images"});
}

TEST_F(Data, NumbersThatAreNotFinite) {
  std::vector<double> values(60, 0.5);
  values[47] = nan;
  write_images(folder_ / "nan.h5", {"noisy", "clean"}, values);
  expect_refusal(hdf5("nan.h5"), {"non-finite value in 'clean' of image 2", "nan at row 1, column 3",
                                  "store finite numbers only"});
  values[47] = std::numeric_limits<double>::infinity();
  write_images(folder_ / "inf.h5", {"clean"}, values);
  expect_refusal(hdf5("inf.h5"), {"non-finite value in 'clean'"}, 2);
}

TEST_F(Data, Hdf5WithoutImages) {
  write_images(folder_ / "other.h5", {"pictures"}, std::vector<double>(20, 0.5));
  expect_refusal(hdf5("other.h5"), {"'clean' is missing", "pictures", "store clean"});
}

TEST_F(Data, Hdf5ThatIsCutOffOrForeign) {
  write_images(folder_ / "whole.h5", {"clean"}, std::vector<double>(2000, 0.5));
  const std::string bytes = text_of(folder_ / "whole.h5");
  write_text(folder_ / "half.h5", bytes.substr(0, bytes.size() / 2));
  write_text(folder_ / "text.h5", "no HDF5 at all\n");
  expect_refusal(hdf5("half.h5"), {"half.h5"});
  expect_refusal(hdf5("text.h5"), {"text.h5"});
}

TEST_F(Data, FolderWithADamagedPicture) {
  fs::create_directories(folder_ / "pictures" / "train");
  for (const char* place : {"pictures/a.png", "pictures/train/a.png"})
    write_text(folder_ / place, "\x89PNG\r\n\x1a\nrubbish");
  expect_refusal({"data.source=images", "data.path=" + (folder_ / "pictures").string(), "data.images=1"},
                 {"a.png"});
}

TEST_F(Data, DualWeightsOfAnotherNumberThanTheirBlocks) {
  const std::vector<double> values(27, 0.5);
  const fs::path file = folder_ / "odd.h5";
  for (const std::uint64_t blocks : {2, 3}) {
    CheckpointContents contents;
    for (const auto& [name, rows] :
         {std::pair{"dual/g", blocks}, {"dual/w", std::uint64_t{2}}, {"dual/w_prime", std::uint64_t{2}}})
      contents.arrays.push_back({name, DataType::float64, {rows, 9}, 0, rows, values.data()});
    if (blocks == 2)
      contents.arrays.back() = {"dual/w_prime", DataType::float64, {3, 9}, 0, 3, values.data()};
    fs::remove(file);
    write_checkpoint(file, contents, *make_serial());
    expect_refusal({"init.kind=dual", "init.path=" + file.string()},
                   {"no fitting dual weights", "must have rows of 9 numbers, as many as dual/g"});
  }
}

TEST_F(Data, WeightsAndArrangementsThatDoNotFit) {
  write_images(folder_ / "other.h5", {"pictures"}, std::vector<double>(20, 0.5));
  const std::string path = folder_ / "other.h5";
  expect_refusal({"init.kind=file", "init.path=" + path}, {"does not fit", "primal/u must be 7 rows of 9"});
  expect_refusal({"init.kind=dual", "init.path=" + path}, {"no fitting dual weights", "dual/g"});
  expect_refusal({"arrangements.source=file", "arrangements.path=" + path}, {"no fitting blocks", "dual/g"},
                 2);
  expect_refusal({"arrangements.source=primal", "arrangements.path=" + path + ".none"}, {"other.h5.none"});
}

}  // namespace
}  // namespace zerogap::test

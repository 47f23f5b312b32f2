// SPDX-License-Identifier: Apache-2.0
#include "data/export.hpp"

#include <cmath>

#include "data/png.hpp"
#include "support.hpp"

namespace zerogap::testing {
namespace {

class Export : public Folder {};

TEST_F(Export, WrittenImagesAreReadBackTheSame) {
  DataOptions options;
  options.images = 7;
  write_dataset_hdf5(options, Part::train, file("digits.h5"));
  const Dataset<double> drawn = load(options, Part::train, 3);
  const Dataset<double> stored = load(all_of(DataSource::hdf5, file("digits.h5")), Part::train, 3);
  EXPECT_EQ(stored.pixels, drawn.pixels);
  EXPECT_EQ(stored.target, drawn.target);
  EXPECT_EQ(stored.content_hash, drawn.content_hash);
  EXPECT_FALSE(std::filesystem::exists(file("digits.h5.partial")));
}

TEST_F(Export, AnyNameThatAFileCanHaveWillDo) {
  DataOptions options;
  options.images = 2;
  const std::string name(252, 'x');
  write_dataset_hdf5(options, Part::train, file(name));
  EXPECT_EQ(load(all_of(DataSource::hdf5, file(name))).shape.images, 2);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(Export, WrittenPatchesAreReadBackTheSame) {
  add_doubles(file("a.h5"), "patches", {200, 2}, ramp(400));
  add_doubles(file("a.h5"), "target", {200}, ramp(200));
  const DataOptions options = all_of(DataSource::hdf5, file("a.h5"));
  write_dataset_hdf5(options, Part::train, file("b.h5"));
  EXPECT_EQ(load(all_of(DataSource::hdf5, file("b.h5"))).content_hash, load(options).content_hash);
  expect_error(ExitCode::data, {"no test images to write"},
               [&] { write_dataset_hdf5(options, Part::test, file("c.h5")); });
  expect_error(ExitCode::usage, {"cannot be shown as a picture"},
               [&] { write_contact_sheet(options, 3, file("c.png")); });
}

TEST_F(Export, ReportsAFolderThatCannotBeWritten) {
  DataOptions options;
  options.images = 2;
  expect_error(ExitCode::data, {"cannot write " + file("nowhere/a.h5")},
               [&] { write_dataset_hdf5(options, Part::train, file("nowhere/a.h5")); });
  expect_error(ExitCode::data, {"cannot write " + file("nowhere/a.png")},
               [&] { write_contact_sheet(options, 2, file("nowhere/a.png")); });
}

TEST_F(Export, ContactSheetHasCleanStripsAboveNoisyOnes) {
  DataOptions options;
  options.images = 20;
  write_contact_sheet(options, 20, file("sheet.png"));
  const PngHeader header = read_png_header(file("sheet.png"));
  EXPECT_EQ(header.width, 16 * 30 + 2);
  EXPECT_EQ(header.height, 4 * 30 + 2);
  std::vector<double> sheet(static_cast<std::size_t>(header.width) * header.height);
  read_png(file("sheet.png"), sheet);
  const Dataset<double> data = load(options);
  const auto at = [&](int y, int x) { return sheet[static_cast<std::size_t>(y) * header.width + x]; };
  EXPECT_NEAR(at(2 + 14, 2 + 30 + 14), data.target[784 + 14 * 28 + 14], 0.5 / 255 + 1e-12);
  EXPECT_NEAR(at(32 + 14, 2 + 30 + 14), std::clamp(data.pixels[784 + 14 * 28 + 14], 0.0, 1.0),
              0.5 / 255 + 1e-12);
}

TEST_F(Export, SummaryHasThePeakSignalToNoiseRatio) {
  DataOptions options;
  options.images = 100;
  const DatasetSummary summary = summarise(options, Part::train);
  EXPECT_NEAR(summary.noisy_psnr, -20.0 * std::log10(0.25), 0.05);
  EXPECT_EQ(summary.content_hash, load(options).content_hash);
  const std::string text = describe(summary);
  for (const char* part :
       {"100 images of 28 x 28", "78400 patches", "clean    0 to 1", "dB", "deviation 0.25"})
    EXPECT_THAT(text, ::testing::HasSubstr(part));
}

}  // namespace
}  // namespace zerogap::testing

// SPDX-License-Identifier: Apache-2.0
#include "data/png.hpp"

#include <png.h>
#include <zlib.h>

#include "support.hpp"

namespace zerogap::testing {
namespace {

/// A PNG of any kind; `bytes` are its rows as libpng takes them. `transparent` adds a transparent grey value.
void write_kind(const std::string& path, int width, int height, int kind, int bits,
                std::vector<png_byte> bytes, bool transparent = false) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, file);
  png_set_IHDR(png, info, width, height, bits, kind, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_color_16 value{};
  if (transparent) png_set_tRNS(png, info, nullptr, 0, &value);
  png_write_info(png, info);
  for (int y = 0; y < height; ++y) png_write_row(png, bytes.data() + bytes.size() / height * y);
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  std::fclose(file);
}

class Png : public Folder {
 protected:
  DataOptions options() const { return all_of(DataSource::images, folder_); }
  void grey(const std::string& name, std::uint8_t first) const {
    write_png(file(name), 3, 2, std::vector<std::uint8_t>{first, 1, 2, 3, 4, 255});
  }
  void expect_refused(const std::vector<std::string>& parts) {
    expect_error(ExitCode::data, parts, [&] { load(options()); });
  }
};

TEST_F(Png, FilesAreReadInTheOrderOfTheirNames) {
  grey("b.png", 20);
  grey("a.PNG", 10);
  grey("c.png", 30);
  write_bytes(file("notes.txt"), "no image");
  const Dataset<double> data = load(options());
  ASSERT_EQ(data.shape.images, 3);
  EXPECT_EQ(data.shape.height, 2);
  EXPECT_EQ(data.shape.width, 3);
  for (int k = 0; k < 3; ++k) EXPECT_EQ(data.target[6 * k], (10 + 10 * k) / 255.0);
  EXPECT_EQ(data.target[5], 1.0);
  EXPECT_EQ(load(options(), Part::test).shape.images, 0);
}

TEST_F(Png, SixteenBitsAreReadWhole) {
  write_kind(file("a.png"), 2, 1, PNG_COLOR_TYPE_GRAY, 16, {0x12, 0x34, 0xff, 0xff});
  EXPECT_EQ(load(options()).target, (std::vector<double>{0x1234 / 65535.0, 1.0}));
}

TEST_F(Png, SubfoldersAreTheParts) {
  make_folder("train");
  make_folder("test");
  grey("train/a.png", 10);
  grey("train/b.png", 20);
  grey("test/a.png", 30);
  EXPECT_EQ(load(options()).shape.images, 2);
  const Dataset<double> test = load(options(), Part::test);
  EXPECT_EQ(test.shape.images, 1);
  EXPECT_EQ(test.target[0], 30 / 255.0);
}

TEST_F(Png, RefusesWhatIsNotGrey) {
  write_kind(file("a.png"), 1, 1, PNG_COLOR_TYPE_RGB, 8, {1, 2, 3});
  expect_refused({file("a.png") + " is no grey image", "colours"});
  write_kind(file("a.png"), 1, 1, PNG_COLOR_TYPE_GRAY_ALPHA, 8, {1, 2});
  expect_refused({file("a.png"), "transparency"});
  write_kind(file("a.png"), 1, 1, PNG_COLOR_TYPE_GRAY, 8, {1}, true);
  expect_refused({file("a.png"), "transparency"});
  write_kind(file("a.png"), 1, 1, PNG_COLOR_TYPE_GRAY, 1, {0x80});
  expect_refused({file("a.png"), "pixels of 1 bits"});
}

TEST_F(Png, RefusesUnequalSizesAndDamage) {
  grey("a.png", 10);
  write_png(file("b.png"), 2, 2, std::vector<std::uint8_t>{1, 2, 3, 4});
  expect_refused({"differ in size", "a.png is 3 x 2", "b.png is 2 x 2"});
  const std::string whole = read_bytes(file("a.png"));
  write_bytes(file("b.png"), whole.substr(0, whole.size() - 20));
  expect_refused({"cannot read " + file("b.png")});
  write_bytes(file("b.png"), "no PNG at all");
  expect_refused({"cannot read " + file("b.png"), "Not a PNG file"});
}

// macOS writes ._a.png next to a.png on a foreign disk; an interrupted copy leaves .b.png.
TEST_F(Png, NamesThatBeginWithADotArePassedOver) {
  grey("a.png", 10);
  grey(".b.png", 20);
  write_bytes(file("._a.png"), std::string("\0\5\26\7", 4) + "Mac OS X");
  make_folder("c.png");
  EXPECT_EQ(load(options()).shape.images, 1);
  std::filesystem::remove(file("a.png"));
  expect_refused({"no PNG files in " + folder_, "2 with names that begin with a dot are ignored"});
}

TEST_F(Png, SaysWhereTheImagesOfAFolderOfClassesAre) {
  for (const char* name : {"cat", "dog", ".cache", "empty"}) make_folder(name);
  grey("cat/a.png", 10);
  grey("cat/b.png", 20);
  grey("dog/a.png", 30);
  grey(".cache/a.png", 30);
  expect_refused({"no PNG files in " + folder_, "3 are in its subfolders cat, dog, which are not searched",
                  "datasets/README.md"});
  make_folder("train/0");
  grey("train/0/a.png", 10);
  expect_refused({"no PNG files in " + file("train"), "1 are in its subfolders 0,"});
}

TEST_F(Png, SaysFromWhereARelativePathIsSeen) {
  expect_error(
      ExitCode::data,
      {"no folder pictures (data.path names it, seen from " + std::filesystem::current_path().string()},
      [&] { load(all_of(DataSource::images, "pictures")); });
  expect_error(ExitCode::data, {"no folder ~/pictures", "only a shell replaces the ~"},
               [&] { load(all_of(DataSource::images, "~/pictures")); });
}

/// A chunk whose checksum is not checked.
std::string chunk(std::uint32_t length, const std::string& kind, const std::string& bytes) {
  std::string head;
  for (int shift = 24; shift >= 0; shift -= 8) head += static_cast<char>(length >> shift & 255);
  const std::string body = kind + bytes;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  for (int shift = 24; shift >= 0; shift -= 8)
    head += shift == 24 ? body : "", head += static_cast<char>(sum >> shift & 255);
  return head;
}

// No room may be made for what is only promised.
TEST_F(Png, RefusesSizesThatItsBytesCannotHold) {
  const std::string signature = "\x89PNG\r\n\x1a\n", size("\0\x0f\x42\x40", 4), kind("\x08\0\0\0\0", 5);
  write_bytes(file("a.png"), signature + chunk(13, "IHDR", size + size + kind) + chunk(4, "IDAT", "abcd"));
  expect_refused({"cannot read " + file("a.png"), "its header promises 1000000 x 1000000 pixels",
                  "too short for so many"});
}

TEST_F(Png, LooksAtNoChunkThatItDoesNotNeed) {
  grey("a.png", 10);
  const std::string whole = read_bytes(file("a.png"));
  const std::size_t behind = 33;  // signature and header
  write_bytes(file("a.png"), whole.substr(0, behind) + chunk(3, "gAMA", "abc") + chunk(4, "eXIf", "none") +
                                 whole.substr(behind));
  EXPECT_EQ(load(options()).target[0], 10 / 255.0);
  write_bytes(file("a.png"), whole.substr(0, behind) + chunk(0x7fffffff, "eXIf", "II"));
  expect_refused({"cannot read " + file("a.png")});
}

TEST_F(Png, RefusesFoldersWithoutImages) {
  expect_refused({"no PNG files in " + folder_});
  expect_error(ExitCode::data, {"no folder " + folder_ + "/nowhere"},
               [&] { load(all_of(DataSource::images, folder_ + "/nowhere")); });
}

}  // namespace
}  // namespace zerogap::testing

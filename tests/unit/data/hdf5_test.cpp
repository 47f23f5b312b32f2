// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdlib>
#include <limits>

#include "support.hpp"

namespace zerogap::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Hdf5 : public Folder {
 protected:
  std::string path() const { return file("data.h5"); }
  DataOptions options(double sigma = 0.0) const { return all_of(DataSource::hdf5, path(), sigma); }
  void expect_refused(const std::vector<std::string>& parts) {
    expect_error(ExitCode::data, parts, [&] { load(options()); });
    std::filesystem::remove(path());
  }
};

TEST_F(Hdf5, NoisyAndCleanAreTakenAsGiven) {
  std::vector<double> clean = ramp(24), noisy = ramp(24);
  for (double& value : noisy) value -= 0.3;
  add_doubles(path(), "clean", {2, 4, 3}, clean);
  add_doubles(path(), "noisy", {2, 4, 3}, noisy);
  const Dataset<double> data = load(options(0.5));
  EXPECT_EQ(data.target, clean);
  EXPECT_EQ(data.pixels, noisy);
  EXPECT_EQ(load(options(0.5), Part::test).shape.images, 0);
}

TEST_F(Hdf5, ImagesIsAtMostWhereTheNoiseIsGiven) {
  add_doubles(path(), "clean", {3, 1, 2}, ramp(6));
  DataOptions some = options(0.1);
  some.images = 600;
  expect_error(ExitCode::data, {"data.images asks for 600", "holds 3"}, [&] { load(some); });
  add_doubles(path(), "noisy", {3, 1, 2}, ramp(6));
  EXPECT_EQ(load(some).shape.images, 3);
  some.images = 2;
  EXPECT_EQ(load(some).shape.images, 2);
}

TEST_F(Hdf5, SaysWhereFewerImagesAreThereThanAskedFor) {
  add_doubles(path(), "clean", {3, 1, 2}, ramp(6));
  add_doubles(path(), "noisy", {3, 1, 2}, ramp(6));
  DataOptions some = options();
  some.images = 600;
  EXPECT_THAT(said_by([&] { load(some); }), IsEmpty()) << "the default";
  some.images = 5;
  EXPECT_THAT(said_by([&] { load(some); }), HasSubstr("data.images is 5, but HDF5 file " + path() +
                                                      " holds 3 training images: all of them are taken"));
  some.strict = true;
  expect_error(ExitCode::data, {"data.images is 5", "holds 3"}, [&] { load(some); });
  some.images = 600;
  expect_error(ExitCode::data, {"data.images is 600", "holds 3"}, [&] { load(some); });
}

TEST_F(Hdf5, SaysThatAListIsUsedWhole) {
  add_doubles(path(), "patches", {3, 2}, ramp(6));
  add_doubles(path(), "target", {3}, ramp(3));
  DataOptions some = options();
  some.images = 2;
  EXPECT_THAT(said_by([&] { EXPECT_EQ(load(some).shape.patches, 3); }),
              HasSubstr("data.images is 2, but HDF5 file " + path() + " holds a list of 3 patches"));
  some.strict = true;
  expect_error(ExitCode::data, {"data.images is 2", "a list of 3 patches"}, [&] { load(some); });
}

TEST_F(Hdf5, SaysThatPixelsAreBytes) {
  std::vector<double> bytes = ramp(24);
  for (double& value : bytes) value *= 255.0 * 24 / 23;
  add_array(path(), "clean", H5T_NATIVE_DOUBLE, H5T_IEEE_F32LE, {2, 4, 3}, bytes);
  const auto warning = HasSubstr("warning: clean training pixels in " + path() + " are 0 to 255, and");
  EXPECT_THAT(said_by([&] { load(options()); }), AllOf(warning, HasSubstr("divide them by 255")));
  add_doubles(path(), "test/clean", {1, 4, 3}, std::vector<double>(12, -1000.0));
  EXPECT_THAT(said_by([&] { load(options(), Part::test); }),
              HasSubstr("clean test pixels in " + path() + " are -1000 to -1000"));
}

TEST_F(Hdf5, SaysNothingOfPixelsFromZeroToOneNorOfNormalisedOnes) {
  std::vector<double> bytes = ramp(24);
  for (double& value : bytes) value *= 9.0;
  add_doubles(path(), "clean", {2, 4, 3}, bytes);
  EXPECT_THAT(said_by([&] { load(options()); }), IsEmpty());
  std::filesystem::remove(path());
  for (double& value : bytes) value *= 20.0;
  add_doubles(path(), "clean", {2, 4, 3}, bytes);
  add_doubles(path(), "noisy", {2, 4, 3}, bytes);
  DataOptions normalised = options();
  normalised.normalise = true;
  EXPECT_THAT(said_by([&] { load(normalised); }), IsEmpty()) << "the noise is given, and all else is divided";
}

TEST_F(Hdf5, SaysFromWhereARelativePathIsSeen) {
  expect_error(ExitCode::data,
               {"no file data.h5 (data.path names it, seen from " + std::filesystem::current_path().string()},
               [&] { load(all_of(DataSource::hdf5, "data.h5")); });
}

TEST_F(Hdf5, CleanAloneGetsNoise) {
  add_doubles(path(), "clean", {2, 4, 3}, ramp(24));
  EXPECT_EQ(load(options(0.0)).pixels, ramp(24));
  const Dataset<double> data = load(options(0.5));
  EXPECT_EQ(data.target, ramp(24));
  for (std::size_t k = 0; k < 24; ++k) EXPECT_NE(data.pixels[k], data.target[k]);
}

TEST_F(Hdf5, NumbersOfAnyTypeAreReadByValue) {
  const std::vector<double> values{0, 1, 2, 3, 4, 250};
  for (const hid_t stored : {H5T_IEEE_F32BE, H5T_IEEE_F64LE, H5T_STD_U8LE, H5T_STD_I64BE, H5T_STD_I16LE}) {
    add_array(path(), "clean", H5T_NATIVE_DOUBLE, stored, {1, 2, 3}, values);
    EXPECT_EQ(load(options()).target, values);
    std::filesystem::remove(path());
  }
}

TEST_F(Hdf5, TestGroupIsTheTestPart) {
  add_doubles(path(), "clean", {1, 4, 3}, ramp(12));
  add_doubles(path(), "test/clean", {2, 4, 3}, ramp(24));
  DataOptions every = options();
  EXPECT_EQ(load(every, Part::test).shape.images, 1) << "as many as training images";
  every.test_images = 2;
  EXPECT_EQ(load(every, Part::test).target, ramp(24));
  every.test_images = 0;
  EXPECT_EQ(load(every, Part::test).shape.images, 0);
}

TEST_F(Hdf5, RefusesWrongLayouts) {
  add_doubles(path(), "other", {1}, {1.0});
  expect_refused({"'clean' is missing", "it has other"});
  add_doubles(path(), "noisy", {1, 1, 1}, {1.0});
  expect_refused({"'clean' is missing", "it has noisy"});
  add_doubles(path(), "clean", {4, 3}, ramp(12));
  expect_refused({"'clean'", "wrong shape", "(4, 3) has 2 dimensions, 3 are needed"});
  add_doubles(path(), "clean", {1, 4, 3}, ramp(12));
  add_doubles(path(), "noisy", {1, 3, 4}, ramp(12));
  expect_refused({"differ in shape", "(1, 3, 4) and (1, 4, 3)"});
  add_doubles(path(), "clean", {0, 4, 3}, {});
  expect_refused({"'clean'", "is empty", "(0, 4, 3)"});
  const hid_t text = H5Tcopy(H5T_C_S1);
  add_array(path(), "clean", text, text, {1, 2, 3}, std::vector<char>(6, 'x'));
  H5Tclose(text);
  expect_refused({"holds no numbers"});
}

// Shapes cost nothing in a file, and rooms for what they promise would be made.
TEST_F(Hdf5, RefusesShapesThatItsFileCannotHold) {
  const auto promise = [&](const char* name, const std::vector<hsize_t>& shape, hid_t type = H5T_IEEE_F64LE) {
    const hid_t file = std::filesystem::exists(path())
                           ? H5Fopen(path().c_str(), H5F_ACC_RDWR, H5P_DEFAULT)
                           : H5Fcreate(path().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(how, static_cast<int>(shape.size()), std::vector<hsize_t>(shape.size(), 1).data());
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t array = H5Dcreate2(file, name, type, space, H5P_DEFAULT, how, H5P_DEFAULT);
    EXPECT_GE(array, 0);
    H5Dclose(array), H5Sclose(space), H5Pclose(how), H5Fclose(file);
  };
  promise("clean", {10'000'000'000, 28, 28});
  expect_refused(
      {"'clean' in " + path() + " is larger than its file can be", "(10000000000, 28, 28)", "h5dump -H"});
  const hid_t wide = H5Tcopy(H5T_STD_I64LE);
  constexpr std::size_t bytes = 8000;
  H5Tset_size(wide, bytes);
  H5Tset_precision(wide, 8 * bytes);  // HDF5 1.14 stores no numbers that leave most of their bits unused
  promise("clean", {1, 1, 1}, wide);
  H5Tclose(wide);
  expect_refused({"'clean' in " + path() + " has no standard number type", "each has 8000 bytes"});
  promise("patches", {1'000'000'000'000, 9});
  promise("target", {1'000'000'000'000});
  expect_refused({"'patches' in " + path() + " is larger than its file can be"});
}

TEST_F(Hdf5, NamesTheImageAndPixelThatIsNotFinite) {
  std::vector<double> values = ramp(24);
  values[12 + 2 * 3 + 1] = std::nan("");
  add_doubles(path(), "clean", {2, 4, 3}, values);
  expect_refused({"non-finite", "'clean' of image 1", "nan at row 2, column 1"});
  values[12 + 2 * 3 + 1] = -std::numeric_limits<double>::infinity();
  add_doubles(path(), "clean", {2, 4, 3}, ramp(24));
  add_doubles(path(), "noisy", {2, 4, 3}, values);
  expect_refused({"'noisy' of image 1", "-inf at row 2, column 1"});
  values[19] = 1e300;
  add_doubles(path(), "clean", {2, 4, 3}, values);
  EXPECT_NO_THROW(load(options()));
  expect_error(ExitCode::data, {"non-finite", "image 1"},
               [&] { load_dataset<float>(options(), Part::train, 3, *make_serial(), nullptr); });
}

TEST_F(Hdf5, RefusesFilesThatAreNotWhole) {
  expect_error(ExitCode::data, {"no file " + path(), "data.path"}, [&] { load(options()); });
  write_bytes(path(), "this is no HDF5 file");
  expect_refused({"cannot read " + path(), "HDF5: "});
  add_doubles(path(), "clean", {40, 10, 10}, ramp(4000));
  const std::string whole = read_bytes(path());
  write_bytes(path(), whole.substr(0, whole.size() / 2));
  expect_refused({"cannot read " + path(), "truncated"});
  DataOptions nameless = options();
  nameless.path.clear();
  expect_error(ExitCode::usage, {"data.path is empty"}, [&] { load(nameless); });
}

TEST_F(Hdf5, ListOfPatchesComesInGroups) {
  const hsize_t count = 200, length = 2;  // groups of 200 / 64 = 3, 67 of them, the last with 2 patches
  add_doubles(path(), "patches", {count, length}, ramp(count * length));
  add_doubles(path(), "target", {count}, ramp(count));
  const Dataset<double> data = load(options(), Part::train, 3);
  EXPECT_TRUE(data.shape.patch_list);
  EXPECT_EQ(data.shape.images, 67);
  EXPECT_EQ(data.shape.width, 3);
  EXPECT_EQ(data.shape.height, 1);
  EXPECT_EQ(data.shape.patches, 200);
  EXPECT_EQ(data.side, 0);
  EXPECT_EQ(data.source().length, 2);
  EXPECT_EQ(data.source().stride(), 6);
  std::vector<double> patches = ramp(count * length), target = ramp(count);
  patches.resize(67 * 6, 0.0);
  target.resize(67 * 3, 0.0);
  EXPECT_EQ(data.pixels, patches);
  EXPECT_EQ(data.target, target);
  EXPECT_EQ(load(options(), Part::test).shape.patches, 0);
  EXPECT_EQ(inspect_dataset(options(), Part::train).images, 67);
}

TEST_F(Hdf5, SharesOfAListAreItsGroups) {
  add_doubles(path(), "patches", {200, 2}, ramp(400));
  add_doubles(path(), "target", {200}, ramp(200));
  const Dataset<double> whole = load(options());
  std::vector<Dataset<double>> shares(3);
  for (int rank = 0; rank < 3; ++rank) {
    LoneRank axis(rank, 3);
    shares[rank] = load_dataset<double>(options(), Part::train, 1, axis, nullptr);
  }
  std::vector<double> patches, target;
  for (const Dataset<double>& share : shares) {
    patches.insert(patches.end(), share.pixels.begin(), share.pixels.end());
    target.insert(target.end(), share.target.begin(), share.target.end());
  }
  EXPECT_EQ(patches, whole.pixels);
  EXPECT_EQ(target, whole.target);
}

TEST_F(Hdf5, RefusesWrongListsOfPatches) {
  add_doubles(path(), "patches", {3, 2}, ramp(6));
  expect_refused({"'target' is missing"});
  add_doubles(path(), "patches", {3, 2}, ramp(6));
  add_doubles(path(), "target", {2}, ramp(2));
  expect_refused({"does not fit", "2 values for 3 patches"});
  add_doubles(path(), "patches", {6}, ramp(6));
  expect_refused({"wrong shape", "(6) has 1 dimensions, 2 are needed"});
  add_doubles(path(), "patches", {3, 2}, {0, 1, 2, 3, std::nan(""), 5});
  add_doubles(path(), "target", {3}, ramp(3));
  expect_refused({"'patches'", "nan at row 2, column 0"});
  add_doubles(path(), "patches", {3, 2}, ramp(6));
  add_doubles(path(), "target", {3}, ramp(3));
  DataOptions normalised = options();
  normalised.normalise = true;
  expect_error(ExitCode::usage, {"data.normalise needs images"}, [&] { load(normalised); });
}

TEST(Golden, PatchesAreThoseOfTheReference) {
  const char* root = std::getenv("ZEROGAP_GOLDEN_DIR");
  if (root == nullptr) GTEST_SKIP() << "needs ZEROGAP_GOLDEN_DIR, the folder of reference cases";
  const std::string folder =
      std::filesystem::exists(std::string(root) + "/cases") ? std::string(root) + "/cases" : root;
  const Dataset<double> data = load(all_of(DataSource::hdf5, folder + "/small/data.h5"), Part::train, 3);
  std::vector<double> expected(40 * 9);
  const hid_t file = H5Fopen((folder + "/small/expected.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t array = H5Dopen2(file, "patches", H5P_DEFAULT);
  ASSERT_GE(H5Dread(array, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, expected.data()), 0);
  H5Dclose(array), H5Fclose(file);

  const PatchSource<double> source = data.source();
  std::vector<double> cut;
  for (std::int64_t image = 0; image < source.images; ++image)
    for (int y = 0; y < source.height; ++y)
      for (int x = 0; x < source.width; ++x)
        for (int k = 0; k < source.length; ++k)
          cut.push_back(
              source.pixels[image * source.stride() + (y + k / 3) * (source.width + 2) + x + k % 3]);
  EXPECT_EQ(cut, expected);
}

}  // namespace
}  // namespace zerogap::testing

// SPDX-License-Identifier: Apache-2.0
// Numbers that a file promises and that are not there: HDF5 reads its fill value for them, without a word.

#include <sys/file.h>
#include <unistd.h>

#include <fcntl.h>
#include <cstdlib>

#include "support.hpp"

namespace zerogap::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A variable of the environment, for the time of a test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

class Hdf5Stored : public Folder {
 protected:
  std::string path() const { return file("data.h5"); }
  DataOptions options() const { return all_of(DataSource::hdf5, path()); }
  void expect_refused(const std::vector<std::string>& parts) const {
    expect_error(ExitCode::data, parts, [&] { load(options()); });
    expect_error(ExitCode::data, parts, [&] { inspect_dataset(options(), Part::train); });
  }

  /// An array `clean` of doubles by a creation list; `values` for its first rows.
  void create(hid_t plist, const std::vector<hsize_t>& shape, const std::vector<double>& values = {}) const {
    const hid_t file = H5Fcreate(path().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t array = H5Dcreate2(file, "clean", H5T_IEEE_F64LE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    ASSERT_GE(array, 0);
    if (!values.empty()) {
      std::vector<hsize_t> start(shape.size(), 0), count = shape;
      count[0] = values.size() / (shape[1] * shape[2]);
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
      const hsize_t total = values.size();
      const hid_t memory = H5Screate_simple(1, &total, nullptr);
      ASSERT_GE(H5Dwrite(array, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values.data()), 0);
      H5Sclose(memory);
    }
    H5Dclose(array), H5Sclose(space), H5Pclose(plist), H5Fclose(file);
  }

  /// Two images of 3 x 4 pixels a source, one source after the other, of `images` images in all.
  void create_virtual(const std::vector<std::string>& sources, hsize_t images,
                      const char* array = "x") const {
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t all[3] = {images, 3, 4}, one[3] = {2, 3, 4};
    const hid_t space = H5Screate_simple(3, all, nullptr), source = H5Screate_simple(3, one, nullptr);
    const hsize_t corner[3] = {0, 0, 0};
    H5Sselect_hyperslab(source, H5S_SELECT_SET, corner, nullptr, one, nullptr);
    for (std::size_t k = 0; k < sources.size(); ++k) {
      const hsize_t start[3] = {2 * k, 0, 0};
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, one, nullptr);
      ASSERT_GE(H5Pset_virtual(plist, space, sources[k].c_str(), array, source), 0);
    }
    H5Sclose(space), H5Sclose(source);
    create(plist, {images, 3, 4});
  }
};

TEST_F(Hdf5Stored, VirtualImagesComeFromTheirSources) {
  add_doubles(file("a.h5"), "x", {2, 3, 4}, ramp(24));
  add_doubles(file("b.h5"), "x", {2, 3, 4}, ramp(24));
  create_virtual({"a.h5", "b.h5"}, 4);
  std::vector<double> twice = ramp(24);
  twice.insert(twice.end(), twice.begin(), twice.begin() + 24);
  EXPECT_THAT(said_by([&] { EXPECT_EQ(load(options()).target, twice); }), IsEmpty());
}

TEST_F(Hdf5Stored, RefusesVirtualImagesWithoutTheirSources) {
  add_doubles(file("a.h5"), "x", {2, 3, 4}, ramp(24));
  create_virtual({"a.h5", "gone.h5"}, 4);
  expect_refused({"'x' in gone.h5, a source of 'clean' in " + path() + ", is missing", "HDF5_VDS_PREFIX"});
  make_folder("elsewhere");
  add_doubles(file("elsewhere/gone.h5"), "x", {2, 3, 4}, ramp(24));
  const Variable prefix("HDF5_VDS_PREFIX", file("elsewhere"));
  EXPECT_EQ(load(options()).target[47], 23 / 24.0);
}

TEST_F(Hdf5Stored, RefusesVirtualImagesWhoseSourcesAreOthers) {
  create_virtual({"a.h5"}, 2);
  add_doubles(file("a.h5"), "other", {2, 3, 4}, ramp(24));
  expect_refused({"'x' in " + file("a.h5") + ", a source of 'clean'", "HDF5: "});
  std::filesystem::remove(file("a.h5"));
  add_doubles(file("a.h5"), "x", {1, 3, 4}, ramp(12));
  expect_refused(
      {"'x' in a.h5, a source of 'clean'", "is shorter than it was", "2 entries are mapped, and it has 1"});
  write_bytes(file("a.h5"), "no HDF5 file");
  expect_refused({"a source of 'clean'", "HDF5: "});
}

TEST_F(Hdf5Stored, SourcesOfSourcesAreSeen) {
  create_virtual({"gone.h5"}, 2);
  std::filesystem::rename(path(), file("middle.h5"));
  create_virtual({"middle.h5"}, 2, "clean");
  expect_refused({"'x' in gone.h5, a source of 'clean' in " + file("middle.h5"), "is missing"});
}

TEST_F(Hdf5Stored, SaysWhatNoSourceStandsFor) {
  add_doubles(file("a.h5"), "x", {2, 3, 4}, ramp(24));
  create_virtual({"a.h5"}, 5);
  EXPECT_THAT(
      said_by([&] { load(options()); }),
      HasSubstr("'clean' in " + path() + " is incomplete (at least 36 of its 60 numbers have no source)"));
}

TEST_F(Hdf5Stored, EveryFileOfANumberedSourceIsNeeded) {
  const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t all[3] = {6, 3, 4}, most[3] = {H5S_UNLIMITED, 3, 4}, one[3] = {2, 3, 4};
  const hsize_t start[3] = {0, 0, 0}, stride[3] = {2, 1, 1}, count[3] = {H5S_UNLIMITED, 1, 1};
  const hid_t space = H5Screate_simple(3, all, most), source = H5Screate_simple(3, one, nullptr);
  ASSERT_GE(H5Sselect_hyperslab(space, H5S_SELECT_SET, start, stride, count, one), 0);
  ASSERT_GE(H5Pset_virtual(plist, space, "part%b.h5", "x", source), 0);
  const hid_t handle = H5Fcreate(path().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Dclose(H5Dcreate2(handle, "clean", H5T_IEEE_F64LE, space, H5P_DEFAULT, plist, H5P_DEFAULT));
  H5Sclose(space), H5Sclose(source), H5Pclose(plist), H5Fclose(handle);
  for (const char* part : {"part0.h5", "part1.h5", "part2.h5"})
    add_doubles(file(part), "x", {2, 3, 4}, ramp(24));
  EXPECT_EQ(load(options()).shape.images, 6);
  std::filesystem::remove(file("part1.h5"));
  expect_refused({"'x' in part1.h5, a source of 'clean'", "is missing"});
}

TEST_F(Hdf5Stored, RefusesExternalFilesThatAreGoneOrCutOff) {
  const std::string raw = file("raw.bin");
  const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(plist, raw.c_str(), 16, H5F_UNLIMITED);
  create(plist, {2, 3, 4}, ramp(24));
  EXPECT_THAT(said_by([&] { EXPECT_EQ(load(options()).target, ramp(24)); }), IsEmpty());
  const std::string whole = read_bytes(raw);
  ASSERT_EQ(whole.size(), 16U + 192);
  write_bytes(raw, whole.substr(0, 100));
  expect_refused({"stores its values in " + raw + ", which is truncated", "it holds 100 bytes of 208"});
  std::filesystem::remove(raw);
  expect_refused(
      {"stores its values in " + raw + ", which cannot be read", "No such file", "HDF5_EXTFILE_PREFIX"});
}

TEST_F(Hdf5Stored, CountsChunksThatWereNeverWritten) {
  const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[3] = {2, 3, 4};
  const double fill = 0.5;
  H5Pset_chunk(plist, 3, chunk);
  H5Pset_fill_value(plist, H5T_NATIVE_DOUBLE, &fill);
  create(plist, {7, 3, 4}, ramp(24));
  const auto warning =
      HasSubstr("warning: 'clean' in " + path() +
                " is incomplete (3 of its 4 chunks were never written), and is read as 0.5 there");
  EXPECT_THAT(said_by([&] { EXPECT_EQ(load(options()).target[24], 0.5); }), warning);
  EXPECT_THAT(said_by([&] { load(options()); }), IsEmpty()) << "once a process";
}

TEST_F(Hdf5Stored, RefusesWhatHoldsNothing) {
  const std::string words = "'clean' in " + path() + " is incomplete (none of it was ever written)";
  create(H5Pcreate(H5P_DATASET_CREATE), {2, 3, 4});
  expect_refused({words});
  const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[3] = {2, 3, 4};
  const double fill = 0.5;
  H5Pset_chunk(plist, 3, chunk);
  H5Pset_fill_value(plist, H5T_NATIVE_DOUBLE, &fill);
  create(plist, {7, 3, 4});
  expect_refused({words});
}

TEST_F(Hdf5Stored, RefusesHolesThatNoValueStandsFor) {
  const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[3] = {2, 3, 4};
  H5Pset_chunk(plist, 3, chunk);
  H5Pset_fill_time(plist, H5D_FILL_TIME_NEVER);
  create(plist, {7, 3, 4}, ramp(24));
  expect_refused({"'clean' in " + path() + " is incomplete", "3 of its 4 chunks were never written"});
}

TEST_F(Hdf5Stored, TheTestPartIsLookedAtToo) {
  add_doubles(path(), "clean", {2, 3, 4}, ramp(24));
  const hid_t file = H5Fopen(path().c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t group = H5Gcreate2(file, "test", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t shape[3] = {2, 3, 4};
  const hid_t space = H5Screate_simple(3, shape, nullptr);
  H5Dclose(H5Dcreate2(group, "clean", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(space), H5Gclose(group), H5Fclose(file);
  EXPECT_THAT(said_by([&] { load(options()); }), Not(HasSubstr("incomplete")));
  expect_error(ExitCode::data, {"'test/clean' in " + path() + " is incomplete"},
               [&] { load(options(), Part::test); });
}

// What h5py calls lzf is such a filter: known where it was written only.
TEST_F(Hdf5Stored, NamesAFilterThatIsNotThere) {
  constexpr H5Z_filter_t kOwn = 301;
  const H5Z_class2_t filter{
      H5Z_CLASS_T_VERS,
      kOwn,
      1,
      1,
      "lzf",
      nullptr,
      nullptr,
      [](unsigned, std::size_t, const unsigned[], std::size_t bytes, std::size_t*, void**) { return bytes; }};
  H5Zregister(&filter);
  const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[3] = {2, 3, 4};
  H5Pset_chunk(plist, 3, chunk);
  H5Pset_filter(plist, kOwn, H5Z_FLAG_OPTIONAL, 0, nullptr);
  create(plist, {2, 3, 4}, ramp(24));
  H5Zunregister(kOwn);
  expect_error(ExitCode::data, {"cannot read 'clean' in " + path(), "filter 'lzf' is not registered", "gzip"},
               [&] { load(options()); });
}

TEST_F(Hdf5Stored, SaysThatAFileIsLocked) {
  add_doubles(path(), "clean", {2, 3, 4}, ramp(24));
  const int held = ::open(path().c_str(), O_RDWR);
  ASSERT_EQ(::flock(held, LOCK_EX | LOCK_NB), 0);
  expect_refused({"cannot read " + path(), "unable to lock file", "close the program that has the file open",
                  "HDF5_USE_FILE_LOCKING=FALSE"});
  ::close(held);
  EXPECT_EQ(load(options()).shape.images, 2);
}

TEST_F(Hdf5Stored, SaysThatAFileWasNotClosed) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  const hid_t handle = H5Fcreate(path().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  H5Fflush(handle, H5F_SCOPE_GLOBAL);
  const std::string torn = read_bytes(path());
  H5Pclose(access), H5Fclose(handle);
  std::filesystem::remove(path());
  write_bytes(path(), torn);
  expect_refused({"cannot read " + path(), "already open for write", "h5clear -s FILE"});
}

}  // namespace
}  // namespace zerogap::testing

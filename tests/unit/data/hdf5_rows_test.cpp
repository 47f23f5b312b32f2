// SPDX-License-Identifier: Apache-2.0
// Chunks that span many rows are decompressed once, however the rows are read: counted by a filter that
// stands for compression, not timed.

#include "data/hdf5_rows.hpp"

#include "data/dataset_plan.hpp"
#include "data/hdf5_file.hpp"
#include "support.hpp"

namespace zerogap::testing {
namespace {

constexpr H5Z_filter_t kCounting = 300;  // of HDF5's numbers for tests

int decoded = 0;

/// Leaves bytes as they are, and counts the chunks that it is given to undo.
std::size_t count_chunks(unsigned flags, std::size_t, const unsigned[], std::size_t bytes, std::size_t*,
                         void**) {
  if ((flags & H5Z_FLAG_REVERSE) != 0) ++decoded;
  return bytes;
}

class Hdf5RowsTest : public Folder {
 protected:
  Hdf5RowsTest() {
    const H5Z_class2_t filter{H5Z_CLASS_T_VERS, kCounting, 1, 1, "counting", nullptr, nullptr, count_chunks};
    H5Zregister(&filter);
  }
  ~Hdf5RowsTest() override { H5Zunregister(kCounting); }

  std::string path() const { return file("data.h5"); }

  /// ramp() in chunks that count; returns how many chunks there are.
  int write(const std::string& name, const std::vector<hsize_t>& shape,
            const std::vector<hsize_t>& chunk) const {
    std::size_t numbers = 1;
    int chunks = 1;
    for (std::size_t d = 0; d < shape.size(); ++d) {
      numbers *= shape[d];
      chunks *= static_cast<int>((shape[d] + chunk[d] - 1) / chunk[d]);
    }
    const hid_t file = std::filesystem::exists(path())
                           ? H5Fopen(path().c_str(), H5F_ACC_RDWR, H5P_DEFAULT)
                           : H5Fcreate(path().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plist, static_cast<int>(chunk.size()), chunk.data());
    H5Pset_filter(plist, kCounting, H5Z_FLAG_MANDATORY, 0, nullptr);
    const hid_t array =
        H5Dcreate2(file, name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    const std::vector<double> values = ramp(numbers);
    EXPECT_GE(H5Dwrite(array, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    H5Dclose(array), H5Pclose(plist), H5Sclose(space), H5Fclose(file);
    decoded = 0;
    return chunks;
  }

  DataOptions options() const { return all_of(DataSource::hdf5, path()); }

  /// Reads rows of `clean` one at a time, with room for so many numbers.
  std::vector<double> read_with(Hdf5Rows::Room room, const std::vector<std::uint64_t>& chunk,
                                const std::vector<Range>& rows, std::int64_t numbers) const {
    const hid_t file = H5Fopen(path().c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    std::vector<double> out;
    {
      Hdf5Rows reader(hdf5::Handle(H5Dopen2(file, "clean", H5P_DEFAULT)), "clean", chunk, room);
      reader.expect(rows);
      for (const Range& range : rows)
        for (std::int64_t row = range.first; row < range.last; ++row) {
          out.resize(out.size() + static_cast<std::size_t>(numbers));
          reader.read(row, 1, std::span(out).last(static_cast<std::size_t>(numbers)));
        }
    }
    H5Fclose(file);
    return out;
  }
};

// 3.2 MiB of numbers: three times what HDF5 keeps of an array by itself. Read image by image, each of the 112
// chunks was decompressed 100 times.
TEST_F(Hdf5RowsTest, EveryChunkIsDecompressedOnce) {
  const int chunks = write("clean", {400, 32, 32}, {100, 8, 5});
  ASSERT_EQ(chunks, 112);
  EXPECT_EQ(load(options()).target, ramp(400 * 32 * 32));
  EXPECT_EQ(decoded, chunks);
}

TEST_F(Hdf5RowsTest, ASelectionReadsNoMoreThanTheChunksThatItTouches) {
  const int chunks = write("clean", {400, 32, 32}, {100, 8, 5});
  const std::vector<double> all = load(options()).target;
  decoded = 0;
  DataOptions some = options();
  some.images = 40;
  const Dataset<double> data = load(some);
  EXPECT_EQ(decoded, chunks);
  const auto selected = plan_dataset(some, Part::train).selected;
  for (std::size_t k = 0; k < 40; ++k)
    ASSERT_TRUE(std::equal(data.target.begin() + k * 1024, data.target.begin() + (k + 1) * 1024,
                           all.begin() + selected[k] * 1024));
}

TEST_F(Hdf5RowsTest, RanksShareTheChunksThatTheirSharesTouch) {
  const int chunks = write("clean", {400, 32, 32}, {100, 8, 5});
  std::vector<double> target;
  for (int rank = 0; rank < 3; ++rank) {
    LoneRank axis(rank, 3);
    const Dataset<double> share = load_dataset<double>(options(), Part::train, 1, axis, nullptr);
    target.insert(target.end(), share.target.begin(), share.target.end());
  }
  EXPECT_EQ(target, ramp(400 * 32 * 32));
  EXPECT_EQ(decoded, chunks + chunks / 2)
      << "ranks 0 and 1 both touch the second row of chunks, 1 and 2 the third";
}

TEST_F(Hdf5RowsTest, NoisyAndCleanAndListsOfPatchesAreReadSo) {
  int chunks = write("clean", {400, 32, 32}, {100, 8, 5});
  chunks += write("noisy", {400, 32, 32}, {400, 4, 32});
  EXPECT_EQ(load(options()).pixels, ramp(400 * 32 * 32));
  EXPECT_EQ(decoded, chunks);
  std::filesystem::remove(path());
  chunks = write("patches", {60000, 9}, {15000, 1});
  chunks += write("target", {60000}, {7000});
  const Dataset<double> data = load(options());
  EXPECT_EQ(decoded, chunks);
  EXPECT_TRUE(std::equal(data.pixels.begin(), data.pixels.begin() + 540000, ramp(540000).begin()));
}

TEST_F(Hdf5RowsTest, LittleRoomChangesNothingThatIsRead) {
  write("clean", {60, 6, 7}, {25, 4, 3});
  const std::vector<double> all = ramp(60 * 42);
  for (const std::int64_t slab : {1, 50, 300, 5000})
    for (const std::int64_t rows : {1, 42, 400, 100000}) {
      EXPECT_EQ(read_with({rows, slab}, {25, 4, 3}, {{0, 60}}, 42), all) << rows << ", " << slab;
    }
  const std::vector<double> some = read_with({84, 300}, {25, 4, 3}, {{3, 5}, {24, 26}, {59, 60}}, 42);
  std::vector<double> expected;
  for (const int row : {3, 4, 24, 25, 59})
    expected.insert(expected.end(), all.begin() + row * 42, all.begin() + (row + 1) * 42);
  EXPECT_EQ(some, expected);
}

TEST_F(Hdf5RowsTest, RowsThatNobodyExpectedAreReadToo) {
  write("clean", {60, 6, 7}, {25, 4, 3});
  const Hdf5Arrays file = Hdf5Arrays::open(path());
  std::vector<double> row(42);
  for (const int k : {59, 0, 30, 29}) {
    file.read_rows("clean", k, 1, row);
    for (int n = 0; n < 42; ++n) ASSERT_EQ(row[n], (k * 42 + n) / 2520.0);
  }
}

TEST_F(Hdf5RowsTest, AChunkThatIsLargerThanASlabIsStillDecompressedOnce) {
  ASSERT_LT(Hdf5Rows::Room{}.slab, 10 * 512 * 512);
  write("clean", {10, 512, 512}, {10, 512, 512});
  EXPECT_EQ(load(options()).target, ramp(10 * 512 * 512));
  EXPECT_EQ(decoded, 1);
}

}  // namespace
}  // namespace zerogap::testing

// SPDX-License-Identifier: Apache-2.0
// Which generation is taken, and which are removed.

#include <gmock/gmock.h>

#include "unit/checkpoint/sample.hpp"

namespace zerogap {
namespace {

using ::testing::ElementsAre;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Sample;

class Generations : public ::testing::Test {
 protected:
  void write(std::int64_t number) {
    write_checkpoint(generation_path(folder.path(), number), Sample(0, 1, number).contents, *world);
  }
  void truncate(std::int64_t number) {
    std::filesystem::resize_file(generation_path(folder.path(), number), 700);
  }
  /// Changes a value of dual/w, which only the checksum notices.
  void alter(std::int64_t number) {
    const auto file = generation_path(folder.path(), number);
    std::string bytes = testing::bytes_of(file);
    const double value = Sample::value(1, 5);
    bytes.at(bytes.find(std::string(reinterpret_cast<const char*>(&value), sizeof value))) ^= 4;
    testing::put_bytes(file, bytes);
  }
  std::string newest() {
    skipped.clear();
    return latest_valid(folder.path(), *world, skipped).filename().string();
  }
  std::vector<std::int64_t> numbers() const {
    std::vector<std::int64_t> all;
    for (const Generation& generation : list_generations(folder.path())) all.push_back(generation.number);
    return all;
  }

  Folder folder;
  std::unique_ptr<Communicator> world = make_serial();
  std::vector<std::string> skipped;
};

TEST_F(Generations, OnlyTheirNamesAreListed) {
  for (const char* name : {"00000010.h5", "00000009.h5", "123456789.h5", "7.h5", "000000011.h5", "best.h5",
                           ".00000012.h5.0badcafe.writing", "00000013.h5~", "-0000001.h5", "00000014.txt"})
    testing::put_bytes(folder / name, "");
  EXPECT_THAT(numbers(), ElementsAre(9, 10, 123456789));
  EXPECT_EQ(generation_path("d", 123456789).string(), "d/123456789.h5");
  EXPECT_THAT(list_generations(folder / "absent"), IsEmpty());
}

TEST_F(Generations, TheNewestWholeOneIsTaken) {
  EXPECT_EQ(newest(), "");
  for (const int number : {1, 2, 3, 4}) write(number);
  EXPECT_EQ(newest(), "00000004.h5");
  EXPECT_THAT(skipped, IsEmpty());
  truncate(4);
  alter(3);
  EXPECT_EQ(newest(), "00000002.h5");
  EXPECT_THAT(skipped, ElementsAre(HasSubstr("00000004.h5 (truncated"), HasSubstr("00000003.h5 (corrupted")));
  truncate(2);
  truncate(1);
  EXPECT_EQ(newest(), "");
  EXPECT_EQ(skipped.size(), 4u);
}

// Not even HDF5 gets to see one: damaged bytes have made it crash.
TEST_F(Generations, OneWithoutItsSealIsNotWholeWhateverItIs) {
  write(1);
  testing::put_bytes(generation_path(folder.path(), 2), "no HDF5 file, and nobody has to look");
  EXPECT_EQ(newest(), "00000001.h5");
  EXPECT_THAT(skipped,
              ElementsAre(HasSubstr(
                  "00000002.h5 (truncated or corrupted: its last bytes, the metadata checksum, are missing); "
                  "use an older generation")));
}

TEST_F(Generations, PruningCountsWholeOnesOnly) {
  for (const int number : {1, 2, 3, 4, 5, 6}) write(number);
  alter(1);
  truncate(5);
  testing::put_bytes(folder / ".00000007.h5.0badcafe.writing", "half");
  testing::put_bytes(folder / "note.txt", "mine");
  prune_generations(folder.path(), 2);
  EXPECT_THAT(numbers(), ElementsAre(1, 4, 5, 6));
  EXPECT_THAT(testing::names_in(folder.path()),
              ElementsAre("00000001.h5", "00000004.h5", "00000005.h5", "00000006.h5", "note.txt"));
  prune_generations(folder.path(), 0);  // one always stays
  EXPECT_THAT(numbers(), ElementsAre(1, 5, 6));
  EXPECT_EQ(newest(), "00000006.h5");
  prune_generations(folder / "absent", 2);
}

TEST_F(Generations, AStaleTemporaryFileIsNoObstacle) {
  testing::put_bytes(folder / ".00000001.h5.0badcafe.writing", "half");
  testing::put_bytes(folder / ".00000002.h5.0badcafe.writing", "another's");
  write(1);
  EXPECT_THAT(testing::names_in(folder.path()), ElementsAre(".00000002.h5.0badcafe.writing", "00000001.h5"));
}

}  // namespace
}  // namespace zerogap

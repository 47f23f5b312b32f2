// SPDX-License-Identifier: Apache-2.0
// Checkpoints written by several ranks together: the same file as one rank writes, or the same error on all.

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "comm/mpi.hpp"
#include "support/small_disk.hpp"
#include "unit/checkpoint/sample.hpp"

namespace zerogap {
namespace {

using ::testing::AllOf;
using testing::bytes_of;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::error_of;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Sample;

/// While it lives, this rank cannot write beyond so many bytes of any file, as on a disk that is full for it
/// alone.
class WriteLimit {
 public:
  explicit WriteLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~WriteLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  WriteLimit(const WriteLimit&) = delete;
  WriteLimit& operator=(const WriteLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

class ParallelCheckpoint : public ::testing::Test {
 protected:
  ParallelCheckpoint() {
    static const MpiSession session(nullptr, nullptr);
    world = session.world();
    rank = world->rank();
    size = world->size();
    if (rank == 0) made = std::make_unique<Folder>();
    path = world->broadcast(rank == 0 ? made->path().string() : "", 0);
  }
  ~ParallelCheckpoint() override { world->barrier(); }  // rank 0 removes the folder

  std::filesystem::path file(std::int64_t number) const { return generation_path(path, number); }
  /// Every rank's error of writing its part of a sample.
  std::vector<std::string> write(const std::filesystem::path& to, const Sample& sample) {
    return world->all_gather_text(error_of([&] { write_checkpoint(to, sample.contents, *world); }));
  }
  /// A folder on a disk that rank 0 mounted for itself alone; the kernel lets others reach it through rank
  /// 0's root.
  std::filesystem::path shared(const test::SmallDisk* disk) {
    const std::string own =
        rank == 0 ? fmt::format("/proc/{}/root{}", ::getpid(), disk->path().string()) : "";
    return world->broadcast(own, 0);
  }
  std::unique_ptr<test::SmallDisk> mount(std::size_t bytes, std::string& reason) {
    auto disk = rank == 0 ? std::make_unique<test::SmallDisk>(bytes) : nullptr;
    reason = world->broadcast(rank == 0 ? disk->reason() : "", 0);
    return disk;
  }

  std::unique_ptr<Communicator> world;
  int rank = 0, size = 1;
  std::unique_ptr<Folder> made;
  std::filesystem::path path;
};

TEST_F(ParallelCheckpoint, IsTheFileThatOneRankWrites) {
  for (const std::uint64_t blocks :
       {0, 1, 3, 13, 1000}) {  // fewer blocks than ranks, none, and uneven shares
    const Sample part(rank, size, 7, blocks);
    const auto together = path / fmt::format("together{}.h5", blocks),
               alone = path / fmt::format("alone{}.h5", blocks);
    EXPECT_THAT(write(together, part), Each("none"));
    if (rank == 0) write_checkpoint(alone, Sample(0, 1, 7, blocks).contents, *make_serial());
    world->barrier();
    const CheckpointReader reader(together);
    testing::expect_sample(reader, 7, blocks);
    EXPECT_EQ(reader.checksum(), CheckpointReader(alone).checksum());
    EXPECT_EQ(bytes_of(together), bytes_of(alone));
  }
}

TEST_F(ParallelCheckpoint, PartsOfTheRanksToo) {
  // Groups of ranks write files of their own at the same time, as cells of a sweep do.
  const auto half = world->split(rank % 2);
  const auto to = path / fmt::format("part{}.h5", rank % 2);
  write_checkpoint(to, Sample(half->rank(), half->size()).contents, *half);
  testing::expect_sample(CheckpointReader(to));
}

TEST_F(ParallelCheckpoint, AllThrowWhenOneRankCannotWrite) {
  const Sample part(rank, size, 7, 5000);
  std::vector<std::string> errors;
  {
    const auto limit = rank == size - 1 ? std::make_unique<WriteLimit>(1000) : nullptr;
    errors = write(file(1), part);
  }
  EXPECT_THAT(errors, Each(AllOf(HasSubstr("3: cannot"), errors[0])));
  if (size > 1) {
    EXPECT_THAT(errors[0], HasSubstr(fmt::format(" [seen by rank {}]", size - 1)));
  }
  EXPECT_THAT(testing::names_in(path), IsEmpty());
  world->barrier();
  EXPECT_THAT(write(file(1), part), Each("none"));
  testing::expect_sample(CheckpointReader(file(1)), 7, 5000);
}

TEST_F(ParallelCheckpoint, AllThrowWhenTheFolderIsMissingOrTheFileThere) {
  const Sample part(rank, size);
  EXPECT_THAT(write(path / "no" / "x.h5", part), Each(HasSubstr("does not exist")));
  EXPECT_THAT(write(file(1), part), Each("none"));
  EXPECT_THAT(write(file(1), part), Each(HasSubstr("3: will not overwrite")));
  EXPECT_THAT(testing::names_in(path), ElementsAre("00000001.h5"));
}

TEST_F(ParallelCheckpoint, AllThrowWhenTheContentsDoNotFitTogether) {
  Sample odd(rank, size, size > 1 && rank == size - 1 ? 8 : 7);
  if (size > 1) {
    const auto differ =
        fmt::format("4: these contents cannot make a checkpoint (ranks 0 and {} differ", size - 1);
    EXPECT_THAT(write(file(1), odd), Each(HasSubstr(differ)));
  }
  Sample gap(rank, size);
  if (rank == size - 1) gap.contents.arrays[0].rows -= 1;
  EXPECT_THAT(write(file(1), gap), Each(HasSubstr("row 12 of dual/w is given by no rank")));
  Sample twice(rank, size);
  twice.contents.arrays[4].first = 0;  // the scalar, by every rank
  twice.contents.arrays[4].rows = 1;
  const double value = 1;
  twice.contents.arrays[4].values = &value;
  if (size > 1) {
    EXPECT_THAT(write(file(1), twice), Each(HasSubstr("by two ranks")));
  }
  EXPECT_THAT(testing::names_in(path), IsEmpty());
}

TEST_F(ParallelCheckpoint, AllThrowWhenTheDiskIsFullOrReadOnly) {
  std::string reason;
  const auto disk = mount(1 << 20, reason);
  if (!reason.empty()) GTEST_SKIP() << reason;
  const auto folder = shared(disk.get());
  EXPECT_THAT(write(folder / "1.h5", Sample(rank, size)), Each("none"));
  EXPECT_THAT(write(folder / "2.h5", Sample(rank, size, 7, 100'000)),
              Each(AllOf(HasSubstr("3: too little space"), HasSubstr("needed"))));
  if (rank == 0) disk->make_read_only();
  world->barrier();
  EXPECT_THAT(write(folder / "2.h5", Sample(rank, size)), Each(HasSubstr("Read-only file system")));
  EXPECT_THAT(testing::names_in(folder), ElementsAre("1.h5"));
  testing::expect_sample(CheckpointReader(folder / "1.h5"));
  world->barrier();
}

TEST_F(ParallelCheckpoint, AllThrowWhenOneHostHasAFolderOfItsOwn) {
  // With what a killed writer left there: it must not be taken for the file that rank 0 makes.
  if (size == 1) GTEST_SKIP() << "needs two ranks";
  const auto folder = path / "node";
  if (rank == 0) std::filesystem::create_directory(folder);
  world->barrier();
  const bool apart = rank == size - 1;
  const bool mounted = !apart || (::unshare(CLONE_NEWNS) == 0 &&
                                  ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                                  ::mount("zerogap", folder.c_str(), "tmpfs", 0, "size=1m") == 0);
  if (world->max(std::int64_t{mounted ? 0 : 1}) != 0) GTEST_SKIP() << "needs the right to mount";
  if (apart)
    for (const char* name : {".1.h5.writing", ".1.h5.0badcafe.writing"})
      testing::put_bytes(folder / name, std::string(10'000, 'x'));
  EXPECT_THAT(write(folder / "1.h5", Sample(rank, size)),
              Each(AllOf(HasSubstr("a rank cannot open the file that rank 0 just made"),
                         HasSubstr("a file system that all hosts share"))));
  if (apart) ::umount2(folder.c_str(), MNT_DETACH);
  EXPECT_THAT(testing::names_in(folder), IsEmpty());
  world->barrier();
}

TEST_F(ParallelCheckpoint, AllTakeTheSameGeneration) {
  std::vector<std::string> skipped;
  EXPECT_EQ(latest_valid(path, *world, skipped), "");
  for (const int number : {1, 2}) write_checkpoint(file(number), Sample(rank, size, number).contents, *world);
  if (rank == 0) std::filesystem::resize_file(file(2), 900);
  EXPECT_EQ(latest_valid(path, *world, skipped), file(1));
  EXPECT_THAT(skipped, ElementsAre(HasSubstr("00000002.h5 (truncated")));
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
// Disks that fill up, calls that fail, and processes that are killed while a checkpoint is written: the
// generations before it stay, and the new one is complete or absent.

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "faults/failing_calls.hpp"
#include "support/small_disk.hpp"
#include "unit/checkpoint/sample.hpp"

namespace zerogap {
namespace {

using test::Fault;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::error_of;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Sample;
using ::testing::StartsWith;

const std::unique_ptr<Communicator> world = make_serial();

void write(const std::filesystem::path& folder, std::int64_t number, std::uint64_t blocks = 13) {
  write_checkpoint(generation_path(folder, number), Sample(0, 1, number, blocks).contents, *world);
}

/// The newest generation's number, 0 for none; nothing under a generation's name may be damaged.
std::int64_t newest(const std::filesystem::path& folder) {
  std::vector<std::string> damaged;
  const auto file = latest_valid(folder, *world, damaged);
  EXPECT_THAT(damaged, IsEmpty());
  if (file.empty()) return 0;
  const CheckpointReader reader(file);
  const std::int64_t number = reader.integer("position/step");
  testing::expect_sample(reader, number);
  EXPECT_EQ(file, generation_path(folder, number));
  return number;
}

/// Runs `action` in a process of its own until it is killed, or it ends; gives its wait status.
template <class Action>
int in_child(Action action, std::chrono::microseconds time = std::chrono::microseconds::max()) {
  const pid_t child = ::fork();
  if (child == 0) {
    action();
    ::_exit(0);
  }
  if (time != std::chrono::microseconds::max()) {
    std::this_thread::sleep_for(time);
    ::kill(child, SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(FullDisk, IsNoticedBeforeWritingWithBothNumbers) {
  const test::SmallDisk disk(1 << 20);
  if (!disk.mounted()) GTEST_SKIP() << disk.reason();
  write(disk.path(), 1);
  EXPECT_THAT(error_of([&] { write(disk.path(), 2, 100'000); }),
              AllOf(StartsWith("3: too little space in"), HasSubstr("(3.44 MiB needed, "),
                    HasSubstr(" KiB free); free some space")));
  for (const std::size_t left : {0u, 4096u, 8192u, 12288u}) {
    disk.fill(left);
    const std::string error = error_of([&] { write(disk.path(), 2); });
    if (error == "none") {
      std::filesystem::remove(generation_path(disk.path(), 2));
    } else {
      EXPECT_THAT(error, AnyOf(HasSubstr("3: too little space in"), HasSubstr("No space left on device")));
    }
    EXPECT_THAT(testing::names_in(disk.path()), ElementsAre("00000001.h5", "filling"));
    disk.empty();
  }
  EXPECT_EQ(newest(disk.path()), 1);
  write(disk.path(), 2);
  EXPECT_EQ(newest(disk.path()), 2);
}

TEST(FullDisk, IsNoticedWhileWriting) {
  const test::SmallDisk disk(1 << 20);
  if (!disk.mounted()) GTEST_SKIP() << disk.reason();
  write(disk.path(), 1);
  test::arm(Fault::unreserved, 0);
  const std::string error = error_of([&] { write(disk.path(), 2, 100'000); });
  test::disarm();
  EXPECT_THAT(error, AllOf(StartsWith("3: cannot write"), HasSubstr("No space left on device")));
  EXPECT_THAT(testing::names_in(disk.path()), ElementsAre("00000001.h5"));
  EXPECT_EQ(newest(disk.path()), 1);
}

TEST(FullDisk, ReadOnlyFolder) {
  const test::SmallDisk disk(1 << 20);
  if (!disk.mounted()) GTEST_SKIP() << disk.reason();
  write(disk.path(), 1);
  ASSERT_TRUE(disk.make_read_only());
  EXPECT_THAT(error_of([&] { write(disk.path(), 2); }),
              AllOf(StartsWith("3: cannot create"),
                    HasSubstr("(Read-only file system); choose a folder on a writable")));
  EXPECT_EQ(newest(disk.path()), 1);
  prune_generations(disk.path(), 1);
}

/// Lets every call that writing makes go wrong in turn.
void every_failure(Fault fault, int error, const std::string& message) {
  const Folder folder;
  write(folder.path(), 1);
  std::vector<std::string> failed;
  for (long before = 0;; ++before) {
    test::arm(fault, before, error);
    const std::string what = error_of([&] { write(folder.path(), 2); });
    failed.push_back(test::disarm());
    if (failed.back().empty()) break;
    const bool whole =
        what == "none";  // a descriptor that was only read from, of HDF5 or zerogap, did not close
    if (!whole) {
      ASSERT_THAT(what, AllOf(StartsWith("3: "), HasSubstr(message))) << failed.back() << " after " << before;
      ASSERT_THAT(testing::names_in(folder.path()), ElementsAre("00000001.h5"))
          << failed.back() << " after " << before;
    }
    ASSERT_EQ(newest(folder.path()), whole ? 2 : 1);
    std::filesystem::remove(generation_path(folder.path(), 2));
    ASSERT_LT(before, 1000);
  }
  EXPECT_THAT(failed, Contains("fallocate"));
  EXPECT_THAT(failed, Contains("pwrite"));
  EXPECT_THAT(failed, Contains("fsync"));
  EXPECT_THAT(failed, Contains("renameat2"));
  EXPECT_EQ(newest(folder.path()), 2);
  write(folder.path(), 3);
  EXPECT_EQ(newest(folder.path()), 3);
}

TEST(FailingCalls, NoSpaceFromAnyCallOn) { every_failure(Fault::fail, ENOSPC, ""); }
TEST(FailingCalls, OneInputOutputErrorInAnyCall) { every_failure(Fault::fail_once, EIO, ""); }

TEST(FailingCalls, FileSystemsThatCannotReserve) {
  const Folder folder;
  test::arm(Fault::fail_once, 0, EOPNOTSUPP);
  write(folder.path(), 1);
  EXPECT_EQ(test::disarm(), "fallocate");
  EXPECT_EQ(newest(folder.path()), 1);
}

TEST(FailingCalls, WritesThatComeShort) {
  const Folder folder;
  test::arm(Fault::shorten, 0);
  write(folder.path(), 1);
  EXPECT_NE(test::disarm(), "");
  EXPECT_EQ(newest(folder.path()), 1);
}

TEST(KilledWriter, BeforeAnyOfItsCalls) {
  const Folder folder;
  write(folder.path(), 1);
  int left_behind = 0;
  for (long before = 0;; ++before) {
    const int status = in_child([&] {
      test::arm(Fault::kill, before);
      write(folder.path(), 2);
      test::disarm();
    });
    const std::int64_t last = newest(folder.path());
    if (WIFEXITED(status)) {
      EXPECT_EQ(last, 2);
      break;
    }
    const auto names = testing::names_in(folder.path());
    if (last == 1) {
      EXPECT_THAT(names,
                  AnyOf(ElementsAre("00000001.h5"), ElementsAre(StartsWith(".00000002.h5."), "00000001.h5")));
    }
    left_behind += names.front().starts_with('.') ? 1 : 0;
    prune_generations(folder.path(), 2);
    EXPECT_THAT(testing::names_in(folder.path()), Contains("00000001.h5"));
    std::filesystem::remove(generation_path(folder.path(), 2));
    ASSERT_FALSE(HasFailure()) << "killed before call " << before;
  }
  EXPECT_GT(left_behind, 5);
}

TEST(KilledWriter, AtRandomMoments) {
  const Folder folder;
  std::mt19937 random(20230);
  std::int64_t last = 0;
  for (int round = 0; round < 25; ++round) {
    const std::chrono::microseconds time(std::uniform_int_distribution<>(0, 40'000)(random));
    in_child(
        [&] {
          for (std::int64_t number = last + 1;; ++number) {
            write(folder.path(), number);
            prune_generations(folder.path(), 2);
          }
        },
        time);
    const std::int64_t now = newest(folder.path());
    ASSERT_GE(now, last);
    ASSERT_LE(list_generations(folder.path()).size(), 3u);  // the third one not yet pruned
    last = now;
    prune_generations(folder.path(), 2);
    for (const auto& name : testing::names_in(folder.path())) ASSERT_FALSE(name.starts_with('.')) << name;
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(last, 0);
}

}  // namespace
}  // namespace zerogap

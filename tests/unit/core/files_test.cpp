// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"
#include "core/atomic_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "support/small_disk.hpp"

namespace zerogap {
namespace {

using testing::HasSubstr;

std::string content(const std::filesystem::path& file) {
  std::string text;
  EXPECT_EQ(read_fully(file, text), 0) << file;
  return text;
}

std::ptrdiff_t entries(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

class Files : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("zerogap_files_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(Files, MayHoldWhatDeflateCanMakeOfItsBytes) {
  write_file(folder_ / "a", std::string(100'000, 'x'));
  EXPECT_TRUE(may_hold(folder_ / "a", 103.2e6));
  EXPECT_FALSE(may_hold(folder_ / "a", 103.3e6));
  EXPECT_TRUE(may_hold(folder_ / "nowhere", 16e6)) << "what any machine has room for";
  EXPECT_FALSE(may_hold(folder_ / "nowhere", 17e6));
}

TEST_F(Files, WriteFileReplacesTheWholeText) {
  const std::string large(300'000, 'x');
  write_file(folder_ / "a", large);
  EXPECT_EQ(content(folder_ / "a"), large);
  write_file(folder_ / "a", "short\n");
  EXPECT_EQ(content(folder_ / "a"), "short\n");
  write_file(folder_ / "a", "");
  EXPECT_EQ(content(folder_ / "a"), "");
  EXPECT_EQ(entries(folder_), 1);
}

TEST_F(Files, AnyNameThatAFileCanHaveWillDo) {
  const std::string name(255, 'x');
  write_file(folder_ / name, "text");
  EXPECT_EQ(content(folder_ / name), "text");
  EXPECT_EQ(entries(folder_), 1);
  try {
    write_file(folder_ / (name + "x"), "text");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("(File name too long); give it a shorter name"));
  }
}

TEST_F(Files, WriteFileSaysWhyAndWhatToDo) {
  try {
    write_file(folder_ / "missing" / "a", "text");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_THAT(error.what(),
                HasSubstr("cannot write " + (folder_ / "missing" / "a").string() + " (No such file"));
    EXPECT_THAT(error.what(), HasSubstr("; check that its folder still exists"));
  }
}

TEST_F(Files, AFolderInTheWayIsNotReplaced) {
  std::filesystem::create_directories(folder_ / "a");
  EXPECT_THROW(write_file(folder_ / "a", "text"), Error);
  EXPECT_TRUE(std::filesystem::is_directory(folder_ / "a"));
  EXPECT_EQ(entries(folder_), 1);
}

TEST(FilesOnASmallDisk, AFullDiskLeavesTheOldFileAndNoTemporaryOne) {
  const test::SmallDisk disk(256 * 1024);
  if (!disk.mounted()) GTEST_SKIP() << disk.reason();
  write_file(disk.path() / "a", "old\n");
  disk.fill(8192);
  try {
    write_file(disk.path() / "a", std::string(100'000, 'x'));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_THAT(error.what(), HasSubstr("No space left on device"));
    EXPECT_THAT(error.what(), HasSubstr("free some space"));
  }
  EXPECT_EQ(content(disk.path() / "a"), "old\n");
  EXPECT_EQ(entries(disk.path()), 2) << "the file and what fills the disk";
}

TEST(FilesOnASmallDisk, AReadOnlyDiskIsNamed) {
  const test::SmallDisk disk(256 * 1024);
  if (!disk.mounted()) GTEST_SKIP() << disk.reason();
  write_file(disk.path() / "a", "old\n");
  ASSERT_TRUE(disk.make_read_only());
  try {
    write_file(disk.path() / "a", "new\n");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("Read-only file system"));
    EXPECT_THAT(error.what(), HasSubstr("writable file system"));
  }
  EXPECT_EQ(content(disk.path() / "a"), "old\n");
}

TEST(FullDisk, IsToldApartFromOtherFailures) {
  EXPECT_TRUE(reports_full_disk(file_error("cannot write a", ENOSPC).what()));
  EXPECT_TRUE(reports_full_disk(file_error("cannot write a", EDQUOT).what()));
  EXPECT_TRUE(
      reports_full_disk(std::string(too_little_space) + " runs (3 MiB needed, 1 MiB free); free some"));
  for (const int number : {EACCES, EROFS, EIO, ENOENT})
    EXPECT_FALSE(reports_full_disk(file_error("cannot write a", number).what()));
  EXPECT_FALSE(reports_full_disk(""));
}

}  // namespace
}  // namespace zerogap

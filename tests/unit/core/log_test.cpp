// SPDX-License-Identifier: Apache-2.0
#include "core/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace zerogap {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

class Log : public testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::temp_directory_path() / ("zerogap_log_" + std::to_string(::getpid()));
    std::filesystem::remove(file_);
    log::start(0, "here");
  }
  void TearDown() override {
    log::close_file();
    log::before_line({});
    log::start(0, "here");
    std::filesystem::remove(file_);
  }

  template <class Action>
  static std::string console(Action action) {
    testing::internal::CaptureStderr();
    action();
    return testing::internal::GetCapturedStderr();
  }
  std::string content() const {
    std::ostringstream text;
    text << std::ifstream(file_).rdbuf();
    return text.str();
  }

  std::filesystem::path file_;
};

TEST_F(Log, KeptToTheFileTheConsoleShowsProblemsAndAnnouncementsOfAnyRank) {
  log::start(3, "there");
  log::keep_to_file(true);
  EXPECT_THAT(
      console([this] {
        log::open_file(file_);
        log::info("an epoch");
        log::warn("slow");
        log::announce("a cell is done");
      }),
      testing::AllOf(HasSubstr("slow"), HasSubstr("a cell is done\n"), testing::Not(HasSubstr("epoch"))));
  log::keep_to_file(false);
  EXPECT_THAT(content(), testing::AllOf(HasSubstr("an epoch"), HasSubstr("slow")));
  EXPECT_THAT(console([] { log::info("an epoch"); }), IsEmpty());
}

TEST_F(Log, RankZeroWritesPlainLinesWithoutColoursToAFile) {
  EXPECT_EQ(console([] {
              log::info("{} epochs", 3);
              log::warn("slow");
            }),
            "3 epochs\nwarning: slow\n");
  EXPECT_EQ(console([] { log::info("100% {{}} %v"); }), "100% {} %v\n");
}

TEST_F(Log, OtherRanksWarnWithTheirNameOnly) {
  log::start(3, "node7");
  EXPECT_THAT(console([] { log::info("quiet"); }), IsEmpty());
  EXPECT_EQ(console([] { log::warn("slow"); }), "warning: slow [rank 3, host node7]\n");
  log::open_file(file_);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(Log, WhatAllRanksMeetIsSaidOnceByTheFirst) {
  const auto said = [] { return console([] { log::warn_once("all of us meet this"); }); };
  log::start(3, "there");
  EXPECT_THAT(said(), IsEmpty());
  log::start(0, "here");
  EXPECT_EQ(said(), "warning: all of us meet this\n");
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(Log, ErrorsNameTheRankOnEveryRank) {
  EXPECT_EQ(console([] { log::error("out"); }), "error: out [rank 0, host here]\n");
}

TEST_F(Log, FileGetsEveryLineAtOnceWithItsTime) {
  std::ofstream(file_) << "of an earlier run\n";
  console([&] {
    log::open_file(file_);
    log::info("begun");
    log::record("for the file");
    log::warn("slow");
  });
  const std::string time = "[0-9]+-[0-9]+-[0-9]+T[0-9:]+[+-][0-9:]+ ";
  EXPECT_THAT(content(), MatchesRegex("of an earlier run\n" + time + "begun\n" + time + "for the file\n" +
                                      time + "warning: slow\n"));
}

TEST_F(Log, RecordsStayOffTheConsole) {
  log::open_file(file_);
  EXPECT_THAT(console([] { log::record("for the file"); }), IsEmpty());
}

TEST_F(Log, AFullDiskIsSaidOnceAndEndsNothing) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "there is no /dev/full here";
  log::open_file("/dev/full");
  const std::string text = console([] {
    log::info("one");
    log::info("two");
  });
  EXPECT_THAT(text, HasSubstr("one\nwarning: the log file cannot be written (No space left on device)"));
  EXPECT_THAT(text, HasSubstr("\ntwo\n"));
  EXPECT_EQ(text.find("warning"), text.rfind("warning"));
}

TEST_F(Log, AFileThatCannotBeOpenedIsAWarning) {
  const std::string text = console([] {
    log::open_file("/nowhere/log.txt");
    log::info("on");
  });
  EXPECT_THAT(text, HasSubstr("warning: cannot open /nowhere/log.txt (No such file or directory)"));
  EXPECT_THAT(text, HasSubstr("\non\n"));
}

TEST_F(Log, TheHookRunsBeforeConsoleLinesOnly) {
  int calls = 0;
  log::before_line([&] { ++calls; });
  console([&] {
    log::open_file(file_);
    log::info("a");
    log::record("b");
    log::warn("c");
  });
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace zerogap

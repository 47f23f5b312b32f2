// SPDX-License-Identifier: Apache-2.0
#include "run/history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <limits>
#include <string>

#include "support/small_disk.hpp"

namespace zerogap {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using Json = nlohmann::ordered_json;

std::string content(const std::filesystem::path& file) {
  std::string text;
  EXPECT_EQ(read_fully(file, text), 0) << file;
  return text;
}

class HistoryFile : public testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::temp_directory_path() / ("zerogap_history_" + std::to_string(::getpid()));
    std::filesystem::remove(file_);
  }
  void TearDown() override { std::filesystem::remove(file_); }

  void put(const std::string& text) const { std::ofstream(file_, std::ios::trunc) << text; }

  /// Opens with keep_bytes, appends a line, and returns what was said on the console.
  std::string reopen(std::int64_t keep_bytes) const {
    testing::internal::CaptureStderr();
    History history(file_, keep_bytes);
    history.append({{"epoch", 9}});
    return testing::internal::GetCapturedStderr();
  }

  std::filesystem::path file_;
};

TEST_F(HistoryFile, HasOneLineARecordInTheGivenOrder) {
  History history(file_, 0);
  EXPECT_EQ(history.position(), 0);
  history.append({{"epoch", 1}, {"dual", {{"gap", 0.5}}}});
  history.append({{"epoch", 2}, {"text", "two\nlines"}});
  EXPECT_EQ(content(file_), "{\"epoch\":1,\"dual\":{\"gap\":0.5}}\n{\"epoch\":2,\"text\":\"two\\nlines\"}\n");
  EXPECT_EQ(history.position(), static_cast<std::int64_t>(content(file_).size()));
}

TEST_F(HistoryFile, NumbersThatAreNotFiniteAreNull) {
  History history(file_, 0);
  history.append(
      {{"a", std::numeric_limits<double>::quiet_NaN()}, {"b", -std::numeric_limits<double>::infinity()}});
  EXPECT_EQ(content(file_), "{\"a\":null,\"b\":null}\n");
}

TEST_F(HistoryFile, NumbersSurviveTheRoundTrip) {
  const double value = 0.1 + 0.2;
  History(file_, 0).append({{"a", value}});
  EXPECT_EQ(Json::parse(content(file_))["a"].get<double>(), value);
}

TEST_F(HistoryFile, InvalidTextIsMendedNotThrown) {
  History(file_, 0).append({{"path", "\xff"}});
  Json mended;
  EXPECT_NO_THROW(mended = Json::parse(content(file_)));
}

TEST_F(HistoryFile, ANewRunStartsEmpty) {
  put("{\"epoch\":1}\n");
  EXPECT_THAT(reopen(0), IsEmpty());
  EXPECT_EQ(content(file_), "{\"epoch\":9}\n");
}

TEST_F(HistoryFile, AResumeDropsWhatWillBeComputedAgain) {
  put("{\"epoch\":1}\n{\"epoch\":2}\n{\"epo");
  EXPECT_THAT(reopen(12), IsEmpty());
  EXPECT_EQ(content(file_), "{\"epoch\":1}\n{\"epoch\":9}\n");
}

TEST_F(HistoryFile, AShorterFileKeepsItsWholeLinesAndSaysSo) {
  put("{\"epoch\":1}\n{\"epo");
  EXPECT_THAT(reopen(24), HasSubstr("has only 12 of the 24 bytes"));
  EXPECT_EQ(content(file_), "{\"epoch\":1}\n{\"epoch\":9}\n");
  std::filesystem::remove(file_);
  EXPECT_THAT(reopen(24), HasSubstr("has only 0 of the 24 bytes"));
}

TEST_F(HistoryFile, APositionWithinALineKeepsTheLinesBefore) {
  put("{\"epoch\":1}\n{\"epoch\":2}\n");
  EXPECT_THAT(reopen(15), HasSubstr("warning"));
  EXPECT_EQ(content(file_), "{\"epoch\":1}\n{\"epoch\":9}\n");
}

TEST_F(HistoryFile, LinesLongerThanABlockAreFound) {
  const std::string first = "{\"a\":\"" + std::string(10'000, 'x') + "\"}\n";
  put(first + std::string(9'000, 'y'));
  EXPECT_THAT(reopen(15'000), HasSubstr("has only 10009 of"));
  EXPECT_EQ(content(file_), first + "{\"epoch\":9}\n");
}

TEST_F(HistoryFile, LinesOfAnotherProcessAreNoticed) {
  History history(file_, 0);
  history.append({{"epoch", 1}});
  EXPECT_NO_THROW(history.require_unmodified());
  std::ofstream(file_, std::ios::app) << "{}\n";
  try {
    history.require_unmodified();
    ADD_FAILURE() << "not noticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_THAT(error.what(), HasSubstr("was written to by another process"));
  }
}

TEST_F(HistoryFile, AFileThatCannotBeOpenedIsAnError) {
  try {
    History(file_ / "history.jsonl", 0);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_THAT(error.what(), HasSubstr("cannot open"));
  }
}

TEST(HistoryOnASmallDisk, AFullDiskLeavesWholeLinesAndCanBeOvercome) {
  const test::SmallDisk disk(256 * 1024);
  if (!disk.mounted()) GTEST_SKIP() << disk.reason();
  const std::filesystem::path file = disk.path() / "history.jsonl";
  History history(file, 0);
  const Json record = {{"text", std::string(3'000, 'x')}};
  history.append(record);
  disk.fill();
  try {
    history.append(record);
    FAIL() << "the second line needs another page";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_THAT(error.what(), HasSubstr("No space left on device"));
    EXPECT_THAT(error.what(), HasSubstr("free some space"));
  }
  EXPECT_EQ(content(file), record.dump() + "\n");
  EXPECT_EQ(history.position(), static_cast<std::int64_t>(record.dump().size()) + 1);
  disk.empty();
  history.append(record);
  EXPECT_EQ(content(file), record.dump() + "\n" + record.dump() + "\n");
}

}  // namespace
}  // namespace zerogap

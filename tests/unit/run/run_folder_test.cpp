// SPDX-License-Identifier: Apache-2.0
#include "run/run_folder.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "core/error.hpp"
#include "core/files.hpp"
#include "support/small_disk.hpp"

namespace zerogap {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string content(const std::filesystem::path& file) {
  std::string text;
  EXPECT_EQ(read_fully(file, text), 0) << file;
  return text;
}

std::vector<std::string> names(const std::filesystem::path& folder) {
  std::vector<std::string> result;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    result.push_back(entry.path().filename());
  return result;
}

/// The exit code and message of an attempt to own a folder; {0, ""} if it succeeded (and is over again).
std::pair<int, std::string> attempt(const std::filesystem::path& folder) {
  try {
    const RunFolder run(folder);
    return {0, ""};
  } catch (const Error& error) {
    return {static_cast<int>(error.code()), error.what()};
  }
}

class RunFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path() / ("zerogap_run_" + std::to_string(::getpid()));
    std::filesystem::create_directories(root_);
    run_ = root_ / "runs" / "first";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void put_lock(const std::string& text, std::chrono::seconds age = {}) const {
    std::filesystem::create_directories(run_);
    std::ofstream(run_ / "lock") << text;
    std::filesystem::last_write_time(run_ / "lock", std::filesystem::file_time_type::clock::now() - age);
  }

  std::filesystem::path root_, run_;
};

TEST_F(RunFolderTest, MakesTheFolderAndItsLockAndGivesTheLockBack) {
  {
    RunFolder run(run_);
    EXPECT_EQ(run.path(), run_);
    EXPECT_TRUE(std::filesystem::is_directory(run.checkpoints()));
    EXPECT_THAT(content(run.lock_file()), HasSubstr("\"pid\":" + std::to_string(::getpid())));
    EXPECT_THAT(names(run_), UnorderedElementsAre("checkpoints", "lock"));
  }
  EXPECT_THAT(names(run_), UnorderedElementsAre("checkpoints"));
  EXPECT_EQ(attempt(run_).first, 0) << "an existing folder will do";
  EXPECT_EQ(attempt(run_.string() + "/").first, 0) << "and so will a trailing slash";
}

TEST_F(RunFolderTest, WritesTextsWholeAndRemovesLeftovers) {
  std::filesystem::create_directories(run_);
  std::ofstream(run_ / "config.yaml.tmp.77") << "half";
  std::ofstream(run_ / "notes.txt") << "the user's";
  const RunFolder run(run_);
  run.write_text(run.config_file(), "run: {}\n");
  EXPECT_EQ(content(run_ / "config.yaml"), "run: {}\n");
  EXPECT_THAT(names(run_), UnorderedElementsAre("checkpoints", "lock", "config.yaml", "notes.txt"));
}

TEST_F(RunFolderTest, ALivingOwnerIsNamed) {
  const RunFolder run(run_);
  const auto [code, message] = attempt(run_);
  EXPECT_EQ(code, 2);
  EXPECT_THAT(message, AllOf(HasSubstr(run_.string()), HasSubstr("process " + std::to_string(::getpid())),
                             HasSubstr("on host " + this_process().host),
                             HasSubstr("since " + this_process().since.substr(0, 10)), HasSubstr("--out")));
  EXPECT_TRUE(std::filesystem::exists(run.lock_file()));
}

TEST_F(RunFolderTest, AKilledOwnersLockIsTakenOver) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const RunFolder run(run_);
    if (::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(attempt(run_).first, 2);
  ::kill(child, SIGKILL);
  // Not waited for yet: a zombie is no owner either.
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  testing::internal::CaptureStderr();
  EXPECT_EQ(attempt(run_).first, 0);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("warning: "), HasSubstr("process " + std::to_string(child)),
                    HasSubstr("is taken over")));
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_THAT(names(run_), UnorderedElementsAre("checkpoints"));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(WhyStale, DependsOnProcessStartHostJobAndTheLastHeartbeat) {
  using std::chrono::seconds;
  const LeaseOwner self = this_process();
  EXPECT_EQ(parse_owner(to_text(self))->start, self.start);
  EXPECT_THAT(why_stale(self, self, seconds(100'000)), IsEmpty())
      << "a process that stands still still lives";

  LeaseOwner other = self;
  other.start += 1;
  EXPECT_THAT(why_stale(other, self, seconds(0)), HasSubstr("is gone")) << "its number was given to another";

  other = self;
  other.host = "elsewhere";
  other.pid = 999'999'999;
  EXPECT_THAT(why_stale(other, self, seconds(599)), IsEmpty());
  EXPECT_THAT(why_stale(other, self, seconds(601)), HasSubstr("no sign of life for 10 min 01 s"));

  other = self;
  other.pid_namespace = "pid:[1]";
  other.pid = 999'999'999;
  EXPECT_THAT(why_stale(other, self, seconds(599)), IsEmpty())
      << "another container's processes are not to be seen";

  other = self;
  other.boot = "before";
  EXPECT_THAT(why_stale(other, self, seconds(119)), IsEmpty());
  EXPECT_THAT(why_stale(other, self, seconds(121)), HasSubstr("was restarted"));

  LeaseOwner requeued = self;
  requeued.job = "17";
  requeued.restarts = 1;
  other.host = "elsewhere";
  other.job = "17";
  EXPECT_THAT(why_stale(other, requeued, seconds(1)), HasSubstr("requeued job 17"));
  other.restarts = 1;
  EXPECT_THAT(why_stale(other, requeued, seconds(1)), IsEmpty()) << "two steps of one job";
}

TEST_F(RunFolderTest, AnotherHostsLockIsJudgedByItsHeartbeat) {
  LeaseOwner other = this_process();
  other.host = "elsewhere";
  other.job = "42";
  put_lock(to_text(other), std::chrono::minutes(9));
  const auto [code, message] = attempt(run_);
  EXPECT_EQ(code, 2);
  EXPECT_THAT(message,
              AllOf(HasSubstr("on host elsewhere (Slurm job 42)"), HasSubstr("last sign of life 9 min")));
  put_lock(to_text(other), std::chrono::minutes(11));
  testing::internal::CaptureStderr();
  EXPECT_EQ(attempt(run_).first, 0);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("on host elsewhere (it gave no sign of life for 11 min"));
}

TEST_F(RunFolderTest, AnUnreadableLockCountsAsSomebodysForAWhile) {
  put_lock("");
  const auto [code, message] = attempt(run_);
  EXPECT_EQ(code, 2);
  EXPECT_THAT(message, HasSubstr("names no owner"));
  put_lock("{\"host\":", std::chrono::minutes(11));
  testing::internal::CaptureStderr();
  EXPECT_EQ(attempt(run_).first, 0);
  testing::internal::GetCapturedStderr();
}

/// Forks a process that waits until `start` closes, tries to own the folder, says '1' or '0', and stays.
pid_t fork_taker(const std::filesystem::path& folder, const int (&start)[2], int result) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::close(start[1]);
  ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
  char byte = 0;
  if (::read(start[0], &byte, 1) != 0) ::_exit(1);
  try {
    const RunFolder run(folder);
    if (::write(result, "1", 1) == 1) ::pause();
  } catch (const Error& error) {
    if (::write(result, error.code() == ExitCode::usage ? "0" : "?", 1) == 1) ::pause();
  }
  ::_exit(1);
}

TEST_F(RunFolderTest, OfSeveralTakersExactlyOneWins) {
  LeaseOwner gone = this_process();
  gone.start -= 1;
  put_lock(to_text(gone));
  // From the second round on, the stale lock is that of the round before.
  for (int round = 0; round < 20; ++round) {
    int start[2];
    int result[2];
    ASSERT_EQ(::pipe(start), 0);
    ASSERT_EQ(::pipe(result), 0);
    std::vector<pid_t> takers(8);
    for (pid_t& taker : takers) taker = fork_taker(run_, start, result[1]);
    ::close(start[0]);
    ::close(start[1]);
    std::string said(takers.size(), ' ');
    for (char& one : said)
      if (::read(result[0], &one, 1) != 1) break;
    std::sort(said.begin(), said.end());
    EXPECT_EQ(said, "00000001");
    EXPECT_THAT(names(run_), UnorderedElementsAre("checkpoints", "lock"));
    for (const pid_t taker : takers) {
      ::kill(taker, SIGKILL);
      ::waitpid(taker, nullptr, 0);
    }
    ::close(result[0]);
    ::close(result[1]);
  }
}

TEST_F(RunFolderTest, AnOwnerNoticesThatItsFolderWasTakenOver) {
  const std::filesystem::path file = root_ / "lock";
  RunLock lock(file);
  lock.heartbeat_now();
  LeaseOwner other = this_process();
  other.host = "elsewhere";
  std::ofstream(file, std::ios::trunc) << to_text(other);
  EXPECT_NO_THROW(lock.heartbeat()) << "it looks once in 30 seconds";
  try {
    lock.heartbeat_now();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_THAT(error.what(),
                HasSubstr("taken over (by process " + std::to_string(other.pid) + " on host elsewhere"));
  }
}

TEST_F(RunFolderTest, TheDestructorLeavesAnothersLock) {
  {
    const RunFolder run(run_);
    LeaseOwner other = this_process();
    other.host = "elsewhere";
    std::ofstream(run.lock_file(), std::ios::trunc) << to_text(other);
  }
  EXPECT_THAT(content(run_ / "lock"), HasSubstr("elsewhere"));
}

TEST_F(RunFolderTest, HeartbeatsRenewTheFileAndMendItsLoss) {
  RunLock lock(root_ / "lock");
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::minutes(5);
  std::filesystem::last_write_time(root_ / "lock", old);
  lock.heartbeat();
  EXPECT_LT(std::filesystem::last_write_time(root_ / "lock"), old + std::chrono::minutes(1));
  lock.heartbeat_now();
  EXPECT_GT(std::filesystem::last_write_time(root_ / "lock"), old + std::chrono::minutes(4));
  std::filesystem::remove(root_ / "lock");
  testing::internal::CaptureStderr();
  lock.heartbeat_now();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("is missing"));
  EXPECT_TRUE(std::filesystem::exists(root_ / "lock"));
}

TEST_F(RunFolderTest, AFileInTheWayIsNamed) {
  std::ofstream(root_ / "runs") << "a file";
  const auto [code, message] = attempt(run_);
  EXPECT_EQ(code, 3);
  EXPECT_THAT(message, AllOf(HasSubstr((root_ / "runs").string()), HasSubstr("Not a directory")));
  EXPECT_EQ(attempt("").first, 2);
}

TEST_F(RunFolderTest, AFailureLeavesNothingBehind) {
  // DIR can be made, DIR/lock is in nobody's way, but DIR/checkpoints is.
  std::filesystem::create_directories(run_);
  std::ofstream(run_ / "checkpoints") << "a file";
  EXPECT_EQ(attempt(run_).first, 3);
  EXPECT_THAT(names(run_), UnorderedElementsAre("checkpoints"));
}

TEST_F(RunFolderTest, AFolderWithoutPermissionIsNamed) {
  if (::geteuid() != 0) {
    std::filesystem::permissions(root_,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  } else if (::chmod(root_.c_str(), 0755) != 0 || ::seteuid(65534) != 0) {
    GTEST_SKIP() << "root cannot act as another user here";
  }
  const auto [code, message] = attempt(run_);
  if (::getuid() == 0 && ::seteuid(0) != 0) FAIL() << "cannot be root again";
  std::filesystem::permissions(root_, std::filesystem::perms::owner_all);
  EXPECT_EQ(code, 3);
  EXPECT_THAT(message, AllOf(HasSubstr("Permission denied"), HasSubstr("change its permissions")));
  EXPECT_FALSE(std::filesystem::exists(root_ / "runs"));
}

TEST(RunFolderOnASmallDisk, FullAndReadOnlyDisksAreNamedAndLeftAsTheyWere) {
  const test::SmallDisk disk(256 * 1024);
  if (!disk.mounted()) GTEST_SKIP() << disk.reason();
  disk.fill();
  const auto [full, full_message] = attempt(disk.path() / "run");
  EXPECT_EQ(full, 3);
  EXPECT_THAT(full_message, AllOf(HasSubstr("No space left on device"), HasSubstr("free some space")));
  EXPECT_THAT(names(disk.path()), UnorderedElementsAre("filling"));

  disk.empty();
  EXPECT_EQ(attempt(disk.path() / "run").first, 0);
  ASSERT_TRUE(disk.make_read_only());
  for (const char* name : {"run", "other"}) {
    const auto [code, message] = attempt(disk.path() / name);
    EXPECT_EQ(code, 3);
    EXPECT_THAT(message, AllOf(HasSubstr("Read-only file system"), HasSubstr("--out")));
  }
  EXPECT_THAT(names(disk.path()), UnorderedElementsAre("run"));
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "sweep/claim.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "core/error.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Claims : public ::testing::Test {
 protected:
  Claims()
      : folder_(fs::temp_directory_path() / ("claim_test." + std::to_string(::getpid()))),
        clock_(claim_clock(folder_)) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Claims() override { fs::remove_all(folder_); }

  fs::path cell(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(cell("a"));
    std::ofstream(cell("a") / name) << text;
  }
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(cell("a"))) names.insert(entry.path().filename());
    return names;
  }
  static std::string owner(long pid, const std::string& host) {
    LeaseOwner o = this_process();
    o.pid = pid;
    o.host = host;
    o.start = 1;
    return to_text(o);
  }
  /// Runs `work` in a process of its own; its exit code.
  template <class Work>
  static pid_t start(Work work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    return child;
  }
  static int ended(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  fs::path folder_;
  FileClock clock_;
};

TEST_F(Claims, OneHasItUntilItGivesItBack) {
  auto mine = Claim::take(cell("a"), clock_);
  ASSERT_NE(mine, nullptr);
  EXPECT_EQ(Claim::take(cell("a"), clock_), nullptr);
  const auto state = read_claim(cell("a"), clock_);
  EXPECT_FALSE(state.free());
  EXPECT_EQ(state.owner->pid, ::getpid());
  mine.reset();
  EXPECT_TRUE(read_claim(cell("a"), clock_).released);
  mine = Claim::take(cell("a"), clock_);
  ASSERT_NE(mine, nullptr);
  EXPECT_EQ(mine->taken_over(), "");
  EXPECT_THAT(files(), ::testing::ElementsAre("claim.2"));
}

TEST_F(Claims, AFinishedCellKeepsNone) {
  auto mine = Claim::take(cell("a"), clock_);
  mine->finish();
  mine.reset();
  EXPECT_TRUE(files().empty());
}

TEST_F(Claims, AProcessThatWasKilledLosesIt) {
  const pid_t child = start([&] {
    const auto claim = Claim::take(cell("a"), clock_);
    ::kill(::getpid(), SIGKILL);
    return 0;
  });
  EXPECT_EQ(ended(child), 128 + SIGKILL);
  EXPECT_THAT(read_claim(cell("a"), clock_).stale, HasSubstr("is gone"));
  const auto mine = Claim::take(cell("a"), clock_);
  ASSERT_NE(mine, nullptr);
  EXPECT_THAT(mine->taken_over(), HasSubstr(std::to_string(child)));
}

TEST_F(Claims, AnotherHostKeepsItUntilItIsSilentForLong) {
  write("claim.4", owner(1, "elsewhere"));
  EXPECT_EQ(Claim::take(cell("a"), clock_), nullptr);
  fs::last_write_time(cell("a") / "claim.4", fs::file_time_type::clock::now() - std::chrono::minutes(20));
  const auto mine = Claim::take(cell("a"), clock_);
  ASSERT_NE(mine, nullptr);
  EXPECT_THAT(mine->taken_over(), HasSubstr("elsewhere"));
  EXPECT_THAT(files(), ::testing::ElementsAre("claim.5"));
}

TEST_F(Claims, ATimeFarAheadIsNoSignOfLife) {
  write("claim.4", owner(1, "elsewhere"));
  fs::last_write_time(cell("a") / "claim.4", fs::file_time_type::clock::now() + std::chrono::minutes(2));
  EXPECT_EQ(Claim::take(cell("a"), clock_), nullptr);  // clocks may differ by that
  fs::last_write_time(cell("a") / "claim.4", fs::file_time_type::clock::now() + std::chrono::hours(48));
  EXPECT_NE(Claim::take(cell("a"), clock_), nullptr);
}

TEST_F(Claims, AFileThatSaysNothingIsWaitedForAMinute) {
  write("claim.1", "");
  EXPECT_EQ(Claim::take(cell("a"), clock_), nullptr);
  fs::last_write_time(cell("a") / "claim.1", fs::file_time_type::clock::now() - std::chrono::minutes(2));
  EXPECT_NE(Claim::take(cell("a"), clock_), nullptr);
}

TEST_F(Claims, AnOwnerWhoLostItLeavesTheNewOnesAlone) {
  auto mine = Claim::take(cell("a"), clock_);
  write("claim.2", owner(1, "elsewhere"));
  mine.reset();
  EXPECT_FALSE(read_claim(cell("a"), clock_).released);
  EXPECT_EQ(read_claim(cell("a"), clock_).owner->host, "elsewhere");
}

TEST_F(Claims, AFolderThatCannotBeWrittenIsAnError) {
  std::ofstream(folder_ / "file") << "x";
  EXPECT_THROW(Claim::take(folder_ / "file" / "a", clock_), Error);
}

/// Eight processes want the same cells, half of which a dead process had; each cell is got exactly once.
TEST_F(Claims, EachCellIsGotByExactlyOneOfManyProcesses) {
  constexpr int cells = 60, processes = 8;
  const pid_t dead = start([] { return 0; });
  ended(dead);
  for (int c = 0; c < cells; c += 2) {
    fs::create_directories(cell(std::to_string(c)));
    std::ofstream(cell(std::to_string(c)) / "claim.3") << owner(dead, this_process().host);
  }
  std::vector<pid_t> children;
  for (int p = 0; p < processes; ++p)
    children.push_back(start([&] {
      std::vector<std::unique_ptr<Claim>> got;
      for (int c = 0; c < cells; ++c) {
        auto claim = Claim::take(cell(std::to_string(c)), clock_);
        if (claim == nullptr) continue;
        std::ofstream(folder_ / "log", std::ios::app) << std::to_string(c) + "\n" << std::flush;
        got.push_back(std::move(claim));
      }
      while (!fs::exists(folder_ / "over")) ::usleep(1000);
      return 0;
    }));
  // Claims are held until all have tried.
  const auto lines = [&] {
    std::multiset<std::string> all;
    std::ifstream in(folder_ / "log");
    for (std::string line; std::getline(in, line);) all.insert(line);
    return all;
  };
  for (int wait = 0; wait < 3000 && lines().size() < cells; ++wait) ::usleep(10000);
  ::usleep(200000);
  const auto got = lines();
  std::ofstream(folder_ / "over") << "";
  for (const pid_t child : children) EXPECT_EQ(ended(child), 0);
  EXPECT_EQ(got.size(), static_cast<std::size_t>(cells));
  EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), static_cast<std::size_t>(cells));
}

}  // namespace
}  // namespace zerogap

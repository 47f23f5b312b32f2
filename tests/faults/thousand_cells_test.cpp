// SPDX-License-Identifier: Apache-2.0
// A thousand cells, eight processes that claim them at once and are killed at random: each cell is done once,
// and the table is that of one undisturbed process.

#include <algorithm>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "faults/aftermath.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::milliseconds;
using ::testing::AnyOf;

constexpr int cells = 1000;
constexpr int processes = 8;
constexpr int kills = 40;          ///< that are tried for
constexpr int certain_kills = 20;  ///< that have to hit: eight processes may be done before the last one

constexpr std::chrono::seconds patience{150};

/// 25 x 20 x 2 primal cells of some milliseconds each.
const std::string sweep_text = R"(
config:
  data: {source: digits, images: 1, pool: 10, test_images: 0}
  network: {filters: 1, arrangements: 2, rho: 0}
  optimizer: {epochs: 2, lr: 0.01}
  run: {threads: 1, evaluate_every: 2, networks: [primal], checkpoint: {every: 1}}
log:
  network.beta: {from: 0.5, to: 5, points: 25}
  network.lambda: {from: 0.1, to: 1, points: 20}
seeds: {init: 2}
)";

class ThousandCells : public ::testing::Test {
 protected:
  ThousandCells() { write_text(file(), sweep_text); }

  std::string file() const { return folder_ / "thousand.yaml"; }
  fs::path store(const std::string& name) const { return folder_ / name; }
  std::unique_ptr<Process> start(const std::string& name = "killed") const {
    return std::make_unique<Process>(command_line({"sweep", file(), "--out", store(name)}, 0),
                                     std::vector<std::string>{"OMP_WAIT_POLICY=passive"});
  }
  json status() const {
    const Ended ended = zerogap({"status", store("killed"), "--json"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return json::parse(ended.out, nullptr, false).at(0);
  }
  std::string table(const std::string& name) const {
    const Ended ended = zerogap({"collect", store(name), "--reproducible"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  }
  int begun() const {
    std::error_code ignored;
    return static_cast<int>(std::distance(fs::directory_iterator(store("killed") / "cells", ignored), {}));
  }
  int finished() const {
    int count = 0;
    std::error_code ignored;
    for (const auto& cell : fs::directory_iterator(store("killed") / "cells", ignored))
      count += json::parse(text_of(cell.path() / "result.json"), nullptr, false).contains("cell") ? 1 : 0;
    return count;
  }
  /// What a process said: which cells it finished, and how many it took over.
  void note(const Ended& ended) {
    std::istringstream lines(ended.err);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string first, name;
      words >> first >> name;
      if (first != "cell") continue;
      const bool taken = line.find(" is taken over from ") != std::string::npos;
      if (taken) ++taken_over_;
      if (!taken) ++announced_[name];
    }
  }
  /// A process that was killed between making a claim and writing into it holds its cell for a minute.
  int age_empty_claims() const {
    int aged = 0;
    for (const auto& cell : fs::directory_iterator(store("killed") / "cells"))
      for (const auto& entry : fs::directory_iterator(cell.path())) {
        if (!entry.path().filename().string().starts_with("claim.") || entry.file_size() > 0) continue;
        fs::last_write_time(entry.path(), fs::file_time_type::clock::now() - std::chrono::minutes(2));
        ++aged;
      }
    return aged;
  }

  QuickFolder folder_;
  std::map<std::string, int> announced_;
  int taken_over_ = 0;
};

TEST_F(ThousandCells, ByEightKilledProcessesAreEachDoneOnce) {
  const Ended alone = start("whole")->wait(patience);
  ASSERT_EQ(alone.code, 0) << alone.err;
  const std::string expected = table("whole");
  ASSERT_EQ(count(expected, "\n"), 1 + cells);

  fs::remove_all(store("whole"));

  std::mt19937 random = seeded_random();
  std::vector<std::unique_ptr<Process>> running(processes);
  for (auto& process : running) process = start();
  // Kills are spread by what is begun, not by time, so that the last of them still meet work on any machine.
  int hits = 0;
  ASSERT_TRUE(eventually(
      [&] {
        const bool due = hits < kills && begun() >= hits * (cells * 6 / 10) / kills;
        if (due) {
          auto& victim = running[static_cast<std::size_t>(random_integer(0, processes - 1, random))];
          pause(milliseconds(random_integer(0, 20, random)));
          victim->signal(SIGKILL);
          const Ended ended = victim->wait();
          EXPECT_TRUE(ended.code == 0 || ended.code == 128 + SIGKILL) << ended.code << ": " << ended.err;
          hits += ended.code == 128 + SIGKILL ? 1 : 0;
          note(ended);
          victim = start();
        }
        return std::none_of(running.begin(), running.end(),
                            [](const auto& process) { return process->running(); });
      },
      patience));
  for (auto& process : running) {
    const Ended ended = process->wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    note(ended);
  }
  EXPECT_GE(hits, certain_kills) << "the sweep was done before";

  const int aged = age_empty_claims();
  const Ended last = start()->wait();
  ASSERT_EQ(last.code, 0) << last.err;
  note(last);
  EXPECT_EQ(status()["done"], cells);
  EXPECT_EQ(finished(), cells);
  EXPECT_EQ(table("killed"), expected);
  int twice = 0, unsaid = cells - static_cast<int>(announced_.size());
  for (const auto& [name, count] : announced_) {
    EXPECT_TRUE(fs::exists(store("killed") / "cells" / name / "result.json")) << name;
    twice += count > 1 ? 1 : 0;
    EXPECT_EQ(count, 1) << "cell " << name << " was done " << count << " times";
  }
  // Killed after the result was there and before it was said.
  EXPECT_LE(unsaid, hits);
  std::cout << hits << " kills, " << taken_over_ << " cells taken over, " << aged
            << " claims without an owner, " << unsaid << " results not announced, " << twice << " done twice"
            << std::endl;
  EXPECT_GT(taken_over_, 0);
  for (const auto& cell : fs::directory_iterator(store("killed") / "cells"))
    for (const auto& entry : fs::directory_iterator(cell.path()))
      EXPECT_THAT(entry.path().filename().string(), AnyOf("result.json", "history.jsonl", "checkpoints"))
          << cell.path();
}

}  // namespace
}  // namespace zerogap::test

// SPDX-License-Identifier: Apache-2.0
// Sweeps as users run them: alone, under mpirun in groups, several processes at once; stopped, killed, by
// their options. What one process computes and says is tested in tests/unit/sweep.

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "program/sweeps.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

TEST_F(Sweeps, TheSameBitsHereInGroupsOfRanksAndByTwoProcessesAtOnce) {
  const Ended here = sweep("here");
  ASSERT_EQ(here.code, 0) << here.err;
  EXPECT_THAT(here.err, HasSubstr("12 of 12 cells are finished"));
  expect_few_files("here");
  const std::string expected = table("here");
  EXPECT_EQ(count(expected, "\n"), 1 + small_cells);

  const Ended groups = sweep("groups", {"sweep.ranks_per_cell=2"}, 4);
  ASSERT_EQ(groups.code, 0) << groups.err;
  EXPECT_EQ(count(groups.err, "\ncell "), small_cells) << groups.err;
  EXPECT_EQ(table("groups"), expected);
  const auto machine = json::parse(text_of(one_cell("groups", "dual") / "result.json"))["machine"];
  EXPECT_EQ(machine["ranks"], 2);

  Process first(command_line(arguments("both"), 0)), second(command_line(arguments("both"), 0));
  const Ended one = first.wait(), other = second.wait();
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(other.code, 0) << other.err;
  EXPECT_EQ(count(one.err + other.err, "\ncell "), small_cells) << one.err << other.err;
  EXPECT_EQ(table("both"), expected);
}

TEST_F(Sweeps, KilledAtRandomMomentsEndsAsIfUndisturbed) {
  const Settings longer = {"optimizer.epochs=200", "run.evaluate_every=50"};
  const Ended whole = sweep("whole", longer);
  ASSERT_EQ(whole.code, 0) << whole.err;
  std::mt19937 random = seeded_random();
  auto in_groups = longer;
  in_groups.emplace_back("sweep.ranks_per_cell=2");
  for (int round = 0; round < 6; ++round)
    sweep_and_kill("killed", in_groups, whole.seconds, round % 3 == 2 ? 4 : 0, random);
  const json between = status("killed");
  EXPECT_EQ(between["cells"], small_cells);
  EXPECT_EQ(between["running"], 0) << between;
  const Ended last = sweep("killed", longer);
  ASSERT_EQ(last.code, 0) << last.err;
  EXPECT_EQ(table("killed"), table("whole"));
  expect_few_files("killed");
}

TEST_F(Sweeps, AStopGivesClaimsBackAndTheNextGoesOn) {
  std::string text = small_sweep;
  text.replace(text.find("[2, 4]"), 6, "[2]");
  text.replace(text.find("[0.1, 0.2]"), 10, "[0.1]");
  write_text(file(), text);
  const Settings longer = {"optimizer.epochs=6000", "run.evaluate_every=500", "run.checkpoint.every=0"};
  Process run(command_line(arguments("stopped", longer), 0));
  json during;
  ASSERT_TRUE(eventually([&] {
    if (!fs::exists(store("stopped") / "sweeps" / "small.json")) return !run.running();
    during = status("stopped");
    return !run.running() ||
           (during["done"] == 1 && during["running"] == 1 && during["at_work"][0].contains("epoch"));
  })) << run.err();
  run.signal(SIGTERM);
  const Ended ended = run.wait();
  EXPECT_EQ(ended.code, 75) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("stopped on request; the same command goes on"));
  EXPECT_EQ(during["at_work"][0]["pid"], run.pid()) << during;
  EXPECT_GT(during["seconds_left"], 0.0) << during;
  const json after = status("stopped");
  EXPECT_EQ(after["running"], 0);
  EXPECT_EQ(after["stale"], 0) << after;
  EXPECT_EQ(after["interrupted"], 1) << after;
  const Ended partial = zerogap({"collect", store("stopped")});
  EXPECT_EQ(partial.code, 0);
  EXPECT_THAT(partial.err, HasSubstr("is not finished"));
  const Ended rest = sweep("stopped", longer), whole = sweep("whole", longer);
  EXPECT_EQ(rest.code, 0) << rest.err;
  EXPECT_EQ(whole.code, 0) << whole.err;
  EXPECT_EQ(table("stopped"), table("whole"));
}

TEST_F(Sweeps, ASignalToOneRankStopsEveryGroup) {
  Process run(command_line(arguments("stopped", {"optimizer.epochs=30000", "sweep.ranks_per_cell=2"}), 4));
  ASSERT_TRUE(eventually([&] {
    const fs::path cells = store("stopped") / "cells";
    int trains = 0;
    if (fs::exists(cells))
      for (const auto& cell : fs::directory_iterator(cells))
        trains += fs::exists(cell.path() / "history.jsonl");
    return trains == 2 || !run.running();
  }));
  for (int rank = 0; rank < 4; ++rank) ::kill(run.rank(rank), SIGUSR1);
  const Ended ended = run.wait();
  EXPECT_EQ(ended.code, 75) << ended.err;
  EXPECT_EQ(status("stopped")["interrupted"], 2);
}

/// A dual whose gates are all shut has no block left; its primal runs all the same.
TEST_F(Sweeps, AFailureOfAGroupOfRanksIsRetriedRecordedAndStopsNoOther) {
  std::string text = small_sweep;
  text.replace(text.find("[0.1, 0.2]"), 10, "[0.1, 1000]");
  write_text(file(), text + "sweep: {retries: 2}\n");
  const Settings drop = {"arrangements.drop_dead=true", "sweep.ranks_per_cell=2"};
  const Ended ended = sweep("failing", drop, 4);
  EXPECT_EQ(ended.code, 4) << ended.err;
  EXPECT_EQ(count(ended.err, "\ncell "), 10 + 2 * 3) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("10 of 12 cells are finished, 2 failed"));
  EXPECT_THAT(ended.err, HasSubstr("no arrangement block is left"));
  const json now = status("failing");
  EXPECT_EQ(now["failed"], 2);
  EXPECT_EQ(now["failures"][0]["attempts"], 3);
  EXPECT_THAT(ended.err, HasSubstr("--only " + now["failures"][0]["cell"].get<std::string>()));
  EXPECT_EQ(count(sweep("failing", drop).err, "\ncell "), 0);  // retries are used up
}

TEST_F(Sweeps, TheCommandOfAFailedCellRunsAsItIs) {
  const Ended ended = sweep("failing", {"run.networks=[dual]", "optimizer.dual.name=newton",
                                        "run.stop.gap=1e-12", "optimizer.dual.epochs=1"});
  EXPECT_EQ(ended.code, 4);
  const std::string command = status("failing")["failures"][0]["command"];
  EXPECT_THAT(command, HasSubstr("--set 'run.networks=[dual]' --set optimizer.dual.name=newton"));
  const Ended alone =
      Process({"/bin/sh", "-c", "zerogap() { \"$0\" \"$@\"; }; " + command, command_line({}, 0).front()})
          .wait();
  EXPECT_EQ(alone.code, 4) << alone.err;
  EXPECT_THAT(alone.err, HasSubstr("is above run.stop.gap")) << command;
}

TEST_F(Sweeps, DivergenceOfAGroupOfRanksIsAResult) {
  const Ended ended = sweep("diverging", {"optimizer.primal.lr=1e35", "sweep.ranks_per_cell=2"}, 2);
  EXPECT_EQ(ended.code, 0) << ended.err;
  const json now = status("diverging");
  EXPECT_EQ(now["diverged"], 8) << now;
  EXPECT_EQ(now["done"], 4) << now;
  EXPECT_EQ(count(sweep("diverging", {"optimizer.primal.lr=1e35"}).err, "\ncell "), 0);
}

TEST_F(Sweeps, RanksThatMakeNoGroupsAreRefused) {
  const Ended odd = sweep("odd", {"sweep.ranks_per_cell=2"}, 3);
  EXPECT_EQ(odd.code, 2);
  EXPECT_THAT(odd.err, HasSubstr("3 ranks do not make groups of 2"));
}

TEST_F(Sweeps, OptionsReachTheSweepAndTheTable) {
  const Ended dry = zerogap({"sweep", file(), "--out", store("st"), "--dry-run", "--gpu-memory", "24"});
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("12 cells to compute, 0 finished"));
  EXPECT_THAT(dry.out, HasSubstr(" cells at once fit into 24.0 GiB (--gpu-memory), an estimate: "));
  auto only = arguments("st");
  only.insert(only.end(), {"--only", "0000000000000000"});
  expect_error(zerogap(only), 2, {"has no cell 0000000000000000"});
  expect_error(zerogap({"status", folder_.path()}), 2, {"holds no sweeps", "store.json"});
  expect_error(zerogap({"collect", folder_.path()}), 2, {"holds no sweeps"});
  ASSERT_EQ(sweep("st").code, 0);
  const fs::path file = one_cell("st", "primal") / "result.json";
  json result = json::parse(text_of(file));
  result["versions"]["zerogap"] = "0.0.1 old";
  write_text(file, result.dump());
  expect_error(zerogap({"collect", store("st")}), 2,
               {"not computed by one program", "0.0.1 old", "1 cells", "--mixed"});
  fs::copy_file(store("st") / "sweeps/small.json", store("st") / "sweeps/other.json");
  expect_error(zerogap({"collect", store("st")}), 2, {"several sweeps", "other, small", "--sweep"});
  const Ended both = zerogap({"collect", store("st"), "--mixed", "--sweep", "small", "--sweep", "other",
                              "--summary", "--out", folder_ / "t.csv"});
  EXPECT_EQ(both.code, 0) << both.err;
  EXPECT_EQ(count(both.out, "\nprimal"), 4) << "two betas, two lambdas: " << both.out;
  EXPECT_EQ(count(text_of(folder_ / "t.csv"), "\n"), 1 + small_cells);
  write_text(file, "{");
  const Ended failed = sweep("st");
  EXPECT_EQ(failed.code, 4) << failed.err;
  const Ended collected = zerogap({"collect", store("st"), "--sweep", "small"});
  EXPECT_EQ(collected.code, 0) << collected.err;
  EXPECT_THAT(collected.err, HasSubstr("1 cells have failed"));
  auto retry = arguments("st");
  retry.emplace_back("--retry-failed");
  EXPECT_EQ(zerogap(retry).code, 0);
}

}  // namespace
}  // namespace zerogap::test

// SPDX-License-Identifier: Apache-2.0
// Sweeps as users run them: alone, under mpirun in groups, several processes at once; stopped, killed,
// failing.

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "program/sweeps.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

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

TEST_F(Sweeps, AddedValuesComputeOnlyTheirOwnCells) {
  ASSERT_EQ(sweep("grown").code, 0);
  std::string larger = small_sweep;
  larger.replace(larger.find("[2, 4]"), 6, "[2, 3, 4]");
  write_text(file(), larger);
  const Ended dry = zerogap({"sweep", file(), "--out", store("grown"), "--dry-run"});
  EXPECT_THAT(dry.out, HasSubstr("18 for 12 points: 12 primal, 6 dual"));
  EXPECT_THAT(dry.out, HasSubstr("6 cells to compute, 12 finished"));
  const Ended given = zerogap({"sweep", file(), "--out", store("grown"), "--dry-run", "--gpu-memory", "24"});
  EXPECT_THAT(given.out, HasSubstr(" cells at once fit into 24.0 GiB (--gpu-memory), an estimate: "));
  const Ended on_host =
      zerogap({"sweep", file(), "--out", store("grown"), "--dry-run", "--set", "run.backend=cpu"});
  EXPECT_EQ(on_host.code, 0) << on_host.err;
  EXPECT_THAT(on_host.out, Not(HasSubstr("GPU")));
  EXPECT_THAT(dry.out, HasSubstr("init.seed moves; paired in data.seed, data.noise.seed, arrangements.seed"));
  const Ended added = sweep("grown");
  EXPECT_EQ(added.code, 0);
  EXPECT_EQ(count(added.err, "\ncell "), 6) << added.err;
  EXPECT_EQ(count(added.err, "network.beta=3"), 6) << added.err;
}

TEST_F(Sweeps, TwoSweepsShareTheCellsTheyHaveInCommon) {
  ASSERT_EQ(sweep("shared").code, 0);
  std::string other = small_sweep;
  other.replace(other.find("[2, 4]"), 6, "[4, 8]");
  write_text(folder_ / "other.yaml", other);
  const Ended ended = zerogap({"sweep", folder_ / "other.yaml", "--out", store("shared")});
  EXPECT_EQ(count(ended.err, "\ncell "), 6) << ended.err;
  const Ended ask = zerogap({"collect", store("shared")});
  expect_error(ask, 2, {"several sweeps", "other, small", "--sweep"});
  const Ended both = zerogap({"collect", store("shared"), "--sweep", "small", "--sweep", "other"});
  EXPECT_EQ(count(both.out, "\n"), 1 + 18);
}

/// A dual whose gates are all shut has no block left; its primal runs all the same.
TEST_F(Sweeps, AFailingCellIsRetriedRecordedAndStopsNoOther) {
  std::string text = small_sweep;
  text.replace(text.find("[0.1, 0.2]"), 10, "[0.1, 1000]");
  write_text(file(), text + "sweep: {retries: 2}\n");
  for (const int ranks : {0, 4}) {
    const std::string name = "failing" + std::to_string(ranks);
    const Settings drop = {"arrangements.drop_dead=true", "sweep.ranks_per_cell=2"};
    const Ended ended = sweep(name, drop, ranks);
    EXPECT_EQ(ended.code, 4) << ended.err;
    EXPECT_EQ(count(ended.err, "\ncell "), 10 + 2 * 3) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("10 of 12 cells are finished, 2 failed"));
    EXPECT_THAT(ended.err, HasSubstr("no arrangement block is left"));
    const json now = status(name);
    EXPECT_EQ(now["failed"], 2);
    EXPECT_EQ(now["failures"][0]["attempts"], 3);
    const std::string cell = now["failures"][0]["cell"];
    EXPECT_THAT(ended.err, HasSubstr("--only " + cell));
    auto alone = arguments(name, drop);
    alone.insert(alone.end(), {"--only", cell});
    const Ended again = zerogap(alone);
    EXPECT_EQ(again.code, 4);
    EXPECT_GE(count(again.err, "\ncell " + cell), 1) << again.err;
    EXPECT_EQ(count(sweep(name, drop).err, "\ncell "), 0);  // retries are used up
    const Ended collected = zerogap({"collect", store(name)});
    EXPECT_EQ(count(collected.out, ",failed,"), 2);
    EXPECT_THAT(collected.err, HasSubstr("2 cells have failed"));
  }
}

/// A certified dual that did not get there is no result, and goes on where it was, from whichever start.
TEST_F(Sweeps, ACertifiedDualIsFinishedOnlyAtItsGap) {
  std::string text = small_sweep;
  text.replace(text.find("{init: 2}"), 9, "{init: [1]}");
  write_text(file(), text);
  const auto with = [](const std::string& epochs) {
    return Settings{"run.networks=[dual]", "optimizer.dual.name=newton", "init.dual_kind=normal",
                    "run.stop.gap=1e-6", "optimizer.dual.epochs=" + epochs};
  };
  const Ended short_one = sweep("gap", with("1"));
  EXPECT_EQ(short_one.code, 4);
  EXPECT_THAT(short_one.err, HasSubstr("is above run.stop.gap 0.0001% after 1 epochs"));
  EXPECT_EQ(count(short_one.err, "\ncell "), 4) << short_one.err;
  text.replace(text.find("[1]"), 3, "[2]");
  write_text(file(), text);
  auto longer = arguments("gap", with("300"));
  EXPECT_EQ(zerogap(longer).code, 4);
  longer.emplace_back("--retry-failed");
  const Ended rest = zerogap(longer);
  EXPECT_EQ(rest.code, 0) << rest.err;
  EXPECT_EQ(status("gap")["done"], 4);
  expect_few_files("gap");
  const json result = json::parse(text_of(one_cell("gap", "dual") / "result.json"));
  EXPECT_LE(result["dual"]["gap"], 1e-6);
  EXPECT_THAT(result["config"].get<std::string>(),
              HasSubstr("  seed: 1\n  path: \"\"\n  map"));  // it went on
}

TEST_F(Sweeps, ADualBesideAGreedyPrimalStartsFromZero) {
  const Ended ended = sweep("greedy", {"init.kind=greedy", "init.greedy.starts=8", "init.greedy.polish=2"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(status("greedy")["done"], small_cells);
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

TEST_F(Sweeps, AResultWithOtherTypesIsAFailureOfItsCell) {
  ASSERT_EQ(sweep("types").code, 0);
  const fs::path file = one_cell("types", "primal") / "result.json";
  const json whole = json::parse(text_of(file));
  const auto broken = [&](const char* pointer, const json& value) {
    json result = whole;
    result[json::json_pointer(pointer)] = value;
    write_text(file, result.dump());
  };
  for (const auto& [pointer, value] :
       std::vector<std::pair<const char*, json>>{{"/cell/schema", "x"},
                                                 {"/cell/name", 3},
                                                 {"/status", 5},
                                                 {"/seconds", nullptr},
                                                 {"/machine/grid", 3},
                                                 {"/machine/kernels", nullptr}}) {
    broken(pointer, value);
    EXPECT_EQ(status("types")["failed"], 1) << pointer;
    const Ended collected = zerogap({"collect", store("types")});
    EXPECT_EQ(collected.code, 0) << pointer << collected.err;
    EXPECT_THAT(collected.out, HasSubstr("result.json is damaged")) << pointer;
  }
  write_text(one_cell("types", "dual") / "failure.json", R"({"attempts": "x"})");
  EXPECT_EQ(status("types")["cells"], small_cells);
  write_text(store("types") / "store.json", R"({"format": "zerogap store", "schema": "x"})");
  expect_error(zerogap({"status", store("types")}), 3, {"another schema"});
  write_text(store("types") / "store.json", R"({"format": 2})");
  expect_error(zerogap({"status", store("types")}), 2, {"holds no sweeps"});
}

TEST_F(Sweeps, DivergenceIsAResult) {
  for (const int ranks : {0, 2}) {
    const std::string name = "diverging" + std::to_string(ranks);
    const Ended ended = sweep(name, {"optimizer.primal.lr=1e35", "sweep.ranks_per_cell=2"}, ranks);
    EXPECT_EQ(ended.code, 0) << ended.err;
    const json now = status(name);
    EXPECT_EQ(now["diverged"], 8) << now;
    EXPECT_EQ(now["done"], 4) << now;
    const Ended collected = zerogap({"collect", store(name), "--summary"});
    EXPECT_THAT(collected.err, HasSubstr("8 cells: diverged"));
    EXPECT_EQ(count(sweep(name, {"optimizer.primal.lr=1e35"}).err, "\ncell "), 0);
  }
}

TEST_F(Sweeps, CollectFlagsDeadNetworksAndAxesThatMoveNothing) {
  std::string text = small_sweep;
  text.replace(text.find("[0.1, 0.2]"), 10, "[1000, 2000]");
  write_text(file(), text);
  ASSERT_EQ(sweep("dead").code, 0);
  const Ended collected = zerogap({"collect", store("dead"), "--out", folder_ / "t.csv"});
  EXPECT_EQ(collected.code, 0);
  EXPECT_THAT(collected.err, HasSubstr("cells: objective = |x|^2"));
  EXPECT_THAT(collected.err, HasSubstr("all 4 dual cells have the objective"));
  EXPECT_THAT(collected.err, HasSubstr("network.lambda changes no dual objective"));
  EXPECT_EQ(count(text_of(folder_ / "t.csv"), "objective = |x|^2"), 4);
}

TEST_F(Sweeps, CellsOfDifferentProgramsAreNotMixedInSilence) {
  ASSERT_EQ(sweep("mixed").code, 0);
  const fs::path file = one_cell("mixed", "primal") / "result.json";
  json result = json::parse(text_of(file));
  result["versions"]["zerogap"] = "0.0.1 old";
  write_text(file, result.dump());
  expect_error(zerogap({"collect", store("mixed")}), 2,
               {"not computed by one program", "0.0.1 old", "1 cells", "--mixed"});
  EXPECT_EQ(zerogap({"collect", store("mixed"), "--mixed"}).code, 0);
}

TEST_F(Sweeps, ADamagedCellIsAFailureOfItsOwn) {
  ASSERT_EQ(sweep("damaged").code, 0);
  const std::string expected = table("damaged");
  const fs::path broken = one_cell("damaged", "primal"), missing = one_cell("damaged", "dual");
  write_text(broken / "result.json", "{");
  fs::remove_all(missing);
  write_text(missing, "not a folder");
  const Ended ended = sweep("damaged");
  EXPECT_EQ(ended.code, 4) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("result.json is damaged (it is not JSON)"));
  EXPECT_THAT(ended.err, HasSubstr("is no folder"));
  fs::remove(missing);
  fs::create_symlink("nowhere", missing);
  EXPECT_THAT(sweep("damaged").err, HasSubstr("is no folder"));
  EXPECT_EQ(status("damaged")["failed"], 2);
  fs::remove(missing);
  auto alone = arguments("damaged");
  alone.insert(alone.end(), {"--only", broken.filename()});
  EXPECT_EQ(zerogap(alone).code, 0);
  EXPECT_EQ(sweep("damaged").code, 0);
  EXPECT_EQ(table("damaged"), expected);
  expect_few_files("damaged");
}

/// As a process leaves it that is killed between a cell's result and its claim's removal.
TEST_F(Sweeps, AClaimInAFinishedCellIsRemovedByTheNextProcess) {
  ASSERT_EQ(sweep("left").code, 0);
  write_text(one_cell("left", "primal") / "claim.3", "");
  const Ended again = sweep("left");
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(count(again.err, "\ncell "), 0) << again.err;
  expect_few_files("left");
}

TEST_F(Sweeps, WhatCannotWorkIsRefusedBeforeAnythingRuns) {
  expect_error(zerogap({"sweep", folder_ / "none.yaml", "--out", store("x")}), 2,
               {"cannot read the sweep file"});
  expect_error(zerogap({"status", folder_.path()}), 2, {"holds no sweeps", "store.json"});
  expect_error(zerogap({"collect", folder_.path()}), 2, {"holds no sweeps"});
  expect_error(sweep("x", {"data.source=hdf5", "data.path=/nowhere.h5"}), 3, {"the point", "/nowhere.h5"});
  write_text(store("taken"), "a file");
  expect_error(sweep("taken"), 3, {"cannot make the folder"});
  fs::create_directories(store("other"));
  write_text(store("other") / "store.json", R"({"format": "zerogap store", "schema": 99})");
  expect_error(sweep("other"), 3, {"another schema", "99"});
  fs::create_directories(store("run") / "checkpoints");
  expect_error(sweep("run"), 2, {"holds a run"});
  fs::create_directories(store("sweeps"));
  write_text(store("sweeps") / "store.json", R"({"format": "zerogap store", "schema": 1})");
  const Training run(store("sweeps"), {});
  expect_error(run.train(), 2, {"holds sweeps", "give another --out"});
  const Ended odd = sweep("odd", {"sweep.ranks_per_cell=2"}, 3);
  EXPECT_EQ(odd.code, 2);
  EXPECT_THAT(odd.err, HasSubstr("3 ranks do not make groups of 2"));
  auto only = arguments("x");
  only.insert(only.end(), {"--only", "0000000000000000"});
  expect_error(zerogap(only), 2, {"has no cell 0000000000000000"});
  EXPECT_FALSE(fs::exists(store("x") / "cells"));
}

}  // namespace
}  // namespace zerogap::test

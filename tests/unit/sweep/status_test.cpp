// SPDX-License-Identifier: Apache-2.0
// What status says of stores whose cells are made by hand.

#include "sweep/status.hpp"

#include <cmath>

#include "sweep/cell_status.hpp"
#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

using test::Json;
using ::testing::HasSubstr;

class Statuses : public test::HandmadeStore {
 protected:
  static Cell primal(const std::string& name, double pairs, const std::string& start = "") {
    return {.name = name, .settings = {{"network.beta", "2"}}, .pairs = pairs, .start = start};
  }
  static Cell dual(const std::string& name, double pairs) {
    return {.name = name, .network = Network::dual, .settings = {{"network.beta", "2"}}, .pairs = pairs};
  }
  Json status(const SweepPlan& plan) const {
    store_.save(plan);
    return sweep_status(store_.path(), {}).at(0);
  }
  std::string text(const SweepPlan& plan) const { return status_text(Json::array({status(plan)})); }
  static std::string owner(long pid, const std::string& host) {
    LeaseOwner owner = this_process();
    owner.pid = pid;
    owner.host = host;
    owner.start = 1;
    owner.job = "77";
    owner.since = "2026-01-02T03:04:05";
    return to_text(owner);
  }

  FileClock clock_ = claim_clock(store_.path());
};

TEST_F(Statuses, CountEachCellOnce) {
  const auto plan =
      plan_of({dual("done", 1), dual("diverged", 1), dual("running", 1), dual("stale", 1), dual("failed", 1),
               dual("retry", 1), dual("interrupted", 1), dual("released", 1), dual("todo", 1)},
              2);
  finish(plan.cells[0]);
  finish(plan.cells[1], {{"status", "diverged"}});
  const auto mine = Claim::take(cell("running"), clock_);
  // No process has number 2^22 and more (proc(5), pid_max).
  write("stale", "claim.1", owner(1L << 22, this_process().host));
  fail("failed", {.attempts = 3});
  fail("retry", {.attempts = 2});
  for (const char* stopped : {"interrupted", "released"}) Claim::take(cell(stopped), clock_).reset();
  write("interrupted", "checkpoints/00000001.h5", "");
  const Json json = status(plan);
  EXPECT_EQ(json["name"], "s");
  EXPECT_EQ(json["cells"], 9);
  for (const char* state : {"done", "diverged", "running", "stale", "failed", "retry", "interrupted"})
    EXPECT_EQ(json[state], 1) << state;
  EXPECT_EQ(json["todo"], 2) << "a claim that was given back without a checkpoint leaves nothing";
  EXPECT_EQ(json["at_work"][0]["cell"], "running");
  EXPECT_EQ(json["at_work"][0]["pid"], ::getpid());
  EXPECT_EQ(json["gone"][0]["cell"], "stale");
  EXPECT_THAT(json["gone"][0]["stale"].get<std::string>(), HasSubstr("is gone"));
  EXPECT_EQ(json["failures"].size(), 2U);
  EXPECT_THAT(status_text(Json::array({json})),
              ::testing::StartsWith("sweep s: 9 cells; 1 done 1 diverged 1 running 1 stale 1 failed 1 retry "
                                    "1 interrupted 2 todo"));
}

TEST_F(Statuses, ArePlainText) {
  const auto plan = plan_of({dual("at-work", 1), primal("failed", 1)});
  write("at-work", "claim.1", owner(12, "elsewhere"));
  write("at-work", "history.jsonl",
        "{\"epoch\": 2, \"seconds\": 5}\n{\"epoch\": 4, \"seconds\": 90, \"dual\": {\"gap\": 0.25, "
        "\"objective\": 7}}\n{\"epoch\": 6, \"sec");
  fail("failed", {.attempts = 2, .message = "it broke"});
  EXPECT_EQ(
      text(plan),
      "sweep s: 2 cells; 1 running 1 failed\n"
      "  at-work  dual    network.beta=2\n"
      "      process 12 on elsewhere (Slurm job 77) since 2026-01-02T03:04:05, epoch 4 after 1 min 30 s, "
      "gap 25.0%\n"
      "  failed  primal  network.beta=2\n"
      "      failed 2 times: it broke\n"
      "      alone: zerogap sweep /sweeps/s.yaml --out " +
          store_.path().string() + " --only failed\n");
  EXPECT_EQ(status(plan)["at_work"][0]["objective"], 7);
}

TEST_F(Statuses, EstimateTheRestAtThePaceOfFinishedCellsOfItsNetwork) {
  auto plan = plan_of({primal("a", 100), primal("b", 300), primal("c", 40), dual("d", 10)});
  EXPECT_TRUE(status(plan)["seconds_left"].is_null() ||
              std::isnan(status(plan)["seconds_left"].get<double>()))
      << "nothing is finished";
  finish(plan.cells[0], {{"status", "complete"}, {"seconds", 50.0}});
  finish(plan.cells[1], {{"status", "complete"}, {"seconds", 30.0}});
  // 80 s for 400 pairs, 0.2 s each: 40 of c, and 10 of d, whose network has no pace of its own.
  EXPECT_DOUBLE_EQ(status(plan)["seconds_left"].get<double>(), 50 * 0.2);
  plan.cells.push_back(dual("e", 5));
  finish(plan.cells[4], {{"status", "complete"}, {"seconds", 20.0}});
  EXPECT_DOUBLE_EQ(status(plan)["seconds_left"].get<double>(), 40 * 0.2 + 10 * 4.0);
  EXPECT_THAT(text(plan), HasSubstr("3 done 2 todo; about 48 s left for one process\n"));
  const auto one = Claim::take(cell("c"), clock_), other = Claim::take(cell("d"), clock_);
  EXPECT_DOUBLE_EQ(status(plan)["seconds_left"].get<double>(), 48.0 / 2);
  EXPECT_THAT(text(plan), HasSubstr("; about 24 s left with 2 at work\n"));
}

TEST_F(Statuses, DoNotWaitForCellsThatHaveFailed) {
  const auto plan = plan_of({primal("a", 100), primal("b", 100)});
  finish(plan.cells[0], {{"status", "complete"}, {"seconds", 5.0}});
  fail("b", {.attempts = 1});
  EXPECT_EQ(status(plan)["seconds_left"], 5.0) << "it has a retry left";
  fail("b", {.attempts = 2});
  EXPECT_EQ(status(plan)["seconds_left"], 0.0);
}

TEST_F(Statuses, AreSettledWhenNothingIsAtWorkOrLeft) {
  auto plan = plan_of({dual("a", 1)});
  EXPECT_FALSE(nothing_left(Json::array({status(plan)})));
  fail("a", {.attempts = 1});
  EXPECT_FALSE(nothing_left(Json::array({status(plan)}))) << "it is tried again";
  fail("a", {.attempts = 2});
  EXPECT_TRUE(nothing_left(Json::array({status(plan)})));
  plan.cells.push_back(dual("b", 1));
  finish(plan.cells[1]);
  EXPECT_TRUE(nothing_left(Json::array({status(plan)})));
  const auto mine = Claim::take(cell("c"), clock_);
  plan.cells.push_back(dual("c", 1));
  EXPECT_FALSE(nothing_left(Json::array({status(plan)})));
}

TEST_F(Statuses, CallCellsFailedThatStartFromFailedOnes) {
  const auto plan = plan_of({primal("a", 1), primal("b", 1, "a"), primal("c", 1, "b")}, 0);
  EXPECT_EQ(status(plan)["todo"], 3);
  fail("a", {.attempts = 1, .message = "it broke"});
  const Json json = status(plan);
  EXPECT_EQ(json["failed"], 3);
  EXPECT_EQ(json["failures"][1]["message"], "it starts from cell a, which failed");
  EXPECT_EQ(json["failures"][2]["message"], "it starts from cell b, which failed");
}

TEST_F(Statuses, CallWhatIsNoFolderOrDamagedFailed) {
  const auto plan = plan_of({dual("a", 1), dual("b", 1)});
  test::write_text(store_.cell("a"), "a file");
  write("b", "result.json", "{");
  const Json failures = status(plan)["failures"];
  EXPECT_EQ(failures[0]["message"], store_.cell("a").string() + " is no folder; move it away");
  EXPECT_THAT(failures[1]["message"].get<std::string>(),
              HasSubstr("result.json is damaged (it is not JSON)"));
}

TEST_F(Statuses, GiveTheCommandOfACellAsAShellTakesIt) {
  auto plan = plan_of({dual("a", 1)});
  plan.file.path = "my sweep.yaml";
  plan.file.overrides = {"run.networks=[dual]", "network.beta=2", "data.path=it's"};
  EXPECT_EQ(rerun_command(store_, plan, plan.cells[0]),
            "zerogap sweep 'my sweep.yaml' --out " + store_.path().string() +
                " --set 'run.networks=[dual]' --set network.beta=2 --set 'data.path=it'\\''s' --only a");
}

TEST_F(Statuses, AreOfTheSweepsThatAreNamed) {
  EXPECT_EQ(status_text(sweep_status(store_.path(), {})), "no sweep yet\n");
  auto plan = plan_of({dual("a", 1)});
  for (const char* name : {"s", "t"}) {
    plan.file.name = name;
    store_.save(plan);
  }
  EXPECT_EQ(status_text(sweep_status(store_.path(), {})),
            "sweep s: 1 cells; 1 todo\nsweep t: 1 cells; 1 todo\n");
  EXPECT_EQ(status_text(sweep_status(store_.path(), {"t"})), "sweep t: 1 cells; 1 todo\n");
  test::expect_error(ExitCode::usage, {"has no sweep u", "its sweeps: s, t"},
                     [&] { sweep_status(store_.path(), {"u"}); });
}

}  // namespace
}  // namespace zerogap

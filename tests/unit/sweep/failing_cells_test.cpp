// SPDX-License-Identifier: Apache-2.0
// Cells that fail, diverge or are damaged: what is recorded, tried again, and what the others are to that.

#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using test::Ended;
using test::Json;
using test::Overrides;
using test::replaced;
using test::small_cells;
using test::small_sweep;
using test::write_text;
using ::testing::HasSubstr;

class FailingCells : public test::SweepsHere {
 protected:
  /// A dual whose gates are all shut has no block left; its primal runs all the same.
  void close_gates_at_one_lambda(const std::string& rest = "") const {
    write_text(file(), replaced(small_sweep, "[0.1, 0.2]", "[0.1, 1000]") + rest);
  }
  const Overrides drop_ = {"arrangements.drop_dead=true"};
};

TEST_F(FailingCells, AreRetriedRecordedAndStopNoOther) {
  close_gates_at_one_lambda("sweep: {retries: 2}\n");
  const Ended ended = sweep("st", drop_);
  EXPECT_EQ(ended.code, ExitCode::runtime) << ended.said;
  EXPECT_EQ(told_cells(ended), 10 + 2 * 3) << ended.said;
  EXPECT_THAT(ended.said, HasSubstr("10 of 12 cells are finished, 2 failed"));
  EXPECT_THAT(ended.said, HasSubstr("no arrangement block is left"));
  const Json now = status("st");
  EXPECT_EQ(now["failed"], 2);
  EXPECT_EQ(now["done"], 10);
  EXPECT_EQ(now["failures"][0]["attempts"], 3);
  const std::string cell = now["failures"][0]["cell"];
  EXPECT_THAT(ended.said, HasSubstr("--only " + cell));
  const Ended again = only(cell, arguments("st", drop_));
  EXPECT_EQ(again.code, ExitCode::runtime);
  EXPECT_EQ(told_cells(again), 3) << "it has its retries again";
  EXPECT_THAT(again.said, HasSubstr("0 of 1 cells are finished, 1 failed"));
  EXPECT_EQ(told_cells(sweep("st", drop_)), 0) << "retries are used up";
  const Table collected = collect(store("st"), {});
  EXPECT_EQ(test::count(to_csv(collected), ",failed,"), 2);
  EXPECT_THAT(collected.warnings.at(0), HasSubstr("2 cells have failed"));
}

TEST_F(FailingCells, LeaveTheNumberOfTheirFailuresToTheirResult) {
  write_text(file(), replaced(replaced(small_sweep, "[2, 4]", "[2]"), "[0.1, 0.2]", "[0.1]"));
  const Overrides dual = {"run.networks=[dual]"};
  sweep("st", dual);
  const fs::path cell = one_cell("st", Network::dual);
  fs::remove(cell / "result.json");
  Store::open(store("st")).save_failure(cell.filename(), {.attempts = 1, .message = "once"});
  EXPECT_EQ(sweep("st", dual).code, ExitCode::done);
  EXPECT_EQ(result("st", cell.filename())["cell"]["failures"], 1);
  EXPECT_FALSE(fs::exists(cell / "failure.json"));
}

/// A certified dual that did not get there is no result, and goes on where it was, from whichever start.
TEST_F(FailingCells, AreCertifiedDualsThatDidNotReachTheirGap) {
  const std::string text = replaced(small_sweep, "{init: 2}", "{init: [1]}");
  write_text(file(), text);
  const auto with = [](const std::string& epochs) {
    return Overrides{"run.networks=[dual]", "optimizer.dual.name=newton",      "init.dual_kind=normal",
                     "run.stop.gap=1e-6",   "optimizer.dual.epochs=" + epochs, "run.precision=fp64"};
  };
  const Ended short_one = sweep("gap", with("1"));
  EXPECT_EQ(short_one.code, ExitCode::runtime);
  EXPECT_THAT(short_one.said, HasSubstr("is above run.stop.gap 0.0001% after 1 epochs"));
  EXPECT_EQ(told_cells(short_one), 4) << "retries would change nothing" << short_one.said;
  write_text(file(), replaced(text, "[1]", "[2]"));
  const auto longer = arguments("gap", with("300"));
  EXPECT_EQ(run(longer).code, ExitCode::runtime);
  const Ended rest = retry_failed(longer);
  EXPECT_EQ(rest.code, ExitCode::done) << rest.said;
  EXPECT_EQ(status("gap")["done"], 4);
  expect_few_files("gap");
  const Json done = result("gap", one_cell("gap", Network::dual).filename());
  EXPECT_LE(done["dual"]["gap"], 1e-6);
  EXPECT_THAT(done["config"].get<std::string>(), HasSubstr("  seed: 1\n  path: \"\"\n  map")) << "it went on";
}

TEST_F(FailingCells, AreNotThoseThatDiverge) {
  const Overrides far = {"optimizer.primal.lr=1e35"};
  const Ended ended = sweep("st", far);
  EXPECT_EQ(ended.code, ExitCode::done) << ended.said;
  EXPECT_EQ(test::count(ended.said, "  diverged"), 8);
  const Json now = status("st");
  EXPECT_EQ(now["diverged"], 8) << now;
  EXPECT_EQ(now["done"], 4) << now;
  Table collected = collect(store("st"), {});
  add_sanity_flags(collected);
  EXPECT_THAT(collected.warnings, ::testing::Contains("8 cells: diverged"));
  for (const Row& row : collected.rows)
    EXPECT_EQ(value(row, "message").is_string(), value(row, "network") == "primal");
  EXPECT_EQ(told_cells(sweep("st", far)), 0);
}

TEST_F(FailingCells, AreThoseThatAreDamagedUntilTheyAreComputedAgain) {
  sweep("st");
  const std::string expected = table("st");
  const fs::path broken = one_cell("st", Network::primal), missing = one_cell("st", Network::dual);
  write_text(broken / "result.json", "{");
  fs::remove_all(missing);
  write_text(missing, "not a folder");
  const Ended ended = sweep("st");
  EXPECT_EQ(ended.code, ExitCode::runtime) << ended.said;
  EXPECT_THAT(ended.said, HasSubstr("result.json is damaged (it is not JSON)"));
  EXPECT_THAT(ended.said, HasSubstr("is no folder"));
  fs::remove(missing);
  fs::create_symlink("nowhere", missing);
  EXPECT_THAT(sweep("st").said, HasSubstr("is no folder"));
  EXPECT_EQ(status("st")["failed"], 2);
  fs::remove(missing);
  EXPECT_EQ(only(broken.filename(), arguments("st")).code, ExitCode::done);
  EXPECT_EQ(sweep("st").code, ExitCode::done);
  EXPECT_EQ(table("st"), expected);
  expect_few_files("st");
}

TEST_F(FailingCells, AreFlaggedByCollectWhereTheyAreDeadOrAnAxisMovesNothing) {
  write_text(file(), replaced(small_sweep, "[0.1, 0.2]", "[1000, 2000]"));
  sweep("dead");
  Table collected = collect(store("dead"), {});
  add_sanity_flags(collected);
  std::string warnings;
  for (const auto& warning : collected.warnings) warnings += warning + "\n";
  EXPECT_THAT(warnings, HasSubstr("cells: objective = |x|^2"));
  EXPECT_THAT(warnings, HasSubstr("all 4 dual cells have the objective"));
  EXPECT_THAT(warnings, HasSubstr("network.lambda changes no dual objective"));
  EXPECT_EQ(test::count(to_csv(collected), "objective = |x|^2"), 4);
}

}  // namespace
}  // namespace zerogap

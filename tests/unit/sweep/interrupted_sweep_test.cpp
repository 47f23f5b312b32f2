// SPDX-License-Identifier: Apache-2.0
// Sweeps that are asked to stop, between two cells and within one, and one that loses its cell. Each happens
// at a line of the console, which comes at the same place every time.

#include <functional>

#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

using test::Ended;
using test::Json;
using test::Overrides;
using test::replaced;
using test::small_cells;
using test::small_sweep;
using test::write_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class InterruptedSweeps : public test::SweepsHere {
 protected:
  /// Does this just before the console shows its n-th line.
  static void at_line(int line, const std::function<void()>& work) {
    log::before_line([left = line, work]() mutable {
      if (--left == 0) work();
    });
  }
  static void stop_at_line(int line) {
    at_line(line, [] { std::raise(SIGTERM); });
  }
  ~InterruptedSweeps() override { log::before_line({}); }
};

TEST_F(InterruptedSweeps, StopBetweenTwoCellsAndGoOn) {
  stop_at_line(4);  // threads, the sweep, and two cells
  const Ended stopped = sweep("st");
  log::before_line({});
  EXPECT_EQ(stopped.code, ExitCode::stopped) << stopped.said;
  EXPECT_THAT(stopped.said, HasSubstr("stopped on request; the same command goes on"));
  const int before = told_cells(stopped);
  EXPECT_EQ(before, 2) << stopped.said;
  EXPECT_EQ(status("st")["done"], before);
  const std::filesystem::directory_iterator folders(store("st") / "cells");
  EXPECT_EQ(std::distance(begin(folders), end(folders)), before) << "no other cell was begun";
  EXPECT_EQ(status("st")["running"], 0);
  EXPECT_EQ(told_cells(sweep("st")), small_cells - before) << "the request is forgotten";
  sweep("undisturbed");
  EXPECT_EQ(table("st"), table("undisturbed"));
}

/// A network without an active filter is warned of at its first evaluation, and then the stop is asked for.
TEST_F(InterruptedSweeps, StopWithinACellGiveItBackAndGoOnFromItsCheckpoint) {
  write_text(file(), replaced(small_sweep, "[0.1, 0.2]", "[1000]"));
  const Overrides primal = {"run.networks=[primal]"};
  stop_at_line(3);  // the sweep, threads, the warning
  const Ended stopped = sweep("st", primal);
  log::before_line({});
  EXPECT_EQ(stopped.code, ExitCode::stopped) << stopped.said;
  EXPECT_EQ(told_cells(stopped), 0);
  const Json now = status("st");
  EXPECT_EQ(now["interrupted"], 1) << now;
  EXPECT_EQ(now["running"], 0);
  EXPECT_EQ(now["stale"], 0);
  EXPECT_EQ(now["todo"], 3);
  EXPECT_THAT(collect(store("st"), {}).warnings,
              ElementsAre("sweep small is not finished: 4 of 4 cells are missing from the table"));
  EXPECT_EQ(told_cells(sweep("st", primal)), 4);
  sweep("undisturbed", primal);
  EXPECT_EQ(table("st"), table("undisturbed"));
  expect_few_files("st");
}

/// As it looks to a process that stood still so long that another host thought it gone.
TEST_F(InterruptedSweeps, LeaveACellThatWasTakenOverMeanwhileToTheOther) {
  write_text(file(), replaced(replaced(small_sweep, "[2, 4]", "[2]"), "[0.1, 0.2]", "[1000]"));
  auto one = arguments("st", {"run.networks=[primal]"});
  one.only = plan_sweep(load_sweep(one.file, one.overrides)).cells.at(0).name;
  const auto folder = store("st") / "cells" / one.only;
  LeaseOwner other = this_process();
  other.host = "elsewhere";
  at_line(3, [&] { write_text(folder / "claim.2", to_text(other)); });  // within the cell, as above
  const Ended ended = run(one);
  log::before_line({});
  EXPECT_EQ(ended.code, ExitCode::done);
  EXPECT_THAT(ended.said, HasSubstr("cell " + one.only +
                                    " was taken over by another process while this one was suspended"));
  EXPECT_EQ(told_cells(ended), 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "result.json"));
  EXPECT_EQ(status("st")["at_work"][0]["host"], "elsewhere");
}

}  // namespace
}  // namespace zerogap

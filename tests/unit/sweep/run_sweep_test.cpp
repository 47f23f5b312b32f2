// SPDX-License-Identifier: Apache-2.0
// Sweeps to their end: what is computed, what is left alone, and what the table says.

#include "sweep/run_sweep.hpp"

#include "data/export.hpp"
#include "sweep/queue.hpp"
#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

using test::Ended;
using test::Json;
using test::replaced;
using test::small_cells;
using test::small_sweep;
using test::write_text;
using ::testing::HasSubstr;
using ::testing::Not;

class SweepRuns : public test::SweepsHere {
 protected:
  SweepPlan planned() const { return plan_sweep(load_sweep(file().string(), {})); }
};

TEST_F(SweepRuns, ComputeEachCellAndTellOfIt) {
  const Ended ended = sweep("st");
  EXPECT_EQ(ended.code, ExitCode::done) << ended.said;
  EXPECT_THAT(ended.said, HasSubstr("sweep small: 8 points, 12 cells; 1 data set read in "));
  EXPECT_THAT(ended.said, HasSubstr("12 of 12 cells are finished; zerogap status "));
  EXPECT_EQ(told_cells(ended), small_cells);
  expect_few_files("st");
  EXPECT_EQ(status("st")["done"], small_cells);
  for (const Cell& cell : plan("st").cells) {
    EXPECT_THAT(ended.said, HasSubstr("cell " + cell.name + "  " + name_of(cell.network)));
    const Json own = result("st", cell.name);
    EXPECT_EQ(own["status"], "complete");
    EXPECT_EQ(own["epoch"], 4);
    EXPECT_EQ(own["cell"]["sweep"], "small");
    EXPECT_EQ(own["cell"]["ranks"], 1);
    EXPECT_EQ(own["cell"]["failures"], 0);
    EXPECT_FALSE(own.contains(cell.network == Network::primal ? "dual" : "primal"));
  }
}

TEST_F(SweepRuns, TakeTheLargestCellsFirst) {
  // 4 filters against 5 blocks over as many epochs: the dual cells are the larger ones.
  const Ended ended = sweep("st");
  const auto last_dual = ended.said.rfind("  dual  "), first_primal = ended.said.find("  primal  ");
  ASSERT_NE(last_dual, std::string::npos);
  EXPECT_LT(last_dual, first_primal) << ended.said;
}

TEST_F(SweepRuns, AreATableOfTheResultsOfTheirCells) {
  sweep("st");
  const Table all = collect(store("st"), {});
  EXPECT_THAT(all.warnings, ::testing::IsEmpty());
  const auto cells = plan("st").cells;
  ASSERT_EQ(all.rows.size(), cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Json own = result("st", cells[i].name);
    const Json& numbers = own[name_of(cells[i].network)];
    EXPECT_EQ(value(all.rows[i], "cell"), cells[i].name);
    EXPECT_EQ(value(all.rows[i], "objective"), numbers["objective"].get<double>());
    EXPECT_EQ(value(all.rows[i], "psnr"), numbers["psnr"].get<double>());
    EXPECT_EQ(value(all.rows[i], "test.psnr"), numbers["test"]["psnr"].get<double>());
    EXPECT_EQ(value(all.rows[i], "seconds"), own["seconds"].get<double>());
    EXPECT_EQ(value(all.rows[i], "network.beta"), std::stod(cells[i].settings[0].second));
  }
}

TEST_F(SweepRuns, LeaveFinishedCellsAloneAndEndAtTheSameBits) {
  sweep("st");
  const std::string expected = table("st");
  const Ended again = sweep("st");
  EXPECT_EQ(again.code, ExitCode::done);
  EXPECT_EQ(told_cells(again), 0) << again.said;
  sweep("other");
  EXPECT_EQ(table("other"), expected);
}

TEST_F(SweepRuns, ComputeOnlyTheCellsOfAddedValues) {
  sweep("grown");
  write_text(file(), replaced(small_sweep, "[2, 4]", "[2, 3, 4]"));
  const Ended added = sweep("grown");
  EXPECT_EQ(added.code, ExitCode::done);
  EXPECT_EQ(told_cells(added), 6) << added.said;
  EXPECT_EQ(test::count(added.said, "network.beta=3"), 6) << added.said;
}

TEST_F(SweepRuns, ShareTheCellsThatTwoSweepsHaveInCommon) {
  sweep("shared");
  write_text(folder_ / "other.yaml", replaced(small_sweep, "[2, 4]", "[4, 8]"));
  auto other = arguments("shared");
  other.file = (folder_ / "other.yaml").string();
  EXPECT_EQ(told_cells(run(other)), 6);
  test::expect_error(ExitCode::usage, {"several sweeps", "other, small", "--sweep"},
                     [&] { table("shared"); });
  EXPECT_EQ(collect(store("shared"), {.sweeps = {"small", "other"}}).rows.size(), 18U);
}

TEST_F(SweepRuns, LeaveACellToTheProcessThatHasIt) {
  const auto all = planned();
  const Store shared = Store::create(store("st"));
  CellQueue elsewhere(shared, all, "", false);
  auto taken = elsewhere.next();
  ASSERT_TRUE(taken);
  const Ended here = sweep("st");
  EXPECT_EQ(here.code, ExitCode::done);
  EXPECT_EQ(told_cells(here), small_cells - 1);
  EXPECT_THAT(here.said, Not(HasSubstr("\ncell " + all.cells[taken->cell].name)));
  EXPECT_THAT(here.said, HasSubstr("11 of 12 cells are finished, 1 are left or with other processes"));
  EXPECT_EQ(status("st")["running"], 1);
  taken.reset();
  const Ended rest = sweep("st");
  EXPECT_EQ(told_cells(rest), 1);
  EXPECT_THAT(rest.said, HasSubstr("12 of 12 cells are finished"));
}

/// As a process leaves it that is killed between a cell's result and its claim's removal.
TEST_F(SweepRuns, RemoveAClaimThatWasLeftInAFinishedCell) {
  sweep("left");
  write_text(one_cell("left", Network::primal) / "claim.3", "");
  const Ended again = sweep("left");
  EXPECT_EQ(again.code, ExitCode::done);
  EXPECT_EQ(told_cells(again), 0) << again.said;
  expect_few_files("left");
}

TEST_F(SweepRuns, TakeOneFileForAnotherOfItsNameOnlyWhereItHasAllCells) {
  const auto sweep_of = [&](const std::string& folder, const std::string& betas) {
    std::filesystem::create_directories(folder_ / folder);
    write_text(folder_ / folder / "x.yaml",
               replaced(replaced(small_sweep, "[2, 4]", betas), "[0.1, 0.2]", "[0.1]"));
    auto all = arguments("st", {"run.networks=[primal]", "init.seed=1"});
    all.file = (folder_ / folder / "x.yaml").string();
    return run(all);
  };
  EXPECT_EQ(sweep_of("a", "[2, 3]").code, ExitCode::done);
  const Ended other = sweep_of("b", "[3, 4]");
  EXPECT_EQ(other.code, ExitCode::usage);
  EXPECT_THAT(other.said, HasSubstr("has a sweep x of another file (2 cells of "));
  EXPECT_THAT(other.said, HasSubstr("a/x.yaml"));
  EXPECT_THAT(other.said, HasSubstr("rename the file"));
  EXPECT_EQ(status("st")["cells"], 4);
  // The same file may change, and one that only adds to the other may take its place.
  EXPECT_EQ(sweep_of("a", "[3]").code, ExitCode::done);
  EXPECT_EQ(sweep_of("b", "[3, 4]").code, ExitCode::done);
  EXPECT_EQ(status("st")["cells"], 4);
}

TEST_F(SweepRuns, OfOneProcessComputeCellsForSeveralRanksOnOne) {
  const Ended ended = sweep("st", {"sweep.ranks_per_cell=2"});
  EXPECT_EQ(ended.code, ExitCode::done) << ended.said;
  EXPECT_THAT(ended.said,
              HasSubstr("sweep.ranks_per_cell is 2, but this is one process: cells run on one rank"));
  EXPECT_EQ(result("st", plan("st").cells[0].name)["machine"]["ranks"], 1);
  sweep("one");
  EXPECT_EQ(table("st"), table("one"));
}

TEST_F(SweepRuns, HaveTextsInTheirTableAsTheyAre) {
  const std::string named = (folder_ / "w, \"d\" #.h5").string();
  DataOptions digits;
  digits.images = 3;
  write_dataset_hdf5(digits, Part::train, named);
  write_text(file(),
             "config:\n  data: {source: hdf5, images: 3, test_images: 0}\n"
             "  network: {filters: 4, arrangements: 5}\n  optimizer: {epochs: 4}\n"
             "  run: {networks: [primal], threads: 1}\naxes: {data.path: ['" +
                 named + "']}\n");
  const Ended ended = sweep("text");
  EXPECT_EQ(ended.code, ExitCode::done) << ended.said;
  EXPECT_EQ(value(collect(store("text"), {}).rows.at(0), "data.path"), named);
  EXPECT_THAT(table("text"), HasSubstr(",\"" + (folder_ / "w, \"\"d\"\" #.h5").string() + "\","));
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
// Sweeps whose cells start from their neighbour's solution.

#include "sweep/warm_start_chain.hpp"
#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using test::Ended;
using test::Json;
using test::Overrides;
using test::replaced;
using test::small_sweep;
using test::text_of;
using test::write_text;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

/// Per lambda and seed a chain of three primal cells, per lambda one of three dual ones: 12 + 6 cells.
class Chains : public test::SweepsHere {
 protected:
  Chains() { write_text(file(), chained_); }

  Json result_at(const std::string& name, Network network, const std::string& beta) const {
    for (const Cell& cell : plan(name).cells)
      if (cell.network == network && cell.settings[0].second == beta) return result(name, cell.name);
    return {};
  }
  fs::path cell(const std::string& name, const Json& result) const {
    return store(name) / "cells" / result["cell"]["name"].get<std::string>();
  }
  SweepPlan planned(const Overrides& overrides = {}) const {
    return plan_sweep(load_sweep(file().string(), overrides));
  }

  const std::string cold_ = replaced(small_sweep, "[2, 4]", "[8, 4, 2]");
  const std::string chained_ = cold_ + "chain: network.beta\n";
};

TEST_F(Chains, GoOnFromTheNeighboursSolution) {
  const Ended ended = sweep("chain");
  EXPECT_EQ(ended.code, ExitCode::done);
  EXPECT_THAT(ended.said, HasSubstr("18 of 18 cells are finished"));
  expect_few_files("chain");
  for (const Network network : {Network::primal, Network::dual}) {
    const char* name = name_of(network);
    EXPECT_FALSE(result_at("chain", network, "8")["cell"].contains("start"));
    const Json second = result_at("chain", network, "4");
    const Json first = result("chain", second["cell"]["start"]);
    EXPECT_THAT(first["config"].get<std::string>(), HasSubstr("beta: 8\n"));
    EXPECT_EQ(first["cell"]["network"], name);
    // Its first evaluation is that of the neighbour's weights, by this cell's terms.
    const std::string history = text_of(cell("chain", second) / "history.jsonl");
    const Json begin = Json::parse(history.substr(0, history.find('\n')));
    EXPECT_EQ(begin["epoch"], 0);
    EXPECT_NEAR(begin[name]["fit"].get<double>(), first[name]["fit"].get<double>(),
                1e-5 * first[name]["fit"].get<double>());
  }
  // Cold cells of the first place are those of a sweep without chain.
  write_text(file(), cold_);
  EXPECT_THAT(describe_sweep(arguments("chain"), 1), HasSubstr("12 cells to compute, 6 finished"));
}

TEST_F(Chains, LetACellWaitWhoseStartFailedAndSaySo) {
  write_text(file(), replaced(chained_, "[0.1, 0.2]", "[1000]") + "sweep: {retries: 0}\n");
  const auto dual = arguments("failing", {"arrangements.drop_dead=true", "run.networks=[dual]"});
  const Ended ended = run(dual);
  EXPECT_EQ(ended.code, ExitCode::runtime);
  EXPECT_THAT(ended.said, HasSubstr("0 of 3 cells are finished, 1 failed, 2 start from failed ones"));
  const Json now = status("failing");
  EXPECT_EQ(now["failed"], 3) << now;
  EXPECT_THAT(now["failures"][1]["message"].get<std::string>(), HasSubstr("it starts from cell "));
  const Ended alone = only(now["failures"][2]["cell"], dual);
  EXPECT_EQ(alone.code, ExitCode::data);
  for (const char* part : {"there is no solution of cell ", "(it is not finished)", "--only "})
    EXPECT_THAT(alone.said, HasSubstr(part));
}

TEST_F(Chains, AlongWhatANetworkDoesNotTrainOnAreNone) {
  write_text(file(), replaced(small_sweep, "network.beta: [2, 4]", "network.rho: [0, 0.01, 0.02]") +
                         "chain: network.rho\n");
  const std::string hinge = describe_sweep(arguments("x"), 1);
  EXPECT_THAT(hinge, HasSubstr("18 for 12 points: 12 primal, 6 dual"));
  EXPECT_THAT(hinge, HasSubstr("4 start from the solution of their neighbour along network.rho"));
  for (const Cell& cell : planned().cells)
    EXPECT_TRUE(cell.start.empty() || cell.network == Network::dual) << describe(cell.settings);
  EXPECT_THAT(describe_sweep(arguments("x", {"network.constraints=none"}), 1),
              HasSubstr("6 for 12 points: 4 primal, 2 dual"));
}

TEST_F(Chains, ThatCannotWorkAreRefusedBeforeAnythingRuns) {
  test::expect_error(ExitCode::usage, {"the point", "chain and arrangements.pricing"}, [&] {
    run_sweep(
        arguments("x", {"run.networks=[dual]", "optimizer.name=newton", "arrangements.pricing.rounds=1"}),
        *world_);
  });
  const Config of_a_dual = parse_config("{}", "the test", {"init.kind=dual", "init.path=x"});
  test::expect_error(ExitCode::usage, {"chain and init.kind: dual"},
                     [&] { require_chainable("network.beta", of_a_dual, Network::primal); });
  write_text(file(), small_sweep + "chain: network.lambda\n");
  test::expect_error(ExitCode::usage, {"the point", "chain: network.lambda and arrangements.drop_dead"},
                     [&] { run_sweep(arguments("x", {"arrangements.drop_dead=true"}), *world_); });
  EXPECT_FALSE(fs::exists(store("x")));
}

/// The primal cell at beta = 4 of the first chain, and the one that starts from it.
TEST_F(Chains, ComputeADamagedStartAgainByItsCommand) {
  sweep("chain");
  const std::string expected = table("chain");
  const Json last = result_at("chain", Network::primal, "2");
  const std::string start = last["cell"]["start"], follower = last["cell"]["name"];
  for (const auto& file : fs::directory_iterator(store("chain") / "cells" / start / "checkpoints"))
    fs::resize_file(file.path(), 1000);
  fs::remove_all(store("chain") / "cells" / follower);
  const Ended failing = sweep("chain");
  EXPECT_EQ(failing.code, ExitCode::runtime);
  EXPECT_THAT(failing.said,
              HasSubstr("its folder has no intact checkpoint); compute it first: --only " + start));
  EXPECT_THAT(failing.said, HasSubstr("17 of 18 cells are finished, 1 failed;"));
  EXPECT_EQ(only(start, arguments("chain")).code, ExitCode::done);
  const Ended alone = only(follower, arguments("chain"));
  EXPECT_EQ(alone.code, ExitCode::done) << alone.said;
  EXPECT_EQ(table("chain"), expected);
}

TEST_F(Chains, RepairADamagedResultWhereverTheStoreLies) {
  sweep("chain");
  const std::string expected = table("chain");
  fs::rename(store("chain"), store("moved"));
  write_text(cell("moved", result_at("moved", Network::primal, "2")) / "result.json", "{");
  const Ended ended = retry_failed(arguments("moved"));
  EXPECT_EQ(ended.code, ExitCode::done) << ended.said;
  EXPECT_EQ(told_cells(ended), 1);
  EXPECT_EQ(table("moved"), expected);
}

TEST_F(Chains, InOneTableWithColdCellsKeepTheirSeedsTogether) {
  sweep("both");
  write_text(folder_ / "cold.yaml", cold_);
  auto cold = arguments("both");
  cold.file = (folder_ / "cold.yaml").string();
  EXPECT_EQ(told_cells(run(cold)), 12);
  const Table both = collect(store("both"), {.sweeps = {"small", "cold"}});
  std::vector<std::string> columns;
  for (const Column& column : both.columns) columns.push_back(column.name);
  EXPECT_THAT(columns, Contains("chain"));
  EXPECT_THAT(columns, Not(Contains("start")));
  // Of the primal, per beta and lambda two seeds, cold and chained, but for the first beta's: 2 + 2 * 4 rows.
  EXPECT_EQ(test::count(to_text(summarise(both)), "\nprimal"), 10) << to_text(summarise(both));
}

TEST_F(Chains, StartFromTheSolutionBeforeADivergedNeighbour) {
  write_text(file(), replaced(replaced(chained_, "[0.1, 0.2]", "[0.1]"), "{init: 2}", "{init: 1}"));
  sweep("st", {"run.networks=[primal]"});
  const auto all = plan("st");
  ASSERT_EQ(all.cells.size(), 3U);
  const Store st = Store::open(store("st"));
  const auto start = [&] {
    Config config = cell_config(all, all.cells[2]);
    set_start(config, st, all, all.cells[2]);
    EXPECT_EQ(config.init.kind, InitKind::file);
    return config.init.path;
  };
  EXPECT_EQ(start(), st.checkpoint(all.cells[1]));
  Json second = result("st", all.cells[1].name);
  second["status"] = "diverged";
  write_text(st.cell(all.cells[1].name) / "result.json", second.dump());
  EXPECT_EQ(start(), st.checkpoint(all.cells[0]));
  EXPECT_NE(start(), "");
}

TEST_F(Chains, PassOverADivergedNeighbour) {
  const Ended ended = sweep("diverging", {"run.networks=[primal]", "optimizer.primal.lr=1e35"});
  EXPECT_EQ(ended.code, ExitCode::done) << ended.said;
  EXPECT_EQ(status("diverging")["diverged"], 12);
  const auto all = plan("diverging");
  const Store diverging = Store::open(store("diverging"));
  Config config = cell_config(all, all.cells.back());
  const std::string own = dump_config(config);
  set_start(config, diverging, all, all.cells.back());
  EXPECT_EQ(dump_config(config), own) << "none of its neighbours has a solution: it starts from its own init";
}

}  // namespace
}  // namespace zerogap

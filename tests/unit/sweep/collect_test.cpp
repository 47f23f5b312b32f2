// SPDX-License-Identifier: Apache-2.0
// From a store to a table: which rows and columns it has, and their numbers, as CSV and as HDF5. The results
// are made by hand.

#include <cmath>

#include "checkpoint/checkpoint.hpp"
#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

using test::Json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Collecting : public test::HandmadeStore {
 protected:
  /// Two primals and a dual that stands for both of them: three cells of two points.
  Collecting() {
    plan_ = plan_of({{.name = "p1",
                      .identity = "network: primal\nnetwork.beta: 2\ninit.seed: 1\n",
                      .points = 1,
                      .settings = {{"network.beta", "2"}, {"init.seed", "1"}}},
                     {.name = "p2",
                      .identity = "network: primal\nnetwork.beta: 2\ninit.seed: 2\n",
                      .points = 1,
                      .settings = {{"network.beta", "2"}, {"init.seed", "2"}}},
                     {.name = "d",
                      .identity = "network: dual\nnetwork.beta: 2\nrun.stop.gap: 0.1\n",
                      .network = Network::dual,
                      .points = 2,
                      .settings = {{"network.beta", "2"}, {"init.seed", ""}}}},
                    0);
    plan_.file.axes = {{"axes", {"network.beta"}, {{"2"}}}, {"seeds", {"init.seed"}, {{"1"}, {"2"}}}};
    store_.save(plan_);
  }
  static Json result(const std::string& network, Json numbers) {
    return {{"status", "complete"},
            {"seconds", 1.5},
            {"epoch", 4},
            {"steps", {{network, 8}}},
            {network, std::move(numbers)},
            {"baselines", {{"zero_objective", 100.0}}},
            {"data", {{"images", 3}, {"train_hash", "abc"}}},
            {"machine", {{"ranks", 2}, {"kernels", "cpu"}, {"host", "h"}, {"grid", {2, 1}}}},
            {"versions", {{"zerogap", "1.0 rev"}}}};
  }
  void finish_all() const {
    finish(plan_.cells[0],
           result("primal", {{"objective", 10.25}, {"psnr", 20.5}, {"test", {{"psnr", 19}}}}));
    finish(plan_.cells[1], {{"status", "diverged"}, {"message", "too large, by \"far\""}});
    Json dual = result("dual", {{"objective", 12.5}, {"gap", 0.04}, {"best_lower_bound", 12}});
    dual["arrangements"] = {{"count", 5}, {"dead", 1}};
    dual["best"] = {{"dual", {{"objective", 12.25}}}, {"primal", {{"objective", 1}}}};
    finish(plan_.cells[2], dual);
  }
  Table table(const CollectOptions& options = {}) const { return collect(store_.path(), options); }
  static std::vector<std::string> columns(const Table& table) {
    std::vector<std::string> names;
    for (const Column& column : table.columns) names.push_back(column.name);
    return names;
  }

  SweepPlan plan_;
};

TEST_F(Collecting, GivesARowForEachCellInTheOrderOfThePlan) {
  finish_all();
  EXPECT_EQ(to_csv(table({.reproducible = true})),
            "cell,network,status,points,network.beta,init.seed,objective,gap,best_lower_bound,psnr,test.psnr,"
            "steps,epoch,baselines.zero_objective,data.images,data.train_hash,arrangements.count,"
            "arrangements.dead,best.objective\n"
            "p1,primal,complete,1,2,1,10.25,,,20.5,19,8,4,100.0,3,abc,,,\n"
            "p2,primal,diverged,1,2,2,,,,,,,,,,,,,\n"
            "d,dual,complete,2,2,,12.5,0.04,12,,,8,4,100.0,3,abc,5,1,12.25\n");
}

TEST_F(Collecting, SaysLastHowEachCellWasComputed) {
  finish_all();
  const Table all = table();
  const Row &primal = all.rows.at(0), &diverged = all.rows.at(1);
  EXPECT_EQ(value(primal, "seconds"), 1.5);
  EXPECT_EQ(value(primal, "ranks"), 2);
  EXPECT_EQ(value(primal, "grid"), "2x1");
  EXPECT_EQ(value(primal, "host"), "h");
  EXPECT_EQ(value(primal, "version"), "1.0 rev");
  EXPECT_EQ(value(diverged, "message"), "too large, by \"far\"");
  EXPECT_THAT(to_csv(all), HasSubstr("\"too large, by \"\"far\"\"\""));
  Role last = Role::name;
  for (const Column& column : all.columns) {
    EXPECT_GE(column.role, last) << column.name;
    last = column.role;
  }
  EXPECT_EQ(last, Role::run);
}

TEST_F(Collecting, LooksAtTheGapThatADualWasToReach) {
  finish_all();
  Table within = table();
  EXPECT_THAT(columns(within), Not(Contains("run.stop.gap"))) << "no axis moves it";
  EXPECT_EQ(value(within.rows.at(2), "run.stop.gap"), 0.1);
  finish(plan_.cells[2], result("dual", {{"objective", 12.5}, {"gap", 0.2}, {"psnr", 20}, {"fit", 1}}));
  Table above = table();
  add_sanity_flags(above);
  EXPECT_EQ(value(above.rows.at(2), "flags"), "gap above run.stop.gap");
}

TEST_F(Collecting, TellsOfCellsThatAreMissingOrFailed) {
  finish(plan_.cells[0], result("primal", {{"objective", 10}}));
  fail("p2", {.attempts = 1, .message = "it broke"});
  const Table some = table();
  EXPECT_THAT(some.warnings, ElementsAre("sweep s is not finished: 1 of 3 cells are missing from the table",
                                         "sweep s: 1 cells have failed; zerogap status says why"));
  ASSERT_EQ(some.rows.size(), 2U);
  EXPECT_EQ(value(some.rows.at(1), "cell"), "p2");
  EXPECT_EQ(value(some.rows.at(1), "status"), "failed");
  EXPECT_EQ(value(some.rows.at(1), "message"), "it broke");
  EXPECT_EQ(value(some.rows.at(1), "init.seed"), 2);
  EXPECT_TRUE(value(some.rows.at(1), "objective").is_null());
}

TEST_F(Collecting, WritesTheSameNumbersAsHdf5) {
  finish_all();
  const Table all = table();
  const auto file = folder_ / "t.h5";
  write_hdf5(all, file);
  const CheckpointReader reader = open_plain(file);
  EXPECT_EQ(reader.text("sweeps"), "s");
  const auto numbers = [&](const char* column) { return reader.read<double>(column); };
  EXPECT_THAT(numbers("points"), ElementsAre(1, 1, 2));
  EXPECT_THAT(numbers("objective"), ElementsAre(10.25, ::testing::IsNan(), 12.5));
  EXPECT_THAT(numbers("init.seed"), ElementsAre(1, 2, ::testing::IsNan()));
  EXPECT_THAT(numbers("gap"), ElementsAre(::testing::IsNan(), ::testing::IsNan(), 0.04));
  for (const auto& [column, role] : std::map<std::string, std::string>{{"cell", "name"},
                                                                       {"network.beta", "setting"},
                                                                       {"init.seed", "seed"},
                                                                       {"objective", "metric"},
                                                                       {"seconds", "run"}})
    EXPECT_EQ(reader.text(column + "/role"), role) << column;
  std::string order;
  for (const Column& column : all.columns) order += (order.empty() ? "" : "\n") + column.name;
  EXPECT_EQ(reader.text("columns"), order);
}

TEST_F(Collecting, AsksForTheSweepWhereThereAreSeveral) {
  finish_all();
  SweepPlan other = plan_;
  other.file.name = "other";
  other.cells.erase(other.cells.begin() + 1);
  other.cells.push_back({.name = "p3",
                         .identity = "network: primal\nnetwork.beta: 2\nnetwork.rho: 5\ninit.seed: 1\n",
                         .points = 1,
                         .settings = {{"network.beta", "2"}, {"init.seed", "1"}}});
  finish(other.cells.back(), result("primal", {{"objective", 7}}));
  store_.save(other);
  test::expect_error(ExitCode::usage, {"several sweeps", "other, s", "--sweep"}, [&] { table(); });
  EXPECT_EQ(table({.sweeps = {"other"}}).rows.size(), 3U);
  const Table both = table({.sweeps = {"s", "other"}});
  ASSERT_EQ(both.rows.size(), 4U) << "what both have stands there once";
  EXPECT_THAT(both.sweeps, ElementsAre("s", "other"));
  const Store empty = Store::create(folder_ / "empty");
  test::expect_error(ExitCode::usage, {"has no sweep", "none was started there"},
                     [&] { collect(empty.path(), {}); });
}

TEST_F(Collecting, MakesAColumnOfWhatCellsOfSeveralSweepsDifferIn) {
  finish_all();
  SweepPlan other = plan_;
  other.file.name = "other";
  other.cells = {{.name = "d2",
                  .identity = "network: dual\nnetwork.beta: 2\nrun.stop.gap: 0.01\nchain: network.beta\n"
                              "start: d\ndata.train: xyz\n",
                  .network = Network::dual,
                  .points = 1}};
  finish(other.cells[0], result("dual", {{"objective", 12}, {"gap", 0.001}}));
  store_.save(other);
  const Table both = table({.sweeps = {"s", "other"}});
  EXPECT_EQ(value(both.rows.at(2), "run.stop.gap"), 0.1);
  EXPECT_EQ(value(both.rows.at(3), "run.stop.gap"), 0.01);
  EXPECT_THAT(columns(both), Contains("run.stop.gap"));
  EXPECT_THAT(columns(both), Contains("chain")) << "some are chained and others not";
  EXPECT_EQ(value(both.rows.at(3), "chain"), "network.beta");
  EXPECT_THAT(columns(both), Not(Contains("start")));
  EXPECT_THAT(columns(both), Not(Contains("data.train")));
}

TEST_F(Collecting, DoesNotMixCellsOfDifferentProgramsInSilence) {
  finish_all();
  Json old = result("primal", {{"objective", 10}});
  old["versions"]["zerogap"] = "0.0.1 old";
  finish(plan_.cells[0], old);
  test::expect_error(ExitCode::usage,
                     {"not computed by one program", "zerogap 0.0.1 old with kernels cpu: 1 cells",
                      "zerogap 1.0 rev with kernels cpu: 1 cells", "--mixed"},
                     [&] { table(); });
  EXPECT_EQ(table({.mixed = true}).rows.size(), 3U);
  old["versions"]["zerogap"] = "1.0 rev";
  old["machine"]["kernels"] = "cuda";
  finish(plan_.cells[0], old);
  test::expect_error(ExitCode::usage, {"with kernels cuda: 1 cells"}, [&] { table(); });
}

TEST_F(Collecting, TakesAResultWithOtherTypesForAFailure) {
  finish_all();
  const Json whole = store_.result(plan_.cells[0]).value();
  for (const auto& [pointer, other] :
       std::vector<std::pair<const char*, Json>>{{"/cell/schema", "x"},
                                                 {"/cell/name", 3},
                                                 {"/status", 5},
                                                 {"/seconds", nullptr},
                                                 {"/machine/grid", 3},
                                                 {"/machine/kernels", nullptr}}) {
    Json broken = whole;
    broken[Json::json_pointer(pointer)] = other;
    write("p1", "result.json", broken.dump());
    EXPECT_EQ(sweep_status(store_.path(), {})[0]["failed"], 1) << pointer;
    const Table all = table();
    EXPECT_EQ(value(all.rows.at(0), "status"), "failed") << pointer;
    EXPECT_THAT(to_csv(all), HasSubstr("result.json is damaged")) << pointer;
  }
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
// What a sweep file comes to before anything runs: cells, their order, names, work, starts and
// configurations.

#include "sweep/plan.hpp"

#include <set>

#include "data/dataset.hpp"
#include "sweep/cell_key.hpp"
#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

using test::Json;
using test::replaced;
using test::small_sweep;
using ::testing::ElementsAre;

class Plans : public test::InFolder {
 protected:
  SweepPlan plan(const std::string& text, const test::Overrides& overrides = {}) const {
    test::write_text(folder_ / "s.yaml", text);
    return plan_sweep(load_sweep((folder_ / "s.yaml").string(), overrides));
  }
  static std::vector<const Cell*> cells(const SweepPlan& plan, Network network) {
    std::vector<const Cell*> found;
    for (const Cell& cell : plan.cells)
      if (cell.network == network) found.push_back(&cell);
    return found;
  }
  static const Cell& at(const SweepPlan& plan, Network network, const std::string& settings) {
    for (const Cell& cell : plan.cells)
      if (cell.network == network && describe(cell.settings) == settings) return cell;
    ADD_FAILURE() << "no cell at " << settings;
    return plan.cells.front();
  }
};

TEST_F(Plans, HaveEachNetworkAtEachPointUnlessItDoesNotDependOnWhatMoves) {
  const auto p = plan(small_sweep);
  EXPECT_EQ(p.points.size(), 8U);
  std::vector<std::string> primal, dual;
  for (const Cell* cell : cells(p, Network::primal)) {
    primal.push_back(describe(cell->settings));
    EXPECT_EQ(cell->points, 1);
    EXPECT_EQ(cell->settings, p.points[cell->point]);
  }
  // The dual starts from zero, so that both seeds of the start weights are one cell.
  for (const Cell* cell : cells(p, Network::dual)) {
    dual.push_back(describe(cell->settings) + " at point " + std::to_string(cell->point));
    EXPECT_EQ(cell->points, 2);
  }
  EXPECT_THAT(
      primal,
      ElementsAre(
          "network.beta=2 network.lambda=0.1 init.seed=1", "network.beta=2 network.lambda=0.1 init.seed=2",
          "network.beta=2 network.lambda=0.2 init.seed=1", "network.beta=2 network.lambda=0.2 init.seed=2",
          "network.beta=4 network.lambda=0.1 init.seed=1", "network.beta=4 network.lambda=0.1 init.seed=2",
          "network.beta=4 network.lambda=0.2 init.seed=1", "network.beta=4 network.lambda=0.2 init.seed=2"));
  EXPECT_THAT(dual, ElementsAre("network.beta=2 network.lambda=0.1 at point 0",
                                "network.beta=2 network.lambda=0.2 at point 2",
                                "network.beta=4 network.lambda=0.1 at point 4",
                                "network.beta=4 network.lambda=0.2 at point 6"));
}

TEST_F(Plans, NameEachCellAfterItsIdentity) {
  const auto p = plan(small_sweep);
  std::set<std::string> names;
  for (const Cell& cell : p.cells) {
    EXPECT_EQ(cell.name, cell_name(cell.identity));
    names.insert(cell.name);
  }
  EXPECT_EQ(names.size(), p.cells.size());
  const auto same = plan(small_sweep, {"run.checkpoint.every=1"}),
             other = plan(small_sweep, {"network.rho=1"});
  EXPECT_EQ(same.cells.front().name, p.cells.front().name);
  EXPECT_FALSE(names.contains(other.cells[1].name)) << "the first dual";
}

TEST_F(Plans, EstimatePairsByPassesPatchesAndEpochs) {
  const auto p = plan(small_sweep, {"optimizer.primal.name=svrg", "optimizer.primal.snapshot_every=4"});
  DataOptions data;
  data.images = 3;
  const auto patches = static_cast<double>(inspect_dataset(data, Part::train).patches);
  // A snapshot is a pass of its own and each step goes through the network twice; 4 filters, 4 epochs.
  EXPECT_DOUBLE_EQ(cells(p, Network::primal).front()->pairs, (2.0 + 1.0 / 4.0) * patches * 4 * 4);
  EXPECT_DOUBLE_EQ(cells(p, Network::dual).front()->pairs, patches * 5 * 4);
}

TEST_F(Plans, SolveACertifiedDualOnceForAllStarts) {
  const test::Overrides random_start = {"init.dual_kind=normal", "optimizer.dual.name=newton"};
  const auto open = plan(small_sweep, random_start);
  EXPECT_EQ(cells(open, Network::dual).size(), 8U);
  for (const Cell& cell : open.cells) EXPECT_FALSE(cell.certified);
  auto to_gap = random_start;
  to_gap.emplace_back("run.stop.gap=1e-3");
  const auto certified = plan(small_sweep, to_gap);
  EXPECT_EQ(cells(certified, Network::dual).size(), 4U);
  for (const Cell& cell : certified.cells) EXPECT_EQ(cell.certified, cell.network == Network::dual);
}

TEST_F(Plans, ReadEachDataSetOnce) {
  EXPECT_EQ(plan(small_sweep).data_sets, 1U);
  const auto p = plan(replaced(small_sweep, "{init: 2}", "{noise: 3}"));
  EXPECT_EQ(p.data_sets, 3U);
  EXPECT_EQ(cells(p, Network::dual).size(), 12U) << "other noise is another problem";
}

TEST_F(Plans, ChainEachCellToItsNeighbourWithTheSameOtherSettings) {
  const std::string betas = replaced(small_sweep, "[2, 4]", "[8, 4, 2]");
  const auto cold = plan(betas), chained = plan(betas + "chain: network.beta\n");
  for (const Network network : {Network::primal, Network::dual})
    for (const std::string lambda : {"0.1", "0.2"})
      for (const std::string seed : {" init.seed=1", " init.seed=2"}) {
        const std::string rest = " network.lambda=" + lambda + (network == Network::primal ? seed : "");
        const Cell &first = at(chained, network, "network.beta=8" + rest),
                   &second = at(chained, network, "network.beta=4" + rest),
                   &third = at(chained, network, "network.beta=2" + rest);
        EXPECT_EQ(first.start, "");
        EXPECT_EQ(first.name, at(cold, network, "network.beta=8" + rest).name);
        EXPECT_EQ(second.start, first.name);
        EXPECT_EQ(third.start, second.name);
        EXPECT_NE(third.name, at(cold, network, "network.beta=2" + rest).name);
      }
}

TEST_F(Plans, ChainPastAnExcludedPoint) {
  const auto p = plan(replaced(small_sweep, "[2, 4]", "[8, 4, 2]") +
                      "chain: network.beta\nexclude: [{network.beta: 4, network.lambda: 0.1}]\n");
  EXPECT_EQ(at(p, Network::dual, "network.beta=2 network.lambda=0.1").start,
            at(p, Network::dual, "network.beta=8 network.lambda=0.1").name);
  EXPECT_EQ(at(p, Network::dual, "network.beta=2 network.lambda=0.2").start,
            at(p, Network::dual, "network.beta=4 network.lambda=0.2").name);
}

TEST_F(Plans, SayWhichPointCannotRun) {
  test::expect_error(
      ExitCode::data,
      {"the point network.beta=2 network.lambda=0.1 init.seed=1 of sweep s cannot run: ", "/nowhere.h5"},
      [&] {
        plan(small_sweep, {"data.source=hdf5", "data.path=/nowhere.h5"});
      });
}

TEST_F(Plans, ComeBackFromTheirFileWithoutTheSweepsOwn) {
  const auto p = plan(small_sweep + "chain: network.beta\nsweep: {ranks_per_cell: 2, retries: 3}\n",
                      {"network.filters=6", "arrangements.drop_dead=true"});
  std::filesystem::remove(folder_ / "s.yaml");
  const auto back = plan_from_json(to_json(p));
  EXPECT_EQ(to_json(back), to_json(p));
  EXPECT_EQ(back.file.options.ranks_per_cell, 2);
  EXPECT_EQ(back.file.options.retries, 3);
  EXPECT_EQ(back.file.chain, "network.beta");
  EXPECT_EQ(back.points, p.points);
  ASSERT_EQ(back.cells.size(), p.cells.size());
  for (std::size_t i = 0; i < p.cells.size(); ++i)
    EXPECT_EQ(dump_config(cell_config(back, back.cells[i])), dump_config(cell_config(p, p.cells[i])));
  Json other = to_json(p);
  other["schema"] = 2;
  EXPECT_THROW(plan_from_json(other), std::exception);
}

TEST_F(Plans, ConfigureACellForItsNetworkAlone) {
  const auto p = plan(small_sweep, {"arrangements.drop_dead=true"});
  const Config primal =
      cell_config(p, at(p, Network::primal, "network.beta=4 network.lambda=0.2 init.seed=2"));
  EXPECT_THAT(primal.run.networks, ElementsAre(Network::primal));
  EXPECT_EQ(primal.network.beta, 4);
  EXPECT_EQ(primal.network.lambda, 0.2);
  EXPECT_EQ(primal.init.seed, 2);
  EXPECT_FALSE(primal.arrangements.drop_dead) << "it has no blocks that could fail it";
  const Config dual = cell_config(p, *cells(p, Network::dual).front());
  EXPECT_THAT(dual.run.networks, ElementsAre(Network::dual));
  EXPECT_TRUE(dual.arrangements.drop_dead);
  const auto measured = plan(small_sweep, {"arrangements.drop_dead=true", "network.beta_units=beta_max"});
  EXPECT_TRUE(cell_config(measured, *cells(measured, Network::primal).front()).arrangements.drop_dead)
      << "its beta depends on blocks";
}

TEST_F(Plans, GoOnWithTheConfigurationThatACellWasBegunWith) {
  const test::Overrides to_gap = {"optimizer.dual.name=newton", "run.stop.gap=1e-3",
                                  "optimizer.dual.epochs=7"};
  const auto p = plan(small_sweep, to_gap);
  const Cell& cell = *cells(p, Network::dual).front();
  const Config mine = cell_config(p, cell);
  Config begun = mine;
  begun.init.seed = 9;
  begun.run.threads = 5;
  begun.dual_optimizer.epochs = 3;
  const Config kept = cell_config(p, cell, dump_config(begun));
  EXPECT_EQ(kept.init.seed, 9) << "it changes nothing of a certified dual";
  EXPECT_EQ(kept.run.threads, mine.run.threads) << "where a cell runs is not its beginner's to say";
  EXPECT_EQ(kept.dual_optimizer.epochs, 7) << "nor may a solver that was given up early stay so";
  begun.dual_optimizer.epochs = 30;
  EXPECT_EQ(cell_config(p, cell, dump_config(begun)).dual_optimizer.epochs, 30);
  begun.network.beta = 3;
  for (const std::string& other : {dump_config(begun), std::string("network: ["), std::string()})
    EXPECT_EQ(dump_config(cell_config(p, cell, other)), dump_config(mine)) << other;
}

}  // namespace
}  // namespace zerogap

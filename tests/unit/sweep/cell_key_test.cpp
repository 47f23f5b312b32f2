// SPDX-License-Identifier: Apache-2.0
#include "sweep/cell_key.hpp"

#include <gmock/gmock.h>

#include "config/config.hpp"

namespace zerogap {
namespace {

/// The name of a network's cell at defaults with these settings; data as if read.
std::string name(Network network, const std::vector<std::string>& settings, const std::string& data = "d") {
  DataIdentity content;
  content.train = data;
  content.test = "t";
  return cell_name(cell_key(parse_config("{}", "test", settings), network, content));
}
std::string primal(const std::vector<std::string>& settings) { return name(Network::primal, settings); }
std::string dual(const std::vector<std::string>& settings) { return name(Network::dual, settings); }

TEST(CellName, ChangesWithMathematicsPrecisionAndData) {
  for (const char* setting :
       {"network.beta=5", "network.lambda=0.3", "network.rho=0", "patches.filter=5", "run.precision=fp64",
        "optimizer.epochs=7", "optimizer.lr=0.5", "run.evaluate_every=3"}) {
    EXPECT_NE(primal({setting}), primal({})) << setting;
    EXPECT_NE(dual({setting}), dual({})) << setting;
  }
  EXPECT_NE(name(Network::dual, {}, "other"), dual({}));
  EXPECT_NE(primal({}), dual({}));
}

TEST(CellName, DoesNotChangeWithPlaceRanksOrBackend) {
  for (const char* setting :
       {"data.path=elsewhere", "run.threads=3", "run.backend=cpu", "run.comm=mpi", "run.grid.patches=2",
        "run.checkpoint.every=9", "run.comm_chunks=2", "certify.seed=4"}) {
    EXPECT_EQ(primal({setting}), primal({})) << setting;
    EXPECT_EQ(dual({setting}), dual({})) << setting;
  }
}

TEST(CellName, OfOneNetworkIgnoresTheOthersKeys) {
  for (const char* setting : {"optimizer.dual.lr=0.5", "network.arrangements=9", "arrangements.seed=4",
                              "init.dual_kind=normal", "run.stop.gap=0.1"})
    EXPECT_EQ(primal({setting}), primal({})) << setting;
  for (const char* setting : {"optimizer.primal.lr=0.5", "network.filters=9", "run.stop.relative_change=0.1"})
    EXPECT_EQ(dual({setting}), dual({})) << setting;
  EXPECT_NE(dual({"arrangements.seed=4"}), dual({}));
  EXPECT_NE(primal({"network.filters=9"}), primal({}));
}

TEST(CellName, OfAPrimalDependsOnTheBlocksWhereBetaIsMeasuredOnThem) {
  const std::string units = "network.beta_units=beta_max";
  EXPECT_NE(primal({units, "arrangements.seed=4"}), primal({units}));
}

TEST(CellName, OfADualFromZeroIgnoresTheStart) {
  EXPECT_EQ(dual({"init.seed=5"}), dual({}));
  EXPECT_EQ(dual({"init.kind=normal"}), dual({}));
  EXPECT_NE(dual({"init.dual_kind=same", "init.seed=5"}), dual({"init.dual_kind=same"}));
  EXPECT_NE(primal({"init.seed=5"}), primal({}));
}

TEST(CellName, OfACertifiedDualIgnoresStartAndSolver) {
  const std::vector<std::string> certified = {"optimizer.dual.name=newton", "run.stop.gap=1e-4"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), certified.begin(), certified.end());
    return dual(more);
  };
  for (const char* setting : {"init.dual_kind=normal", "init.seed=3", "optimizer.dual.epochs=77",
                              "optimizer.dual.preconditioner_mib=64", "run.evaluate_every=3"})
    EXPECT_EQ(with({setting}), with({})) << setting;
  EXPECT_EQ(with({"network.rho=0", "optimizer.dual.name=fista"}), with({"network.rho=0"}));
  EXPECT_NE(with({"run.stop.gap=1e-3"}), with({}));
  EXPECT_NE(with({"network.beta=3"}), with({}));
  // A step rule stops somewhere below the gap, and where depends on it.
  EXPECT_NE(dual({"run.stop.gap=1e-4", "optimizer.dual.lr=0.5"}), dual({"run.stop.gap=1e-4"}));
}

TEST(CellName, OfASolvedPrimalDependsOnItsGapAndNoStart) {
  const std::string solver = "optimizer.primal.name=frank_wolfe";
  EXPECT_NE(primal({solver, "run.stop.gap=1e-3"}), primal({solver}));
  EXPECT_NE(primal({solver, "optimizer.search_starts=8"}), primal({solver}));
  EXPECT_EQ(primal({solver, "init.kind=normal", "init.seed=7"}), primal({solver}));
  EXPECT_EQ(primal({solver, "optimizer.lr=0.5"}), primal({solver}));
}

TEST(CellName, IgnoresWhatTheConfigurationMakesNoUseOf) {
  EXPECT_EQ(primal({"optimizer.momentum=0.5"}), primal({}));
  EXPECT_NE(primal({"optimizer.name=sgd", "optimizer.momentum=0.5"}), primal({"optimizer.name=sgd"}));
  EXPECT_EQ(primal({"init.std=0.5"}), primal({}));
  EXPECT_EQ(primal({"init.kaiming_a=0"}), primal({}));
  EXPECT_NE(primal({"init.kaiming_a=1"}), primal({}));
  EXPECT_EQ(primal({"init.kind=normal", "init.kaiming_a=1"}), primal({"init.kind=normal"}));
  EXPECT_EQ(dual({"arrangements.radius=3"}), dual({}));
  EXPECT_EQ(primal({"data.seed=3"}), primal({}));  // the images it selects are hashed
  EXPECT_NE(primal({"optimizer.batch=16", "data.seed=3"}), primal({"optimizer.batch=16"}));
}

TEST(CellName, OfAChainedCellHasItsStartForItsInit) {
  DataIdentity content;
  const auto chained = [&](const std::vector<std::string>& settings, const std::string& start) {
    return cell_name(cell_key(parse_config("{}", "test", settings), Network::primal, content, start));
  };
  EXPECT_EQ(chained({"init.seed=2"}, "0123456789abcdef"), chained({}, "0123456789abcdef"));
  EXPECT_NE(chained({}, "0123456789abcdee"), chained({}, "0123456789abcdef"));
  EXPECT_NE(chained({}, ""), chained({}, "0123456789abcdef"));
}

TEST(CellName, IsSixteenDigitsAndStaysWhatItWas) {
  EXPECT_TRUE(is_cell_name(dual({})));
  EXPECT_EQ(cell_name("network: dual\n"), "153ed9ff644d49b9");
  EXPECT_FALSE(is_cell_name("0123456789abcdeg"));
}

/// The name that this cell had before some of its keys were renamed.
TEST(CellName, StaysWhatItWasWhereKeysAreRenamed) {
  DataIdentity content;
  content.train = "f79b9ec625c71fa5";
  content.test = "993f193fcfc9b94f";
  content.final_test = "a68a92122fde0309";
  const Config config =
      parse_config("{}", "test",
                   {"network.arrangements=4", "network.constraints=hard", "network.hard.rho_max=1",
                    "optimizer.dual.name=newton", "optimizer.dual.epochs=6",
                    "optimizer.dual.preconditioner_mib=64", "certify.smoothing_widths=[0.01]"});
  EXPECT_EQ(cell_name(cell_key(config, Network::dual, content)), "adfca99b9f5fe0d9");
}

/// init.greedy.* were part of the name of every dual with random weights.
TEST(CellName, StaysWhatItWasWhereKeysAreRemoved) {
  const DataIdentity content;
  const Config config = parse_config("{}", "test", {"init.dual_kind=kaiming_uniform"});
  EXPECT_EQ(cell_name(cell_key(config, Network::dual, content)), "e34c3b3bc55d5c86");
}

TEST(DataCatalog, ReadsEachSetOnceAndKnowsContentFromPlace) {
  DataCatalog catalog;
  const Config config = parse_config("{}", "test", {"data.images=5", "data.test_images=3"});
  const auto first = catalog.of(config);
  Config moved = config;
  moved.network.beta = 3;
  EXPECT_EQ(catalog.of(moved).train, first.train);
  EXPECT_EQ(catalog.sets(), 1u);
  EXPECT_EQ(first.train_shape.images, 5);
  EXPECT_NE(catalog.of(parse_config("{}", "test", {"data.images=5", "data.noise.seed=2"})).train,
            first.train);
  EXPECT_EQ(catalog.sets(), 2u);
}

}  // namespace
}  // namespace zerogap

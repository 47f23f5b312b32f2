// SPDX-License-Identifier: Apache-2.0
// The same configuration gives bitwise the same weights, optimizer states and numbers on any number of ranks,
// on either axis of the grid, at any number of threads. One job of four ranks trains on one of them, on two,
// and so on.

#include "core/log.hpp"
#include "program/runs.hpp"
#include "support/world.hpp"
#include "sweep/cell_group.hpp"
#include "train/run.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;

/// Ranks as patches x arrangements.
struct Layout {
  int patches = 1, arrangements = 1, threads = 1;
  int chosen = 0;  ///< so many ranks on the grid that is chosen where none is asked for

  int ranks() const { return chosen > 0 ? chosen : patches * arrangements; }
  Settings settings() const {
    Settings all{"run.threads=" + std::to_string(threads)};
    if (chosen > 0) return all;
    all.push_back("run.grid.patches=" + std::to_string(patches));
    all.push_back("run.grid.arrangements=" + std::to_string(arrangements));
    return all;
  }
  std::string name() const {
    if (chosen > 0) return std::to_string(chosen);
    return std::to_string(patches) + "x" + std::to_string(arrangements) + "t" + std::to_string(threads);
  }
};

const Layout alone;
const Layout on_two_rows{.patches = 2}, on_two_columns{.arrangements = 2};

class Bitwise : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(world().size(), 4);
    root_ = world().broadcast(folder_.path().string(), 0);
  }
  void TearDown() override { CellGroup::meet(world(), 0.0); }  // before the first rank's folder goes

  /// Trains on one rank and one thread and on each layout, side by side as far as there are ranks, and
  /// compares.
  void expect_same_on(const Settings& settings, std::vector<Layout> layouts) {
    settings_ = settings;
    ++problem_;
    layouts.insert(layouts.begin(), alone);
    for (auto next = layouts.begin(); next != layouts.end();) {
      auto last = next;
      for (int ranks = 0; last != layouts.end() && (ranks += last->ranks()) <= world().size();) ++last;
      train_side_by_side({next, last});
      next = last;
    }
    if (!compares()) return;
    for (const Layout& layout : layouts) {
      SCOPED_TRACE(layout.name());
      if (&layout != &layouts.front()) expect_same_end(run_on(alone), run_on(layout));
    }
  }

  bool compares() const { return world().rank() == 0; }  ///< one rank does
  /// For that rank: what the last training on a layout left.
  Training run_on(const Layout& layout) const { return {folder_of(layout), settings_}; }
  void expect_said(const Layout& layout, const char* text) const {
    if (!compares()) return;
    EXPECT_THAT(run_on(layout).log(), HasSubstr(text));
  }

 private:
  std::filesystem::path folder_of(const Layout& layout) const {
    return root_ / (std::to_string(problem_) + "-" + layout.name());
  }

  /// The first ranks take the first layout, the next ones the next; ranks that are left over wait.
  void train_side_by_side(const std::vector<Layout>& layouts) {
    std::size_t mine = 0;
    for (int end = 0; mine < layouts.size(); ++mine)
      if (world().rank() < (end += layouts[mine].ranks())) break;
    const auto ranks = world().split(static_cast<int>(mine), "a layout's ranks");
    if (mine < layouts.size()) train(layouts[mine], *ranks);
    CellGroup::meet(world(), 0.0);
  }

  void train(const Layout& layout, Communicator& ranks) {
    SCOPED_TRACE(layout.name());
    Settings all = settings_;
    for (const std::string& setting : layout.settings()) all.push_back(setting);
    log::keep_to_file(true);
    EXPECT_EQ(run_training(
                  {parse_config(Training::small_configuration(), "the test", all), folder_of(layout)}, ranks)
                  .status,
              RunStatus::complete);
    log::close_file();
  }

  Folder folder_;
  std::filesystem::path root_;  ///< the first rank's folder
  Settings settings_;
  int problem_ = 0;
};

TEST_F(Bitwise, AdamInFullBatchAndSvrgInMiniBatchesOnEveryLayout) {
  expect_same_on(
      {"network.arrangements=7", "optimizer.dual.name=svrg", "optimizer.dual.batch=8",
       "optimizer.dual.lr=1e-6", "optimizer.epochs=4"},
      {{1, 1, 2}, {1, 1, 3}, {2, 1, 1}, {1, 2, 1}, {3, 1, 1}, {1, 3, 1}, {4, 1, 1}, {1, 4, 1}, {2, 2, 2}});
}

TEST_F(Bitwise, NewtonBesideAdam) {
  expect_same_on({"optimizer.dual.name=newton", "optimizer.dual.epochs=12", "network.arrangements=20"},
                 {{1, 1, 2}, {2, 1, 1}, {1, 2, 1}, {2, 2, 1}});
}

TEST_F(Bitwise, FistaWithoutHinge) {
  expect_same_on({"run.networks=[dual]", "network.rho=0", "optimizer.dual.name=fista", "optimizer.epochs=20"},
                 {{1, 1, 2}, {2, 1, 1}, {1, 3, 1}, {2, 2, 1}});
}

TEST_F(Bitwise, MomentumInMiniBatchesAndAsgdInDoublePrecisionWithoutHinge) {
  expect_same_on({"run.precision=fp64", "network.rho=0", "network.beta_units=beta_max", "network.beta=0.01",
                  "data.normalise=true", "optimizer.primal.name=sgd", "optimizer.primal.momentum=0.9",
                  "optimizer.primal.nesterov=true", "optimizer.primal.batch=10", "optimizer.primal.lr=1e-7",
                  "optimizer.dual.name=asgd", "optimizer.dual.t0=2", "optimizer.dual.lr=1e-7"},
                 {{1, 2, 2}, {3, 1, 1}, {2, 2, 1}, {1, 4, 1}});
}

TEST_F(Bitwise, AsgdAndAmsgradInMiniBatchesWithDeadBlocksDropped) {
  const Settings settings = {"network.lambda=3",           "network.arrangements=40",
                             "arrangements.std=0.5",       "arrangements.drop_dead=true",
                             "optimizer.primal.name=asgd", "optimizer.primal.t0=1",
                             "optimizer.primal.lr=1e-6",   "optimizer.batch=7",
                             "optimizer.dual.amsgrad=true"};
  expect_same_on(settings, {{1, 3, 1}, {2, 2, 1}});
  if (!compares()) return;
  const auto shape = run_on(alone).result()["arrangements"];
  EXPECT_LT(shape["count"].get<int>(), 40);
  EXPECT_GT(shape["count"].get<int>(), 0);
}

TEST_F(Bitwise, SvrgAndMomentumOnACosine) {
  expect_same_on({"optimizer.schedule=cosine", "optimizer.primal.name=svrg", "optimizer.snapshot_every=2",
                  "optimizer.primal.lr=1e-6", "optimizer.primal.batch=16", "optimizer.dual.name=sgd",
                  "optimizer.dual.momentum=0.5", "optimizer.dual.lr=1e-7", "network.rho=1"},
                 {{4, 1, 1}, {1, 2, 1}});
}

TEST_F(Bitwise, ListOfPatches) {
  const std::string file = std::string(ZEROGAP_GOLDEN_COPY) + "/figure1/data.h5";
  expect_same_on({"data.source=hdf5", "data.path=" + file, "data.images=0", "data.test_images=0",
                  "run.precision=fp64", "network.beta=0.01", "optimizer.epochs=4"},
                 {{2, 1, 1}, {1, 3, 1}, {2, 2, 2}});
}

TEST_F(Bitwise, ReferenceKernels) {
  expect_same_on({"run.backend=reference", "data.images=5", "optimizer.epochs=2"}, {{3, 1, 1}, {1, 2, 2}});
}

TEST_F(Bitwise, MoreRanksThanImages) {
  expect_same_on({"data.images=2", "optimizer.dual.batch=1"}, {{4, 1, 1}});
  expect_said({4, 1, 1}, "warning: there are 4 ranks on the patch axis for 2 images");
}

TEST_F(Bitwise, MoreRanksThanBlocks) {
  expect_same_on({"network.arrangements=2", "network.filters=3"}, {{1, 4, 1}});
  expect_said({1, 4, 1}, "warning: there are 4 ranks on the arrangement axis");
}

TEST_F(Bitwise, EveryFormOfThePrimalByEveryRule) {
  for (const std::string form : {"product", "ball", "relative"}) {
    SCOPED_TRACE(form);
    for (const std::string rule : {"adam", "adagrad", "svrg", "asgd"}) {
      SCOPED_TRACE(rule);
      expect_same_on({"network.form=" + form, "run.networks=[primal]", "optimizer.name=" + rule,
                      rule == "adam" || rule == "adagrad" ? "optimizer.lr=0.01" : "optimizer.lr=1e-6",
                      "optimizer.batch=8", "optimizer.epochs=3"},
                     {on_two_rows, on_two_columns});
      if (!compares()) continue;
      EXPECT_EQ(run_on(alone).result()["primal"]["form"], form);
    }
  }
}

TEST_F(Bitwise, ProgramsOfTheNetwork) {
  for (const std::string form : {"decay", "product", "ball", "relative"}) {
    SCOPED_TRACE(form);
    expect_same_on({"network.form=" + form, "run.networks=[primal]", "optimizer.name=frank_wolfe",
                    "optimizer.search_starts=16", "optimizer.search_steps=8", "network.filters=24",
                    "network.beta=1", "optimizer.epochs=12"},
                   {on_two_rows, on_two_columns, {2, 2, 2}});
    if (!compares()) continue;
    const auto result = run_on(alone).result();
    EXPECT_GT(result["network_program"]["atoms"], 3);
    // decay makes a network of its atoms, the others where these are more than their filters.
    EXPECT_TRUE(result["network_program"].contains("split"));
    EXPECT_LT(result["primal"]["objective"], 0.5 * result["baselines"]["zero_objective"].get<double>());
  }
}

// The grid that is chosen when none is asked for.
TEST_F(Bitwise, MoreRanksThanWorkOnTheChosenGrid) {
  const Layout three{.chosen = 3};
  expect_same_on({"data.images=1", "data.test_images=1", "network.arrangements=1", "network.filters=1"},
                 {three});
  expect_said(three, "some have nothing to do");
}

}  // namespace
}  // namespace zerogap::test

// The same configuration gives bitwise the same weights, optimizer states and numbers on any number of ranks,
// on either axis of the grid, at any number of threads.

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;

/// Ranks as patches x arrangements.
struct Layout {
  int patches, arrangements, threads;

  int ranks() const { return patches * arrangements; }
  Settings settings() const {
    return {"run.grid.patches=" + std::to_string(patches),
            "run.grid.arrangements=" + std::to_string(arrangements),
            "run.threads=" + std::to_string(threads)};
  }
  std::string name() const {
    return std::to_string(patches) + "x" + std::to_string(arrangements) + "t" + std::to_string(threads);
  }
};

class Bitwise : public ::testing::Test {
 protected:
  /// Trains on one rank and one thread, then on each layout, and compares.
  void expect_same_on(const Settings& settings, const std::vector<Layout>& layouts) {
    const Training alone(folder_ / "alone", settings);
    const Ended first = alone.train();
    ASSERT_EQ(first.code, 0) << first.err;
    for (const Layout& layout : layouts) {
      SCOPED_TRACE(layout.name());
      const Training spread(folder_ / layout.name(), settings);
      const Ended ended = spread.train(layout.settings(), layout.ranks() == 1 ? 0 : layout.ranks());
      ASSERT_EQ(ended.code, 0) << ended.err;
      expect_same_end(alone, spread);
      said_ = ended.err;
    }
  }

  Folder folder_;
  std::string said_;  ///< by the last layout
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
  const auto shape = Training(folder_ / "alone", settings).result()["arrangements"];
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
  EXPECT_THAT(said_, HasSubstr("warning: there are 4 ranks on the patch axis for 2 images"));
}

TEST_F(Bitwise, MoreRanksThanBlocks) {
  expect_same_on({"network.arrangements=2", "network.filters=3"}, {{1, 4, 1}});
  EXPECT_THAT(said_, HasSubstr("warning: there are 4 ranks on the arrangement axis"));
}

TEST_F(Bitwise, EveryFormOfThePrimalByEveryRule) {
  for (const char* form : {"ball", "relative"}) {
    SCOPED_TRACE(form);
    for (const char* rule : {"adam", "svrg", "asgd"}) {
      SCOPED_TRACE(rule);
      const bool adam = rule == std::string("adam");
      const std::string kept = std::string(form) + "-" + rule + "-";
      const Settings settings = {std::string("network.form=") + form,
                                 "run.networks=[primal]",
                                 std::string("optimizer.name=") + rule,
                                 adam ? "optimizer.lr=0.01" : "optimizer.lr=1e-6",
                                 "optimizer.batch=8",
                                 "optimizer.epochs=3"};
      const Training alone(folder_ / (kept + "alone"), settings), rows(folder_ / (kept + "rows"), settings),
          columns(folder_ / (kept + "columns"), settings);
      ASSERT_EQ(alone.train().code, 0);
      ASSERT_EQ(rows.train({"run.grid.patches=2"}, 2).code, 0);
      ASSERT_EQ(columns.train({"run.grid.patches=1", "run.grid.arrangements=2"}, 2).code, 0);
      expect_same_end(alone, rows);
      expect_same_end(alone, columns);
      EXPECT_EQ(alone.result()["primal"]["form"], form);
    }
  }
}

TEST_F(Bitwise, GreedyStarts) {
  for (const char* form : {"decay", "ball", "relative"}) {
    SCOPED_TRACE(form);
    const std::string kept = std::string(form) + "-";
    const Settings settings = {std::string("network.form=") + form,
                               "run.networks=[primal]",
                               "init.kind=greedy",
                               "init.greedy.starts=20",
                               "init.greedy.steps=10",
                               "init.greedy.polish=20",
                               "network.filters=3",
                               "network.beta=1",
                               "optimizer.epochs=2"};
    const Training alone(folder_ / (kept + "alone"), settings), rows(folder_ / (kept + "rows"), settings),
        columns(folder_ / (kept + "columns"), settings);
    const Ended first = alone.train();
    ASSERT_EQ(first.code, 0) << first.err;
    EXPECT_THAT(first.err, HasSubstr("greedy      ends with 3 filters"));
    ASSERT_EQ(rows.train({"run.grid.patches=2"}, 2).code, 0);
    ASSERT_EQ(columns.train({"run.grid.patches=1", "run.grid.arrangements=2"}, 2).code, 0);
    expect_same_end(alone, rows);
    expect_same_end(alone, columns);
    EXPECT_LT(alone.history().at(0)["primal"]["objective"],
              0.5 * alone.result()["baselines"]["zero_objective"].get<double>());
  }
}

// The grid that is chosen when none is asked for.
TEST_F(Bitwise, MoreRanksThanWorkOnTheChosenGrid) {
  const Settings tiny = {"data.images=1", "data.test_images=1", "network.arrangements=1",
                         "network.filters=1"};
  const Training alone(folder_ / "alone", tiny), spread(folder_ / "spread", tiny);
  ASSERT_EQ(alone.train().code, 0);
  const Ended ended = spread.train({}, 3);
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("some have nothing to do"));
  expect_same_end(alone, spread);
}

}  // namespace
}  // namespace zerogap::test

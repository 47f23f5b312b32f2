// SPDX-License-Identifier: Apache-2.0
#include "config/sweep_file.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "core/error.hpp"

namespace zerogap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class SweepFiles : public ::testing::Test {
 protected:
  SweepFiles()
      : folder_(std::filesystem::temp_directory_path() / ("sweep_file_test." + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    write("base.yaml", "network: {beta: 10, lambda: 0.1}\n");
  }
  ~SweepFiles() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  SweepFile load(const std::string& text, const std::vector<std::string>& overrides = {}) const {
    write("s.yaml", text);
    return load_sweep((folder_ / "s.yaml").string(), overrides);
  }
  std::vector<std::string> points(const std::string& text) const {
    std::vector<std::string> result;
    for (const auto& point : points_of(load(text))) result.push_back(describe(point));
    return result;
  }
  void expect_refused(const std::string& text, const std::vector<std::string>& fragments) const {
    try {
      const SweepFile sweep = load(text);
      for (const auto& point : points_of(sweep)) config_at(sweep, point);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage);
      for (const auto& fragment : fragments) EXPECT_THAT(error.what(), HasSubstr(fragment));
    }
  }

  std::filesystem::path folder_;
};

TEST_F(SweepFiles, AGridMovesItsLastAxisFastest) {
  EXPECT_THAT(points("axes: {network.beta: [1, 2.50], network.lambda: [0.1, 0.2]}"),
              ElementsAre("network.beta=1 network.lambda=0.1", "network.beta=1 network.lambda=0.2",
                          "network.beta=2.5 network.lambda=0.1", "network.beta=2.5 network.lambda=0.2"));
}

TEST_F(SweepFiles, KeysMayBeNested) {
  EXPECT_EQ(points("axes: {network: {beta: [1, 2]}}"), points("axes: {network.beta: [1, 2]}"));
}

TEST_F(SweepFiles, ZippedListsMoveTogether) {
  EXPECT_THAT(
      points("zip: {network.filters: [4, 8], network.arrangements: [5, 9]}"),
      ElementsAre("network.filters=4 network.arrangements=5", "network.filters=8 network.arrangements=9"));
}

TEST_F(SweepFiles, LogRangesAreGeometricAndEndWhereTheySay) {
  EXPECT_THAT(points("log: {network.beta: {from: 1, to: 1000, points: 4}}"),
              ElementsAre("network.beta=1", "network.beta=10", "network.beta=100", "network.beta=1000"));
}

TEST_F(SweepFiles, LogRangesOfWholeNumbersAreRounded) {
  EXPECT_THAT(points("log: {optimizer.epochs: {from: 1000, to: 1000000, points: 4}}"),
              ElementsAre("optimizer.epochs=1000", "optimizer.epochs=10000", "optimizer.epochs=100000",
                          "optimizer.epochs=1000000"));
  EXPECT_THAT(points("log: {network.filters: {from: 8, to: 100, points: 3}}"),
              ElementsAre("network.filters=8", "network.filters=28", "network.filters=100"));
  EXPECT_THAT(points("log: {network.filters: {from: 100, to: 8, points: 3}}"),
              ElementsAre("network.filters=100", "network.filters=28", "network.filters=8"));
  // Twins are one point.
  EXPECT_THAT(
      points("log: {network.filters: {from: 1, to: 4, points: 7}}"),
      ElementsAre("network.filters=1", "network.filters=2", "network.filters=3", "network.filters=4"));
  EXPECT_THAT(points("log: {patches.filter: {from: 1, to: 15, points: 4}}"),
              ElementsAre("patches.filter=1", "patches.filter=3", "patches.filter=7", "patches.filter=15"));
  EXPECT_THAT(points("log: {init.seed: {from: 1e3, to: 1e5, points: 2}}"),
              ElementsAre("init.seed=1000", "init.seed=100000"));
  expect_refused("log: {network.filters: {from: 1.5, to: 4, points: 2}}",
                 {"network.filters: found 1.5", "integer from 1"});
  expect_refused("log: {network.filters: {from: 4, to: 4, points: 2}}", {"two of its points are 4"});
}

TEST_F(SweepFiles, LogRangesKeepEveryDigitOfTheirEnds) {
  EXPECT_THAT(points("log: {network.beta: {from: 1.23456789, to: 2345678.9, points: 3}}"),
              ElementsAre("network.beta=1.23456789", "network.beta=1701.73", "network.beta=2345678.9"));
  EXPECT_THAT(points("log: {network.beta: {from: 0.1234567, to: 1, points: 1}}"),
              ElementsAre("network.beta=0.1234567"));
}

TEST_F(SweepFiles, SeedsMoveWhatTheyAreNamedAfter) {
  EXPECT_THAT(points("seeds: 2"), ElementsAre("init.seed=1", "init.seed=2"));
  EXPECT_THAT(points("seeds: {data: [7, 9]}"), ElementsAre("data.seed=7", "data.seed=9"));
  EXPECT_THAT(points("seeds: {noise: 1, arrangements: 2}"),
              ElementsAre("data.noise.seed=1 arrangements.seed=1", "data.noise.seed=1 arrangements.seed=2"));
}

TEST_F(SweepFiles, PointsOfAnEarlierVersionAreRead) {
  const SweepFile sweep = load("axes: {init.seed: [1, 2]}");
  const Config config = config_at(sweep, {{"init.kind", "greedy"}, {"init.greedy.seed", "2"}});
  EXPECT_EQ(config.init.kind, InitKind::greedy);
}

TEST_F(SweepFiles, ExcludedPointsAreLeftOut) {
  EXPECT_THAT(points("axes: {network.beta: [1, 2], network.lambda: [0.1, 0.2]}\n"
                     "exclude: [{network.beta: 2, network.lambda: [0.1, 0.2]}]"),
              ElementsAre("network.beta=1 network.lambda=0.1", "network.beta=1 network.lambda=0.2"));
}

TEST_F(SweepFiles, TheConfigurationAtAPointIsBaseThenConfigThenOverridesThenThePoint) {
  const SweepFile sweep = load(
      "base: base.yaml\nconfig: {network.rho: 0.5, network.filters: 3}\n"
      "axes: {network.beta: [1, 2]}",
      {"network.filters=9", "sweep.retries=5"});
  const Config config = config_at(sweep, points_of(sweep)[1]);
  EXPECT_EQ(config.network.lambda, 0.1);
  EXPECT_EQ(config.network.rho, 0.5);
  EXPECT_EQ(config.network.filters, 9);
  EXPECT_EQ(config.network.beta, 2.0);
  EXPECT_EQ(sweep.options.retries, 5);
}

TEST_F(SweepFiles, OptionsOnTheCommandLineBeatTheFile) {
  EXPECT_EQ(load("sweep: {ranks_per_cell: 2}").options.ranks_per_cell, 2);
  EXPECT_EQ(load("sweep: {ranks_per_cell: 2}", {"sweep.ranks_per_cell=4"}).options.ranks_per_cell, 4);
}

TEST_F(SweepFiles, WhatIsWrongIsNamedWithItsPlace) {
  expect_refused("axes: {network.bta: [1]}", {"s.yaml:1:8", "network.bta", "did you mean network.beta?"});
  expect_refused("axes: {network.beta: [1, -5]}", {"s.yaml:1:26", "network.beta", "found -5", "number > 0"});
  expect_refused("axes: {network: {hard: {most: [1]}}}",
                 {"s.yaml:1:25", "old key network.hard.most", "write network.hard.rho_max"});
  expect_refused("zip: {path: {over: [beta]}}", {"old key path.over", "write continuation.parameter"});
  expect_refused("config: {run.overlap: 2}\naxes: {network.beta: [1]}",
                 {"s.yaml:1:10", "old key run.overlap", "write run.comm_chunks: 2"});
  expect_refused("axes: {init.kind: [normal, greedy]}",
                 {"s.yaml:1:28", "init.kind: found greedy", "optimizer.primal.name to frank_wolfe"});
  expect_refused("axes: {init: {greedy: {starts: [8, 16]}}}", {"s.yaml:1:15", "old key init.greedy ("});
  expect_refused("path: {over: beta}", {"unknown key path", "keys of a configuration go under config:"});
  // Refused before a value is made of any of them.
  expect_refused(
      "log: {network.beta: {from: 1, to: 2, points: 1000}, network.rho: {from: 1, to: 2, points: 1001}}",
      {"s.yaml:1:", "more than a million points", "the axes multiply", "use zip"});
  expect_refused("seeds: {init: 1000000, noise: 1000000, data: 1000000}",
                 {"s.yaml:1:", "more than a million points"});
  expect_refused("axes: {network.beta: [1]}\n---\nseeds: 2",
                 {"s.yaml:3:1: found a second document", "allowed: one"});
  expect_refused("axes: {network.beta: []}", {"network.beta", "an empty list"});
  expect_refused("axes: {network.beta: 5}", {"network.beta", "found 5", "a list of values"});
  expect_refused("axes: {network.beta: [1, 1.0]}", {"found 1 a second time", "same cells twice"});
  expect_refused("axes: {network.beta: [1]}\nseeds: {inti: 3}", {"inti", "did you mean init?"});
  expect_refused("axes: {network.beta: [1]}\nlog: {network.beta: {from: 1, to: 2, points: 2}}",
                 {"a second axis along network.beta", "s.yaml:1:8"});
  expect_refused("axis: {network.beta: [1]}", {"unknown key axis", "did you mean axes?"});
  expect_refused("network: {beta: 1}", {"unknown key network", "under config:"});
  expect_refused("zip: {network.beta: [1, 2], network.lambda: [1]}", {"found 1 values", "has 2"});
  expect_refused("zip: {network.beta: [1, 1], network.lambda: [2, 2]}", {"place 2 repeats"});
  expect_refused("log: {network.beta: {from: 1, to: 2}}", {"points is missing"});
  expect_refused("axes: {run.threads: [1, 2]}", {"run.threads", "same result"});
  expect_refused("axes: {run.networks: [[primal], [dual]]}", {"each network is a separate cell"});
  expect_refused("axes: {network.beta: [1, 2]}\nexclude: [{network.beta: 3}]", {"network.beta is never 3"});
  expect_refused("axes: {network.beta: [1]}\nexclude: [{network.beta: 1}]", {"has no point"});
  expect_refused("axes: {network.beta: [1]}\nlog: {network.filters: {from: 1, to: 9.5, points: 3}}",
                 {"s.yaml:2:7", "network.filters: found 9.5"});
  expect_refused("axes: {network.beta: [1]}\nchain: network.bta",
                 {"s.yaml:2:8", "did you mean network.beta?"});
  expect_refused("axes: {network.filters: [1]}\nchain: network.filters", {"chain", "allowed: network.beta"});
  expect_refused("chain: network.beta", {"network.beta is no axis"});
  expect_refused("zip: {network.beta: [1, 2], network.rho: [1, 2]}\nchain: network.rho",
                 {"moves with others", "under axes: or log:"});
  expect_refused("sweep: {ranks: 2}", {"unknown key sweep.ranks", "ranks_per_cell"});
  expect_refused("sweep: {retries: 1, retries: 2}", {"found sweep.retries a second time"});
  expect_refused("sweep: {retries: many}", {"sweep.retries", "found many"});
  expect_refused("base: nowhere.yaml", {"cannot read the base configuration", "nowhere.yaml"});
  expect_refused("config: {run.stop.seconds: 5}", {"run.stop.seconds"});
  expect_refused("config: {network.bta: 5}", {"s.yaml:1:10", "did you mean network.beta?"});
  expect_refused("axes: [1", {"not YAML"});
}

TEST_F(SweepFiles, AContradictionNamesThePoint) {
  expect_refused("config: {data.pool: 100, data.images: 10}\naxes: {data.images: [50, 200]}",
                 {"the point data.images=200 of sweep s is not valid", "data.pool"});
}

/// Not even their existence can be determined.
TEST_F(SweepFiles, NamesThatCannotBeLookedAtAreRefused) {
  const std::filesystem::path first = folder_ / "first.yaml", second = folder_ / "second.yaml";
  std::filesystem::create_symlink(first, second);
  std::filesystem::create_symlink(second, first);
  expect_refused("base: first.yaml", {"cannot read the base configuration", "symbolic links"});
  expect_refused("base: " + std::string(300, 'g'), {"cannot read the base configuration", "name too long"});
  expect_refused("base: .", {"cannot read the base configuration", "Is a directory"});
}

TEST_F(SweepFiles, ABaseMayNeedWhatAnAxisGives) {
  EXPECT_THAT(points("config: {data.source: hdf5}\naxes: {data.path: [a.h5, b.h5]}"),
              ElementsAre("data.path=\"a.h5\"", "data.path=\"b.h5\""));
  expect_refused("config: {data.source: hdf5}\naxes: {network.beta: [1]}",
                 {"the point network.beta=1", "data.path"});
}

TEST_F(SweepFiles, AChainLeadsAlongItsAxisPastWhatIsExcluded) {
  const SweepFile sweep = load(
      "axes: {network.beta: [8, 4, 2], network.lambda: [0.1, 0.2]}\nchain: network.beta\n"
      "exclude: [{network.beta: 4, network.lambda: 0.2}]");
  const auto before = neighbours_of(sweep, points_of(sweep));
  using Place = std::optional<std::size_t>;
  EXPECT_THAT(before, ElementsAre(Place(), Place(), Place(0), Place(2), Place(1)));
}

TEST_F(SweepFiles, EveryOneUnderConfigsIsValid) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ZEROGAP_SOURCE_DIR "/configs")) {
    const bool figure = entry.path().filename().string().starts_with("figure");
    if (!figure && entry.path().parent_path().filename() != "sweep") continue;
    SCOPED_TRACE(entry.path());
    const SweepFile sweep = load_sweep(entry.path().string(), {});
    for (const auto& point : points_of(sweep)) EXPECT_NO_THROW(config_at(sweep, point));
    ++files;
  }
  EXPECT_GE(files, 12);  // configs/sweep, configs/paper and configs/paper/small
}

}  // namespace
}  // namespace zerogap

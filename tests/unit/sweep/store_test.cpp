// SPDX-License-Identifier: Apache-2.0
// A store's files: what is written, what is refused, and what is made of them when somebody else had them in
// hands.

#include "sweep/store.hpp"

#include "sweep/cell_status.hpp"
#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::Json;
using test::write_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class StoreFiles : public ::testing::Test {
 protected:
  StoreFiles() : folder_(fs::temp_directory_path() / ("store_test." + std::to_string(::getpid()))) {
    const Store store = Store::create(folder_);
    SweepPlan plan;
    plan.file.name = "s";
    plan.cells.resize(1);
    plan.cells[0].name = "a";
    plan.cells[0].network = Network::dual;
    store.save(plan);
    fs::create_directories(folder_ / "cells/a");
  }
  ~StoreFiles() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  std::string status() const { return status_text(sweep_status(folder_, {})); }

  fs::path folder_;
};

TEST_F(StoreFiles, ALineOfHistoryMayHoldAnything) {
  write("cells/a/claim.1", R"({"host": "elsewhere", "pid": 1})");
  const std::string at_work = "process 1 on elsewhere since an unknown time";
  for (const char* line :
       {R"({"epoch": "two", "seconds": [], "dual": 5})", R"({"epoch": null})", "[]", "x"}) {
    write("cells/a/history.jsonl", std::string(line) + "\n");
    EXPECT_THAT(status(), HasSubstr(at_work)) << line;
  }
  write("cells/a/history.jsonl", R"({"epoch": 2, "seconds": 60, "dual": {"gap": 0.25}})"
                                 "\n");
  EXPECT_THAT(status(), HasSubstr(at_work + ", epoch 2 after 1 min 00 s, gap 25.0%"));
}

/// As it was written before keys were renamed.
TEST(PlanFile, OfAnEarlierVersionHasThePresentNamesOfItsKeys) {
  const auto plan = plan_from_json(nlohmann::ordered_json::parse(R"({
    "format": "zerogap sweep", "schema": 1, "name": "s", "file": "s.yaml", "base_name": "s.yaml",
    "base": "path: {over: none}", "config": "run.networks: [dual]\ncertificate.widths: [0.5]\n",
    "overrides": ["optimizer.memory=17"], "ranks_per_cell": 1, "retries": 1,
    "axes": [{"section": "zip", "keys": ["network.beta", "data.all_test_images_at_end"],
              "values": [["5", "true"], ["6", "false"]]}],
    "points": [{"network.beta": "5", "data.all_test_images_at_end": "true"}],
    "cells": [{"name": "a", "network": "dual", "identity": "", "point": 0, "points": 1, "pairs": 1, "bytes": 1,
               "settings": {"network.beta": "5", "data.all_test_images_at_end": "true"}, "certified": false}]
  })"));
  EXPECT_EQ(plan.file.axes.at(0).keys, (std::vector<std::string>{"network.beta", "data.final_test"}));
  EXPECT_EQ(plan.file.axes.at(0).values.at(1), (std::vector<std::string>{"6", "same"}));
  const Settings present = {{"network.beta", "5"}, {"data.final_test", "all"}};
  EXPECT_EQ(plan.points.at(0), present);
  EXPECT_EQ(plan.cells.at(0).settings, present);
  const Config config = cell_config(plan, plan.cells.at(0));
  EXPECT_EQ(config.data.final_test, FinalTest::all);
  EXPECT_EQ(config.certify.smoothing_widths, std::vector<double>{0.5});
  EXPECT_EQ(config.dual_optimizer.preconditioner_mib, 17);
}

TEST_F(StoreFiles, AResultNestedWithoutEndIsDamaged) {
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  write("cells/a/result.json", "{\"status\": " + deep + "}");
  EXPECT_THAT(status(),
              HasSubstr("result.json is damaged (it is not JSON); --only a computes that cell again"));
  EXPECT_EQ(collect(folder_, {}).rows.at(0).at("status"), "failed");
  write("store.json", R"({"format": "zerogap store", "schema": )" + deep + "}");
  EXPECT_THROW(status(), Error);
}

class Stores : public test::HandmadeStore {
 protected:
  std::vector<std::string> files(const std::string& name) const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(cell(name)))
      if (entry.is_regular_file()) found.push_back(fs::relative(entry.path(), cell(name)).string());
    return found;
  }

  const Cell a_{.name = "a", .identity = "network: dual\n", .network = Network::dual, .certified = true};
};

TEST_F(Stores, AreOpenedAgainAndKeepTheirSweepsByName) {
  EXPECT_THAT(store_.sweeps(), ElementsAre());
  auto plan = plan_of({a_});
  for (const char* name : {"z", "b"}) {
    plan.file.name = name;
    store_.save(plan);
  }
  const Store again = Store::open(store_.path());
  EXPECT_THAT(again.sweeps(), ElementsAre("b", "z"));
  EXPECT_EQ(to_json(again.load("b")), to_json(plan));
  EXPECT_EQ(Store::create(store_.path()).sweeps().size(), 2U) << "what is there is not made again";
}

TEST_F(Stores, AreNotMadeOfAnothersFolder) {
  expect_error(ExitCode::usage, {"holds no sweeps", "it has no store.json"}, [&] { Store::open(folder_); });
  expect_error(ExitCode::usage, {"the sweep has no folder"}, [&] { Store::create(""); });
  write_text(folder_ / "file", "a file");
  expect_error(ExitCode::data, {"cannot make the folder"}, [&] { Store::create(folder_ / "file"); });
  for (const char* part : {"checkpoints", "config.yaml"}) {
    fs::create_directories(folder_ / part / part);
    expect_error(ExitCode::usage, {"holds a run", "give another --out"},
                 [&] { Store::create(folder_ / part); });
  }
  for (const char* text : {"{", "[]", R"({"format": 2})", R"({"format": "zerogap run", "schema": 1})"}) {
    write_text(store_.path() / "store.json", text);
    expect_error(ExitCode::usage, {"holds no sweeps", "its store.json is not one of zerogap"},
                 [&] { Store::open(store_.path()); });
  }
  for (const char* schema : {"99", "\"x\""}) {
    write_text(store_.path() / "store.json",
               std::string(R"({"format": "zerogap store", "schema": )") + schema + "}");
    for (const auto& use : {Store::open, Store::create})
      expect_error(ExitCode::data, {"is of another schema", schema}, [&] { use(store_.path()); });
  }
}

TEST_F(Stores, DoNotLetOneFileForgetTheCellsOfAnother) {
  auto plan = plan_of({a_, {.name = "b"}});
  store_.save(plan);
  auto other = plan_of({{.name = "b"}, {.name = "c"}});
  other.file.origin = other.file.path = "/elsewhere/s.yaml";
  expect_error(ExitCode::usage,
               {"has a sweep s of another file", "1 cells of /sweeps/s.yaml are not in /elsewhere/s.yaml"},
               [&] { store_.save(other); });
  EXPECT_EQ(store_.load("s").cells.size(), 2U);
  other.cells.push_back(a_);
  store_.save(other);  // it has them all
  EXPECT_EQ(store_.load("s").cells.size(), 3U);
  other.cells.resize(1);
  store_.save(other);  // a file may change
  EXPECT_EQ(store_.load("s").cells.size(), 1U);
}

TEST_F(Stores, SayWhichSweepTheyDoNotHaveOrCannotRead) {
  store_.save(plan_of({a_}));
  expect_error(ExitCode::usage, {"has no sweep t", "its sweeps: s"}, [&] { store_.load("t"); });
  for (const char* text : {"{", "[]", R"({"format": "zerogap sweep", "schema": 1})"}) {
    write_text(store_.path() / "sweeps/s.json", text);
    expect_error(ExitCode::data, {"s.json is no sweep", "run zerogap sweep again"},
                 [&] { store_.load("s"); });
  }
}

TEST_F(Stores, FinishACellWithItsResultHistoryAndNewestCheckpoint) {
  for (const char* file : {"checkpoints/00000001.h5", "checkpoints/00000002.h5", "history.jsonl", "log.txt",
                           "config.yaml", "claim.4", "failure.json"})
    write("a", file, file);
  store_.finish(a_, {{"status", "complete"}, {"epoch", 3}}, {{"ranks", 2}});
  EXPECT_THAT(files("a"),
              UnorderedElementsAre("result.json", "history.jsonl", "checkpoints/00000002.h5", "claim.4"));
  const Json expected{{"status", "complete"},
                      {"epoch", 3},
                      {"cell",
                       {{"schema", 1},
                        {"name", "a"},
                        {"identity", "network: dual\n"},
                        {"network", "dual"},
                        {"certified", true},
                        {"ranks", 2}}}};
  EXPECT_EQ(store_.result(a_), expected);
}

TEST_F(Stores, TakeNoResultForACellsThatIsNotItsOwn) {
  EXPECT_EQ(store_.result(a_), std::nullopt);
  write("a", "result.json", R"({"status": "complete"})");
  EXPECT_EQ(store_.result(a_), std::nullopt) << "of a training that went on in the folder";
  finish(a_);
  Cell other = a_;
  other.identity = "network: primal\n";
  expect_error(ExitCode::data, {"is damaged", "it is the result of another cell, a", "--only a computes"},
               [&] { store_.result(other); });
  Json result = store_.result(a_).value();
  result["cell"]["schema"] = 2;
  write("a", "result.json", result.dump());
  expect_error(ExitCode::data, {"its cell is of another schema"}, [&] { store_.result(a_); });
}

TEST_F(Stores, SetAsideWhatIsDamagedAndNothingElse) {
  const auto is_aside = [&] {
    store_.set_damaged_result_aside(a_);
    return !fs::exists(store_.cell("a") / "result.json") &&
           fs::remove(store_.cell("a") / "result.json.damaged");
  };
  cell("a");
  EXPECT_FALSE(is_aside()) << "there is none";
  finish(a_, {{"status", "diverged"}});
  EXPECT_FALSE(is_aside()) << "a divergence needs no checkpoint";
  finish(a_);
  EXPECT_TRUE(is_aside()) << "it has no checkpoint";
  finish(a_);
  write("a", "checkpoints/00000001.h5", "not one");
  EXPECT_TRUE(is_aside()) << "its checkpoint is damaged";
  write("a", "result.json", "{");
  EXPECT_TRUE(is_aside()) << "it is not JSON";
}

TEST_F(Stores, RememberFailuresUntilTheyAreForgotten) {
  EXPECT_FALSE(store_.failure("a"));
  fail("a", {.attempts = 2, .message = "why \"so\"", .host = "h", .when = "now"});
  const auto failure = store_.failure("a");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->attempts, 2);
  EXPECT_EQ(failure->message, "why \"so\"");
  EXPECT_EQ(failure->host + failure->when, "hnow");
  store_.forget_failure("a");
  EXPECT_FALSE(store_.failure("a"));
  for (const char* text : {"{", "[]", R"({"attempts": "x"})", R"({"message": 1})"}) {
    write("a", "failure.json", text);
    EXPECT_FALSE(store_.failure("a")) << text;
  }
  write("a", "failure.json", "{}");
  EXPECT_EQ(store_.failure("a").value().attempts, 1) << "that there is one counts";
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
// A store's files when somebody else had them in hands: what status and collect make of them.

#include "sweep/store.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "sweep/cell_status.hpp"
#include "sweep/status.hpp"
#include "sweep/table.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace zerogap

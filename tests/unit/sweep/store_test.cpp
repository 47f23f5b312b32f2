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

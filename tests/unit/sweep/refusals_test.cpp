// SPDX-License-Identifier: Apache-2.0
// Sweeps that cannot work are refused before anything runs.

#include "train/run.hpp"
#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using test::write_text;

class Refusals : public test::SweepsHere {
 protected:
  void expect_refused(const SweepArguments& arguments, ExitCode code,
                      const std::vector<std::string>& parts) const {
    test::expect_error(code, parts, [&] { run_sweep(arguments, *world_); });
  }
};

TEST_F(Refusals, OfASweepFileThatCannotBeRead) {
  auto none = arguments("x");
  none.file = (folder_ / "none.yaml").string();
  expect_refused(none, ExitCode::usage, {"cannot read the sweep file"});
  expect_refused(arguments("x", {"run.stop.seconds=1"}), ExitCode::usage,
                 {"run.stop.seconds is set in a sweep"});
  expect_refused(arguments("x", {"data.source=hdf5", "data.path=/nowhere.h5"}), ExitCode::data,
                 {"the point", "/nowhere.h5"});
  EXPECT_FALSE(fs::exists(store("x")));
}

TEST_F(Refusals, OfAFolderThatIsAnothers) {
  write_text(store("taken"), "a file");
  expect_refused(arguments("taken"), ExitCode::data, {"cannot make the folder"});
  fs::create_directories(store("other"));
  write_text(store("other") / "store.json", R"({"format": "zerogap store", "schema": 99})");
  expect_refused(arguments("other"), ExitCode::data, {"another schema", "99"});
  fs::create_directories(store("run") / "checkpoints");
  expect_refused(arguments("run"), ExitCode::usage, {"holds a run"});
  test::expect_error(ExitCode::usage, {"holds no sweeps", "store.json"}, [&] { sweep_status(folder_, {}); });
  test::expect_error(ExitCode::usage, {"holds no sweeps"}, [&] { collect(folder_, {}); });
}

TEST_F(Refusals, OfARunInTheFolderOfSweeps) {
  const Store sweeps = Store::create(store("sweeps"));
  test::expect_error(ExitCode::usage, {"holds sweeps", "give another --out"}, [&] {
    run_training({parse_config("{}", "the test", {"data.images=3"}), sweeps.path(), StartMode::fresh},
                 *world_);
  });
}

TEST_F(Refusals, OfACellThatTheSweepHasNot) {
  auto only = arguments("x");
  only.only = "0000000000000000";
  expect_refused(only, ExitCode::usage, {"has no cell 0000000000000000"});
  only.only = "mine";
  expect_refused(only, ExitCode::usage, {"--only mine is no cell", "16 hexadecimal digits"});
  EXPECT_FALSE(fs::exists(store("x") / "cells"));
}

}  // namespace
}  // namespace zerogap

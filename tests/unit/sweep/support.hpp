// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/signals.hpp"
#include "sweep/run_sweep.hpp"
#include "sweep/status.hpp"
#include "sweep/store.hpp"
#include "sweep/table.hpp"

namespace zerogap::test {

using Json = nlohmann::ordered_json;
using Overrides = std::vector<std::string>;  ///< KEY=VALUE, as for --set

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}
/// How often `part` occurs in `text`.
inline int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}
/// The text with `before`, which it must have, replaced.
inline std::string replaced(std::string text, const std::string& before, const std::string& after) {
  const auto at = text.find(before);
  EXPECT_NE(at, std::string::npos) << before;
  return at == std::string::npos ? text : text.replace(at, before.size(), after);
}

/// What the house promises of every error: an exit code and the grammar what (why); what to do.
inline void expect_error(const Error& error, ExitCode code, const std::vector<std::string>& parts) {
  EXPECT_EQ(error.code(), code) << error.what();
  static const std::regex grammar(R"([^]+ \([^]+\); [^]+)");
  EXPECT_TRUE(std::regex_match(error.what(), grammar)) << error.what();
  for (const auto& part : parts) EXPECT_THAT(error.what(), ::testing::HasSubstr(part));
}
template <class Work>
void expect_error(ExitCode code, const std::vector<std::string>& parts, Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return expect_error(error, code, parts);
  }
  ADD_FAILURE() << "no error, where one was expected about " << parts.front();
}

/// A folder of the test's own, removed with everything in it. In memory where there is such a place: a sweep
/// flushes each file to the disk, which took three quarters of these tests' time.
class InFolder : public ::testing::Test {
 protected:
  InFolder() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~InFolder() override { std::filesystem::remove_all(folder_); }

  static std::filesystem::path place() {
    return ::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path();
  }

  std::filesystem::path folder_ = place() / ("zerogap-sweep-" + std::to_string(::getpid()));
};

/// A store of one sweep "s" whose cells are made by hand: nothing is computed.
class HandmadeStore : public InFolder {
 protected:
  /// Cells that nothing but their fields describes.
  static SweepPlan plan_of(std::vector<Cell> cells, std::int64_t retries = 1) {
    SweepPlan plan;
    plan.file.name = "s";
    plan.file.path = plan.file.origin = "/sweeps/s.yaml";
    plan.file.options.retries = retries;
    plan.points.resize(1);
    plan.cells = std::move(cells);
    return plan;
  }
  std::filesystem::path cell(const std::string& name) const {
    std::filesystem::create_directories(store_.cell(name));
    return store_.cell(name);
  }
  void write(const std::string& name, const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((cell(name) / file).parent_path());
    write_text(cell(name) / file, text);
  }
  void finish(const Cell& wanted, Json result = {{"status", "complete"}}) const {
    cell(wanted.name);
    store_.finish(wanted, std::move(result), Json::object());
  }
  void fail(const std::string& name, const Failure& failure) const {
    cell(name);
    store_.save_failure(name, failure);
  }

  Store store_ = Store::create(folder_ / "store");
};

/// 2 betas x 2 lambdas x 2 seeds of a tiny problem: 8 primal cells, and 4 dual ones, which start from zero.
inline const std::string small_sweep = R"(
config:
  data: {images: 3, test_images: 2}
  network: {filters: 4, arrangements: 5, rho: 0}
  optimizer: {epochs: 4, lr: 0.01}
  run: {threads: 1, evaluate_every: 2, checkpoint: {every: 2}}
axes:
  network.beta: [2, 4]
  network.lambda: [0.1, 0.2]
seeds: {init: 2}
)";
constexpr int small_cells = 12;

/// How run_sweep() ended and what it said; an Error's text comes last.
struct Ended {
  ExitCode code;
  std::string said;
};

/// A sweep's file and the stores that it is computed in, all in this process. A stop that a test asks for is
/// forgotten by the next sweep; the log, which an Error may leave with a cell, is given back here.
class SweepsHere : public InFolder {
 protected:
  SweepsHere() { write_text(file(), small_sweep); }
  ~SweepsHere() override {
    log::close_file();
    log::keep_to_file(false);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) std::signal(signal, SIG_DFL);
  }

  std::filesystem::path file() const { return folder_ / "small.yaml"; }
  std::filesystem::path store(const std::string& name) const { return folder_ / name; }
  SweepArguments arguments(const std::string& name, Overrides overrides = {}) const {
    return {.file = file().string(), .overrides = std::move(overrides), .out = store(name)};
  }
  Ended run(const SweepArguments& arguments) const {
    ::testing::internal::CaptureStderr();
    Ended ended{ExitCode::done, ""};
    std::string error;
    try {
      ended.code = run_sweep(arguments, *world_);
    } catch (const Error& failure) {
      ended.code = failure.code();
      error = failure.what();
    }
    ended.said = ::testing::internal::GetCapturedStderr() + error;
    return ended;
  }
  Ended sweep(const std::string& name, Overrides overrides = {}) const {
    return run(arguments(name, std::move(overrides)));
  }
  Ended only(const std::string& cell, SweepArguments all) const {
    all.only = cell;
    return run(all);
  }
  Ended retry_failed(SweepArguments all) const {
    all.retry_failed = true;
    return run(all);
  }
  /// Cells that were finished, or failed once more.
  static int told_cells(const Ended& ended) { return count("\n" + ended.said, "\ncell "); }

  std::string table(const std::string& name) const {
    return to_csv(collect(store(name), {.reproducible = true}));
  }
  Json status(const std::string& name) const { return sweep_status(store(name), {}).at(0); }
  SweepPlan plan(const std::string& name) const { return Store::open(store(name)).load("small"); }
  Json result(const std::string& name, const std::string& cell) const {
    return Json::parse(text_of(store(name) / "cells" / cell / "result.json"));
  }
  /// The folder of the network's first cell.
  std::filesystem::path one_cell(const std::string& name, Network network) const {
    for (const Cell& cell : plan(name).cells)
      if (cell.network == network) return store(name) / "cells" / cell.name;
    return {};
  }
  /// A finished cell's files.
  void expect_few_files(const std::string& name) const {
    for (const auto& cell : std::filesystem::directory_iterator(store(name) / "cells")) {
      std::vector<std::string> files;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(cell.path()))
        if (entry.is_regular_file()) files.push_back(entry.path().extension());
      EXPECT_THAT(files, ::testing::UnorderedElementsAre(".json", ".jsonl", ".h5")) << cell.path();
    }
  }

  std::unique_ptr<Communicator> world_ = make_serial();
};

}  // namespace zerogap::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "program/runs.hpp"

namespace zerogap::test {

/// 2 betas x 2 lambdas x 2 seeds of a small problem: 8 primal and 4 dual cells.
inline const std::string small_sweep = R"(
config:
  data: {images: 12, test_images: 5}
  network: {filters: 5, arrangements: 9, rho: 0}
  optimizer: {epochs: 12, lr: 0.01}
  run: {evaluate_every: 4, checkpoint: {every: 3}}
axes:
  network.beta: [2, 4]
  network.lambda: [0.1, 0.2]
seeds: {init: 2}
)";
constexpr int small_cells = 12;

/// A sweep's file and the folders that it is computed in.
class Sweeps : public ::testing::Test {
 protected:
  Sweeps() { write_text(file(), small_sweep); }

  using json = nlohmann::json;

  std::filesystem::path file() const { return folder_ / "small.yaml"; }
  std::filesystem::path store(const std::string& name) const { return folder_ / name; }
  std::vector<std::string> arguments(const std::string& name, const Settings& settings = {}) const {
    std::vector<std::string> all = {"sweep", file(), "--out", store(name)};
    for (const auto& each : set_arguments(settings)) all.push_back(each);
    return all;
  }
  Ended sweep(const std::string& name, const Settings& settings = {}, int ranks = 0) const {
    return zerogap(arguments(name, settings), ranks);
  }
  std::string table(const std::string& name) const {
    const Ended ended = zerogap({"collect", store(name), "--reproducible"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  }
  json status(const std::string& name) const {
    const Ended ended = zerogap({"status", store(name), "--json"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return json::parse(ended.out, nullptr, false).at(0);
  }
  /// A finished cell's files.
  void expect_few_files(const std::string& name) const {
    for (const auto& cell : std::filesystem::directory_iterator(store(name) / "cells")) {
      int files = 0;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(cell.path()))
        if (entry.is_regular_file()) ++files;
      EXPECT_EQ(files, 3) << cell.path();
    }
  }
  /// Kills one process, or one rank, at a random moment of a sweep that undisturbed takes so long; waits
  /// until all of it is gone.
  void sweep_and_kill(const std::string& name, const Settings& settings, double seconds, int ranks,
                      std::mt19937& random) const {
    const auto longest = static_cast<int>(seconds * 400);
    Process run(command_line(arguments(name, settings), ranks));
    const std::chrono::milliseconds time(std::uniform_int_distribution<>(longest / 4, longest)(random));
    eventually([&] { return !run.running(); }, time);
    const auto victim = static_cast<int>(random() % static_cast<unsigned>(std::max(ranks, 1)));
    const pid_t pid = ranks > 0 ? run.rank(victim) : run.pid();
    if (pid > 0) ::kill(pid, SIGKILL);
    if (pid <= 0) run.signal(SIGTERM);  // before there are ranks
    run.wait();
  }
  std::filesystem::path one_cell(const std::string& name, const std::string& network) const {
    for (const auto& cell : std::filesystem::directory_iterator(store(name) / "cells"))
      if (json::parse(text_of(cell.path() / "result.json"))["cell"]["network"] == network) return cell.path();
    return {};
  }

  Folder folder_;
};

}  // namespace zerogap::test

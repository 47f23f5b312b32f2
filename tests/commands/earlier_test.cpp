// SPDX-License-Identifier: Apache-2.0
// Runs of earlier versions whose configurations have keys and values that were removed.

#include <filesystem>

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Earlier : public ::testing::Test {
 protected:
  /// A run's folder of which only the configuration is left, with init.kind greedy.
  Earlier() {
    fs::create_directories(folder_ / "earlier" / "checkpoints");
    write_text(config_, Training::small_configuration() +
                            std::string("init: {kind: greedy, greedy: {starts: 20, polish: 3}}\n"));
  }

  Ended train(const std::string& name, const Settings& settings, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"train", config_, "--out", folder_ / name};
    for (const auto& word : set_arguments(settings)) words.push_back(word);
    words.insert(words.end(), more.begin(), more.end());
    return zerogap(words);
  }

  Folder folder_;
  std::string config_ = folder_ / "earlier" / "config.yaml";
};

TEST_F(Earlier, GreedyStartsAreNoneAnyMore) {
  const std::string instead = "set optimizer.primal.name to frank_wolfe";
  expect_error(train("again", {}), 2, {"init.kind is greedy", "init.kind greedy was removed", instead});
  EXPECT_EQ(train("dual", {"run.networks=[dual]"}).code, 0);
  write_text(folder_ / "mine.yaml", text_of(config_));
  expect_error(zerogap({"config", folder_ / "mine.yaml"}), 2, {"init.kind: found greedy", instead});
}

/// Frank-Wolfe needs no start, so that it makes a run with the configuration that greedy ones have.
TEST_F(Earlier, RunsWithGreedyStartsCanBeUsedAndResumed) {
  const Settings program = {"optimizer.primal.name=frank_wolfe", "optimizer.search_starts=8",
                            "optimizer.epochs=3", "run.networks=[primal]"};
  Settings stopped = program;
  stopped.push_back("run.stop.seconds=1e-9");
  const Ended first = train("run", stopped);
  ASSERT_EQ(first.code, 75) << first.err;
  const std::string run = folder_ / "run";
  EXPECT_THAT(text_of(folder_ / "run" / "config.yaml"), HasSubstr("kind: greedy"));
  const Ended resumed = train("run", program, {"--resume"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("resuming from"));
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"evaluate", run},
        {"certify", run, "--set", "certify.seconds=0.1", "--set", "certify.rounds=4"},
        {"export", run, "--format", "npz", "--out", folder_ / "network.npz"}}) {
    const Ended ended = zerogap(command);
    EXPECT_EQ(ended.code, 0) << command.front() << ": " << ended.err;
  }
}

}  // namespace
}  // namespace zerogap::test

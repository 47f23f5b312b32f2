// SPDX-License-Identifier: Apache-2.0
// The command line: help, wrong usage, wrong configurations, and what --dry-run leaves alone.

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Help, OfEveryCommandHasExamples) {
  for (const char* command : {"train", "evaluate", "inspect", "config", "data", "report"}) {
    SCOPED_TRACE(command);
    const Ended ended = zerogap({command, "--help"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(ended.err, "");
    EXPECT_THAT(ended.out, HasSubstr("Example"));
    EXPECT_THAT(ended.out, HasSubstr(std::string("zerogap ") + command));
  }
}

TEST(Help, OfTheProgramNamesTheCommands) {
  const Ended ended = zerogap({"--help"});
  EXPECT_EQ(ended.code, 0);
  for (const char* command : {"train", "evaluate", "inspect", "config", "data"})
    EXPECT_THAT(ended.out, HasSubstr(command));
}

TEST(Help, VersionNamesLibrariesAndBackends) {
  const Ended ended = zerogap({"--version"});
  EXPECT_EQ(ended.code, 0);
  for (const char* name : {"zerogap", "LibTorch", "Open MPI", "HDF5", "NCCL", "CUDA", "backends", "cpu"})
    EXPECT_THAT(ended.out, HasSubstr(name));
}

TEST(Usage, ThatIsWrongEndsWithTwo) {
  expect_usage_error(zerogap({}), {"--help"});
  expect_usage_error(zerogap({"trian"}), {"trian", "--help"});
  expect_usage_error(zerogap({"train"}), {"config", "--help"});
  expect_usage_error(zerogap({"train", "a.yaml", "--fast"}), {"--fast"});
  expect_usage_error(zerogap({"train", "a.yaml", "--set"}), {"--set"});
  expect_usage_error(zerogap({"evaluate"}), {"run is required"});
  expect_usage_error(zerogap({"evaluate", "--weights", "runs/mnist"}),
                     {"there is no option --weights", "give the run as an argument: zerogap evaluate RUN"});
  expect_usage_error(zerogap({"inspect"}), {"file"});
  expect_usage_error(zerogap({"config"}), {"--keys"});
  expect_usage_error(zerogap({"data", "--count", "0"}), {"--count"});
}

class Configuration : public ::testing::Test {
 protected:
  /// The program's answer to a configuration file with this text.
  Ended train(const std::string& text, const Settings& settings = {}) {
    write_text(folder_ / "c.yaml", text);
    std::vector<std::string> arguments{"train", folder_ / "c.yaml", "--out", folder_ / "run"};
    for (const std::string& argument : set_arguments(settings)) arguments.push_back(argument);
    return zerogap(arguments);
  }
  void expect_refusal(const std::string& text, const std::vector<std::string>& fragments) {
    expect_error(train(text), 2, fragments);
    EXPECT_FALSE(fs::exists(folder_ / "run"));
  }

  Folder folder_;
};

TEST_F(Configuration, UnknownKeyNamesFileLineAndTheNearestKey) {
  expect_refusal("network:\n  betta: 5\n", {"c.yaml:2", "network.betta", "network.beta"});
}

TEST_F(Configuration, WrongTypeNamesWhatWasFoundAndWhatIsAllowed) {
  expect_refusal("optimizer:\n  epochs: many\n", {"c.yaml:2", "optimizer.epochs", "many"});
}

TEST_F(Configuration, ValueOutOfRange) {
  expect_refusal("network: {beta: -1}\n", {"network.beta", "-1", "> 0"});
}

TEST_F(Configuration, NotANumber) { expect_refusal("network: {beta: .nan}\n", {"network.beta", "nan"}); }

TEST_F(Configuration, ContradictoryKeys) {
  expect_refusal("data: {images: 20, pool: 10}\n", {"data.images is 20", "data.pool is 10"});
}

TEST_F(Configuration, NoYaml) { expect_refusal("data: [\n", {"c.yaml"}); }

TEST_F(Configuration, MissingFile) {
  expect_error(zerogap({"train", folder_ / "none.yaml"}), 2, {"none.yaml", "No such file"});
}

TEST_F(Configuration, OverridesAreCheckedAlike) {
  expect_error(train("{}", {"network.betta=5"}), 2, {"--set", "network.betta", "network.beta"});
  expect_error(train("{}", {"network.beta"}), 2, {"--set", "network.beta"});
}

TEST_F(Configuration, GridThatDoesNotFitTheRanks) {
  const Training run(folder_ / "run", {"run.grid.patches=2", "run.grid.arrangements=2"});
  expect_error(run.train({}, 3), 2, {"the process grid does not fit", "2 x 2", "3 ranks"});
}

TEST_F(Configuration, EmptyOneHasADefaultForEveryKey) {
  write_text(folder_ / "c.yaml", "{}\n");
  const Ended resolved = zerogap({"config", folder_ / "c.yaml"});
  EXPECT_EQ(resolved.code, 0);
  write_text(folder_ / "d.yaml", resolved.out);
  EXPECT_EQ(zerogap({"config", folder_ / "d.yaml"}, 2).out, resolved.out);
}

TEST_F(Configuration, DryRunStartsNothing) {
  const Training run(folder_ / "run", {});
  auto arguments = run.arguments();
  arguments.emplace_back("--dry-run");
  for (const int ranks : {0, 3}) {
    const Ended ended = zerogap(arguments, ranks);
    EXPECT_EQ(ended.code, 0) << ended.err;
    for (const char* part : {"arrangements: 12", "grid    ", "memory  ", "pairs an epoch"})
      EXPECT_THAT(ended.out, HasSubstr(part));
    EXPECT_THAT(ended.out, HasSubstr(ranks == 0 ? "1 ranks as 1 x 1" : "3 ranks as 3 x 1"));
    EXPECT_FALSE(fs::exists(run.folder()));
  }
}

TEST_F(Configuration, DataShowsAndWritesWhatIsSelected) {
  const std::string out = folder_ / "d.h5", picture = folder_ / "d.png";
  const Ended ended = zerogap({"data", "--set", "data.images=8", "--out", out, "--picture", picture});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("8 images of 28 x 28"));
  EXPECT_TRUE(fs::exists(out));
  EXPECT_TRUE(fs::exists(picture));
  expect_error(zerogap({"data", "--set", "data.images=8", "--out", folder_ / "none" / "d.h5"}), 3, {"none"});
}

}  // namespace
}  // namespace zerogap::test

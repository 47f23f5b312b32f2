// SPDX-License-Identifier: Apache-2.0
// What a command line's words may be: empty ones, slips, and names that YAML, CLI11 or UTF-8 would have
// otherwise.

#include <regex>
#include <sstream>

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const std::vector<std::string> commands = {"train",   "evaluate", "inspect", "certify",   "config",
                                           "data",    "sweep",    "status",  "collect",   "report",
                                           "denoise", "export",   "doctor",  "completion"};

/// The command's options that take a value, as its help lists them.
std::vector<std::string> options_with_values(const std::string& command) {
  static const std::regex line(R"(^  (?:-\w,)?(--[a-z0-9-]+) (?:TEXT|INT|UINT|FLOAT).*)");
  std::istringstream help(zerogap({command, "--help"}).out);
  std::vector<std::string> options;
  std::smatch found;
  for (std::string text; std::getline(help, text);)
    if (std::regex_match(text, found, line)) options.push_back(found[1]);
  return options;
}

TEST(Words, AnOptionThatIsThereAndEmptyIsNamed) {
  std::size_t tried = 0;
  for (const auto& command : commands)
    for (const auto& option : options_with_values(command)) {
      SCOPED_TRACE(command + " " + option);
      expect_usage_error(zerogap({command, option, ""}), {option + " is empty"});
      ++tried;
    }
  EXPECT_GE(tried, 30u);
}

TEST(Words, AnEmptyOptionIsNamedWhateverElseIsWrong) {
  expect_usage_error(zerogap({"sweep", "x", "--slurm=", "--out", "s"}), {"--slurm is empty"});
  expect_usage_error(zerogap({"sweep", "x", "--slurm=", "y"}), {"--slurm is empty"});
  expect_usage_error(zerogap({"train", "x", "--out", "", "--help-me"}), {"--out is empty"});
}

TEST(Words, AnArgumentThatIsThereAndEmptyIsNamed) {
  expect_usage_error(zerogap({"train", ""}), {"config is empty"});
  expect_usage_error(zerogap({"sweep", ""}), {"file is empty"});
  expect_usage_error(zerogap({"report", "a", "", "--out", "b"}), {"folders is empty"});
  expect_usage_error(zerogap({"denoise", "w", "a", "", "--out", "b"}), {"images is empty"});
}

TEST(Words, ASlipIsAnsweredWithWhatWasMeant) {
  expect_usage_error(zerogap({"trian", "c.yaml"}), {"no command 'trian'", "did you mean train?"});
  expect_usage_error(zerogap({"train", "c.yaml", "--ouy", "x"}),
                     {"no option --ouy", "did you mean --out?", "zerogap train --help"});
  expect_usage_error(zerogap({"collect", "st", "--sumary=x"}), {"did you mean --summary?"});
  const Ended far = zerogap({"train", "c.yaml", "--qqqqqqq"});
  expect_usage_error(far, {"no option --qqqqqqq", "see zerogap train --help"});
  EXPECT_THAT(far.err, ::testing::Not(HasSubstr("did you mean")));
}

/// A data set, a run and a sweep under odd names.
class Names : public ::testing::Test {
 protected:
  Names() {
    write_text(folder_ / "e.yaml", "{}");
    write_text(folder_ / "s.yaml", "config:\n  data: {source: hdf5, images: 6, test_images: 0}\n" + rest +
                                       "axes: {network.beta: [2]}\n");
    const Ended made = zerogap({"data", "--set", "data.images=6", "--out", folder_ / "plain.h5", "--picture",
                                folder_ / "image.png"});
    EXPECT_EQ(made.code, 0) << made.err;
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string data(const std::string& name) const {
    fs::copy_file(folder_ / "plain.h5", folder_.path() / name, fs::copy_options::overwrite_existing);
    return path(name);
  }
  std::vector<std::string> training(const std::string& data, const std::string& out) const {
    return {"train", path("e.yaml"),
            "--out", out,
            "--set", "data.source=hdf5",
            "--set", "data.path=" + data,
            "--set", "data.images=6",
            "--set", "data.test_images=0",
            "--set", "network.filters=4",
            "--set", "network.arrangements=5",
            "--set", "optimizer.epochs=4",
            "--set", "run.evaluate_every=2",
            "--set", "optimizer.schedule=constant"};
  }
  /// Whatever reads a run, on one whose folder and data have these names.
  void expect_all_commands(const std::string& data, const std::string& run, const std::string& out) const {
    EXPECT_EQ(zerogap(training(data, run)).code, 0);
    const auto good = [](const std::vector<std::string>& words, int ranks = 0) {
      const Ended ended = zerogap(words, ranks);
      EXPECT_EQ(ended.code, 0) << words[0] << ": " << ended.err;
      return ended;
    };
    const auto more = training(data, run);
    auto longer = more;
    longer.insert(longer.end(), {"--set", "optimizer.epochs=8", "--resume"});
    good(longer, 2);
    EXPECT_THAT(good({"evaluate", run}).out, HasSubstr("psnr"));
    good({"evaluate", run, "--json"}, 2);
    good({"evaluate", run, "--data", data, "--json"});
    good({"certify", run, "--set", "certify.seconds=0.1", "--set", "certify.starts=4", "--set",
          "certify.rounds=2", "--json"});
    good({"inspect", run + "/checkpoints/00000001.h5"});
    good({"denoise", run, path("image.png"), "--out", out});
    good({"export", run, "--format", "npz", "--out", out + ".npz"});
    good({"config", run + "/config.yaml"});
    good({"train", run + "/config.yaml", "--out", run, "--resume"});
  }

  const std::string rest =
      "  network: {filters: 4, arrangements: 5}\n  optimizer: {epochs: 4}\n  run: {evaluate_every: 2}\n";
  Folder folder_;
};

TEST_F(Names, WithWhatYamlWouldTakeForAComment) {
  expect_all_commands(data("n.h5 #2"), path("run #2"), path("out #2"));
  const Ended other = zerogap({"evaluate", path("run #2"), "--data", path("n.h5 #3")});
  expect_error(other, 3, {"n.h5 #3"});
}

TEST_F(Names, InBrackets) {
  const Ended report = zerogap({"report", "--title", "[a,b]", "[x,y]", "--out", path("page")});
  EXPECT_THAT(report.err, HasSubstr("[x,y] cannot be reported"));
  const Ended denoise = zerogap({"denoise", path("w"), "[x,y]", "--out", path("out")});
  EXPECT_THAT(denoise.err, HasSubstr("cannot read"));
  const Training run(folder_ / "run", {"optimizer.epochs=2", "network.filters=4", "network.arrangements=5"});
  ASSERT_EQ(run.train().code, 0);
  fs::copy_file(folder_ / "image.png", folder_ / "b]");
  const Ended one = zerogap({"denoise", run.folder(), path("image.png"), path("b]"), "--out", path("o")});
  EXPECT_EQ(one.code, 0) << one.err;
}

TEST_F(Names, ThatAreNoUtf8) { expect_all_commands(data("d\xff.h5"), path("r\xfe"), path("o\xfd")); }

TEST_F(Names, ThatAreNoUtf8InASweep) {
  const std::string odd = data("d\xff.h5"), store = path("st\xfe");
  fs::copy_file(folder_ / "s.yaml", folder_ / "s\xfd.yaml");
  const Ended first = zerogap({"sweep", path("s\xfd.yaml"), "--out", store, "--set", "data.path=" + odd}, 2);
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("2 of 2 cells are finished"));
  EXPECT_EQ(zerogap({"collect", store, "--summary"}).code, 0);
  EXPECT_EQ(zerogap({"status", store, "--sweep", "s\xfd"}).code, 0);
  // The file's own words, and an axis of two names that differ in such a byte only.
  write_text(folder_ / "axis.yaml", "config:\n  data: {source: hdf5, images: 6, test_images: 0}\n" + rest +
                                        "axes:\n  data.path: ['" + odd + "', '" + path("d\xfe.h5") + "']\n");
  const Ended made =
      zerogap({"data", "--set", "data.images=6", "--set", "data.seed=5", "--out", path("d\xfe.h5")});
  ASSERT_EQ(made.code, 0) << made.err;
  const Ended second = zerogap({"sweep", path("axis.yaml"), "--out", store});
  EXPECT_EQ(second.code, 0) << second.err;
  const Ended table = zerogap({"collect", store, "--sweep", "axis"});
  EXPECT_THAT(table.out, HasSubstr("," + odd + ","));
  EXPECT_THAT(table.out, HasSubstr("," + path("d\xfe.h5") + ","));
  const Ended summary = zerogap({"collect", store, "--sweep", "axis", "--summary"});
  EXPECT_EQ(count(summary.out, "\nprimal"), 2) << summary.out;
  // The command of a cell is one that works.
  const Ended failed =
      zerogap({"sweep", path("s.yaml"), "--out", store, "--set", "data.path=" + odd, "--set", "run.threads=0",
               "--set", "run.precision=fp64", "--set", "optimizer.dual.name=newton", "--set",
               "run.networks=[dual]", "--set", "run.stop.gap=1e-14", "--set", "optimizer.dual.epochs=1"});
  EXPECT_EQ(failed.code, 4);
  EXPECT_THAT(failed.err, HasSubstr("--set 'data.path=" + odd + "'"));
  EXPECT_THAT(zerogap({"status", store, "--sweep", "s"}).out, HasSubstr("--set 'data.path=" + odd + "'"));
}

}  // namespace
}  // namespace zerogap::test

// SPDX-License-Identifier: Apache-2.0
// What the program says of itself and of the machine: doctor, completion, the manual page.

#include "config/config.hpp"
#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string printed(const std::vector<std::string>& arguments) {
  const Ended ended = zerogap(arguments);
  EXPECT_EQ(ended.code, 0) << ended.err;
  return ended.out;
}

/// What a bash that has sourced the script offers for a command line whose last word is being typed.
std::string completed(const std::string& script, const std::string& line) {
  const std::string run =
      "source '" + script + "'; COMP_WORDS=(" + line +
      "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _zerogap; printf '%s\\n' \"${COMPREPLY[@]}\"";
  const Ended ended = Process({"bash", "-c", run}).wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  return "\n" + ended.out;
}

TEST(Completion, BashOffersCommandsOptionsKeysAndChoices) {
  Folder folder;
  const auto script = (folder / "zerogap.bash").string();
  write_text(script, printed({"completion", "bash"}));
  EXPECT_THAT(completed(script, "zerogap de"), HasSubstr("\ndenoise\n"));
  EXPECT_THAT(completed(script, "zerogap de"), Not(HasSubstr("train")));
  const auto options = completed(script, "zerogap train --");
  for (const char* each : {"\n--set\n", "\n--resume\n", "\n--dry-run\n", "\n--help\n"})
    EXPECT_THAT(options, HasSubstr(each));
  EXPECT_EQ(completed(script, "zerogap denoise --network map"), "\nmapped\nmapped_gate\n");
  EXPECT_EQ(completed(script, "zerogap completion z"), "\nzsh\n");
  EXPECT_THAT(completed(script, "zerogap train --set network.be"), HasSubstr("\nnetwork.beta=\n"));
  EXPECT_EQ(completed(script, "zerogap train --set optimizer.dual.lr"), "\noptimizer.dual.lr=\n");
  const auto keys = completed(script, "zerogap train --set ''");
  for (const auto& key : describe_keys()) EXPECT_THAT(keys, HasSubstr("\n" + key.key + "=\n"));
  EXPECT_THAT(completed(script, "zerogap train " + folder.path().string() + "/zer"), HasSubstr(script));
}

TEST(Completion, ZshReadsTheScript) {
  const auto text = printed({"completion", "zsh"});
  EXPECT_TRUE(text.starts_with("#compdef zerogap\n"));
  EXPECT_THAT(text, HasSubstr("'denoise:"));
  EXPECT_THAT(text, HasSubstr("network.beta"));
  if (Process({"sh", "-c", "command -v zsh"}).wait().code != 0)
    GTEST_SKIP() << "the text was looked at; that zsh parses it needs zsh";
  Folder folder;
  write_text(folder / "_zerogap", text);
  const Ended parsed = Process({"zsh", "-n", (folder / "_zerogap").string()}).wait();
  EXPECT_EQ(parsed.code, 0) << parsed.err;
}

TEST(Completion, OtherShellsAreRefused) { expect_usage_error(zerogap({"completion", "fish"}), {"fish"}); }

TEST(Manual, HasEveryCommandOfHelp) {
  const auto page = printed({"man"}), help = printed({"--help"});
  for (const char* command : {"train", "evaluate", "certify", "inspect", "config", "data", "sweep", "status",
                              "collect", "report", "denoise", "export", "doctor", "completion", "man"}) {
    EXPECT_THAT(help, HasSubstr(std::string("\n  ") + command + " "));
    EXPECT_THAT(page, HasSubstr(std::string("\n.SS ") + command + "\n"));
  }
  EXPECT_THAT(page, HasSubstr("\n.SH EXIT STATUS\n"));
  EXPECT_THAT(page, HasSubstr("\\-\\-resume"));
}

TEST(Doctor, SaysWhatWorksAndWhatToDoAboutTheRest) {
  const Ended alone = zerogap({"doctor"});
  EXPECT_EQ(alone.code, 0) << alone.out << alone.err;
  for (const char* each : {"processor", "GPUs", "NCCL", "Slurm", "this folder", "LibTorch", "doctor times"})
    EXPECT_THAT(alone.out, HasSubstr(each));
  const Ended two = zerogap({"doctor"}, 2);
  EXPECT_EQ(two.code, 0) << two.out << two.err;
  EXPECT_THAT(two.out, HasSubstr("2; first sum after "));
}

TEST(Doctor, AFolderThatTakesNoFilesFails) {
  const auto program = command_line({"doctor"}, 0).front();
  const Ended ended = Process({"sh", "-c", "cd /proc && exec '" + program + "' doctor"}).wait();
  EXPECT_EQ(ended.code, 4) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("FAILS this folder"));
  EXPECT_THAT(ended.out, HasSubstr("give --out such a folder"));
}

}  // namespace
}  // namespace zerogap::test

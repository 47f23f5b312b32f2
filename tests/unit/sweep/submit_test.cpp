// SPDX-License-Identifier: Apache-2.0
// What submitting hands to slurm/sweep, for which a script stands in that writes down its words.

#include "sweep/submit.hpp"

#include <cstdlib>
#include <sstream>

#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using test::write_text;
using ::testing::HasSubstr;

class Submitting : public test::SweepsHere {
 protected:
  Submitting() {
    ::setenv("ZEROGAP_ROOT", folder_.c_str(), 1);
    set_script("printf '%s\\n' \"$@\" >'" + words_.string() + "'");
  }
  ~Submitting() override {
    ::unsetenv("ZEROGAP_ROOT");
    ::unsetenv("ZEROGAP_PROGRAM");
  }
  void set_script(const std::string& command) const {
    fs::create_directories(folder_ / "slurm");
    write_text(folder_ / "slurm/sweep", "#!/bin/sh\n" + command + "\n");
    fs::permissions(folder_ / "slurm/sweep", fs::perms::owner_all);
  }
  std::vector<std::string> words() const {
    std::vector<std::string> found;
    std::istringstream in(test::text_of(words_));
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
  }
  /// The word after this one; "" where there is none.
  std::string after(const std::string& word) const {
    const auto all = words();
    const auto at = std::find(all.begin(), all.end(), word);
    return at == all.end() || at + 1 == all.end() ? "" : at[1];
  }

  const fs::path words_ = folder_ / "words";
};

TEST_F(Submitting, HandsOverWhatIsLeftAndTheTasksCommand) {
  auto all = arguments("st", {"network.filters=6", "run.backend=cpu"});
  all.retry_failed = true;
  EXPECT_EQ(submit_sweep(all, {.environment = "mine.sh", .options = {"--time=1", "-x"}, .dry_run = true}),
            ExitCode::done);
  const std::string out = store("st").string();
  auto found = words();
  ASSERT_GT(found.size(), 9U);
  const std::string seconds = found[8];
  EXPECT_THAT(found, ::testing::ElementsAre("mine.sh", "--name", "small", "--out", out, "--cells", "12",
                                            "--seconds", seconds, "--ranks-per-cell", "1", "--guess",
                                            "--dry-run", "--sbatch", "--time=1", "--sbatch", "-x", "--",
                                            file().string(), "--out", out, "--set", "network.filters=6",
                                            "--set", "run.backend=cpu", "--retry-failed"));
  EXPECT_FALSE(fs::exists(store("st"))) << "the tasks make the store";
}

TEST_F(Submitting, CountsOnlyTheCellsThatTheStoreHasNot) {
  sweep("st");
  write_text(file(), test::replaced(test::small_sweep, "[2, 4]", "[2, 3, 4]"));
  submit_sweep(arguments("st"), {.environment = "mine.sh"});
  EXPECT_EQ(after("--cells"), "6");
  EXPECT_THAT(words(), ::testing::Not(::testing::Contains("--guess"))) << "finished cells tell the pace";
}

TEST_F(Submitting, DoesNothingWhereNothingIsLeft) {
  sweep("st");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(submit_sweep(arguments("st"), {.environment = "mine.sh"}), ExitCode::done);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("sweep small: all 12 cells are finished; nothing to submit"));
  EXPECT_FALSE(fs::exists(words_));
}

TEST_F(Submitting, TellsWhatNeedsAGpu) {
  auto all = arguments("st");
  all.gpu_memory = 40;
  submit_sweep(all, {.environment = "mine.sh"});
  EXPECT_EQ(after("--gpu-memory"), "40");
  EXPECT_GT(std::stod(after("--cell-bytes")), 0.75 * 0x1p30) << "CUDA itself takes that much";
}

TEST_F(Submitting, SaysWhoseFailureItIs) {
  set_script("exit 2");
  test::expect_error(ExitCode::usage, {"nothing was submitted"},
                     [&] { submit_sweep(arguments("st"), {.environment = "mine.sh"}); });
  for (const char* end : {"exit 1", "kill -TERM $$"}) {
    set_script(end);
    test::expect_error(ExitCode::runtime, {"nothing was submitted"},
                       [&] { submit_sweep(arguments("st"), {.environment = "mine.sh"}); });
  }
  fs::permissions(folder_ / "slurm/sweep", fs::perms::owner_read);
  test::expect_error(ExitCode::runtime, {"slurm/sweep did not start"},
                     [&] { submit_sweep(arguments("st"), {.environment = "mine.sh"}); });
  fs::remove(folder_ / "slurm/sweep");
  test::expect_error(ExitCode::usage, {"there is no " + (folder_ / "slurm/sweep").string(), "ZEROGAP_ROOT"},
                     [&] { submit_sweep(arguments("st"), {.environment = "mine.sh"}); });
}

}  // namespace
}  // namespace zerogap

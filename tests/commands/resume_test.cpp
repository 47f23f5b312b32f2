// SPDX-License-Identifier: Apache-2.0
// k + k epochs are 2k epochs, wherever the run was stopped and on whatever grid it goes on; what a run folder
// holds is never mixed with another run.

#include <filesystem>

#include "checkpoint/checkpoint.hpp"
#include "program/runs.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

const Settings stop_at_once = {"run.stop.seconds=1e-9"};  // after one step
const Settings on_two_by_one = {"run.grid.patches=2", "run.grid.arrangements=1"};
const Settings on_one_by_three = {"run.grid.patches=1", "run.grid.arrangements=3"};

Settings operator+(Settings a, const Settings& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Every file of a folder and its bytes.
std::map<std::string, std::string> contents_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[entry.path().string()] = text_of(entry.path());
  return files;
}

class Resume : public ::testing::Test {
 protected:
  /// Stops a run in the middle of epochs, goes on each time on another grid, and compares its end with an
  /// undisturbed run's.
  void expect_same_after_stops(const Settings& settings) {
    const Training whole(folder_ / "whole", settings), parts(folder_ / "parts", settings);
    ASSERT_EQ(whole.train().code, 0);
    ASSERT_EQ(parts.train(stop_at_once).code, 75);
    EXPECT_EQ(CheckpointReader(parts.newest()).integer("progress/primal/batch"), 1);
    EXPECT_EQ(parts.result()["status"], "stopped");
    ASSERT_EQ(parts.resume(stop_at_once + on_one_by_three, 3).code, 75);
    EXPECT_EQ(CheckpointReader(parts.newest()).integer("progress/primal/batch"), 2);
    ASSERT_EQ(parts.resume(on_two_by_one + Settings{"run.stop.seconds=0.05"}, 2).code, 75);
    const Ended last = parts.resume();
    ASSERT_EQ(last.code, 0) << last.err;
    EXPECT_THAT(last.err, HasSubstr("resuming from"));
    expect_same_end(whole, parts);
  }

  Folder folder_;
};

TEST_F(Resume, InTheMiddleOfAnEpochWithAsgdAndSvrg) {
  expect_same_after_stops({"optimizer.batch=1", "optimizer.epochs=30", "optimizer.primal.name=asgd",
                           "optimizer.primal.t0=1", "optimizer.primal.lr=1e-6", "optimizer.dual.name=svrg",
                           "optimizer.dual.lr=1e-6", "optimizer.snapshot_every=2",
                           "optimizer.dual.epochs=34"});
}

TEST_F(Resume, InTheMiddleOfAnEpochWithAdamAndMomentumOnACosine) {
  expect_same_after_stops({"optimizer.batch=1", "optimizer.epochs=30", "optimizer.schedule=cosine",
                           "run.precision=fp64", "optimizer.dual.name=sgd", "optimizer.dual.momentum=0.9",
                           "optimizer.dual.lr=1e-7"});
}

TEST_F(Resume, InEveryForm) {
  for (const std::string form : {"product", "ball", "relative"}) {
    SCOPED_TRACE(form);
    const Settings settings = {"network.form=" + form, "run.networks=[primal]", "optimizer.batch=8",
                               "optimizer.epochs=6",   "optimizer.lr=0.01",     "network.filters=3",
                               "network.beta=1"};
    const std::string kept = form + "-";
    const Training whole(folder_ / (kept + "whole"), settings), parts(folder_ / (kept + "parts"), settings);
    ASSERT_EQ(whole.train().code, 0);
    ASSERT_EQ(parts.train(stop_at_once).code, 75);
    ASSERT_EQ(parts.resume(stop_at_once + on_two_by_one, 2).code, 75);
    const Ended last = parts.resume();
    ASSERT_EQ(last.code, 0) << last.err;
    expect_same_end(whole, parts);
  }
}

TEST_F(Resume, BetweenRoundsOfTheNetworksProgram) {
  for (const std::string form : {"decay", "relative"}) {
    SCOPED_TRACE(form);
    const Settings settings = {"network.form=" + form,
                               "run.networks=[primal]",
                               "optimizer.name=frank_wolfe",
                               "optimizer.search_starts=16",
                               "optimizer.search_steps=8",
                               "network.filters=24",
                               "network.beta=1",
                               "optimizer.epochs=8"};
    const std::string kept = form + "-";
    const Training whole(folder_ / (kept + "whole"), settings), parts(folder_ / (kept + "parts"), settings);
    ASSERT_EQ(whole.train().code, 0);
    ASSERT_EQ(parts.train(stop_at_once).code, 75);
    for (int round = 2; round <= 7; ++round)  // decay: the atoms are split after the sixth
      ASSERT_EQ(parts.resume(stop_at_once + on_two_by_one, 2).code, 75);
    const Ended last = parts.resume();
    ASSERT_EQ(last.code, 0) << last.err;
    expect_same_end(whole, parts);
    EXPECT_EQ(whole.result()["network_program"], parts.result()["network_program"]);
    EXPECT_EQ(whole.history().back()["network_program"], whole.result()["network_program"]);
    EXPECT_EQ(parts.history().back()["network_program"], parts.result()["network_program"]);
  }
}

TEST_F(Resume, InAnotherFormIsRefused) {
  const Settings settings = {"run.networks=[primal]", "optimizer.epochs=2"};
  const Training run(folder_ / "run", settings);
  ASSERT_EQ(run.train().code, 0);
  expect_error(run.resume({"network.form=ball", "optimizer.epochs=4"}), 2,
               {"holds another run", "network.form: decay there, ball now"});
}

/// A solve that is stopped between steps, and goes on each time on another grid.
class ResumedSolve : public Resume {
 protected:
  void expect_same(const Settings& solver) {
    const Settings settings = Settings{"run.networks=[dual]", "optimizer.epochs=60"} + solver;
    const Training whole(folder_ / "whole", settings), parts(folder_ / "parts", settings);
    const Ended undisturbed = whole.train();
    ASSERT_EQ(undisturbed.code, 0) << undisturbed.err;
    ASSERT_EQ(parts.train(stop_at_once).code, 75);
    EXPECT_EQ(CheckpointReader(parts.newest()).integer("progress/dual/steps"), 1);
    ASSERT_EQ(parts.resume(stop_at_once + on_one_by_three, 3).code, 75);
    for (int step = 3; step <= 7; ++step) ASSERT_EQ(parts.resume(stop_at_once + on_two_by_one, 2).code, 75);
    EXPECT_EQ(CheckpointReader(parts.newest()).integer("progress/dual/steps"), 7);
    const Ended last = parts.resume();
    ASSERT_EQ(last.code, 0) << last.err;
    expect_same_end(whole, parts);
  }
};

TEST_F(ResumedSolve, ByNewton) { expect_same({"optimizer.name=newton", "run.stop.gap=1e-5"}); }

TEST_F(ResumedSolve, ByNewtonInDoublePrecisionWithoutHinge) {
  expect_same({"optimizer.name=newton", "network.rho=0", "run.precision=fp64", "run.stop.gap=1e-9"});
}

TEST_F(ResumedSolve, ByFista) { expect_same({"optimizer.name=fista", "network.rho=0"}); }

TEST_F(Resume, RaisedEpochsGoOnWhereTheScheduleIsConstant) {
  const Settings eight = {"optimizer.epochs=8"};
  const Training whole(folder_ / "whole", {}), parts(folder_ / "parts", {"optimizer.epochs=4"});
  ASSERT_EQ(whole.train(eight).code, 0);
  ASSERT_EQ(parts.train().code, 0);
  expect_error(parts.train(eight), 2, {"holds a run that is not complete", "epochs were raised", "--resume"});
  const Ended ended = parts.resume(eight);
  ASSERT_EQ(ended.code, 0) << ended.err;
  expect_same_end(whole, parts);
}

// A run whose epochs were raised is not complete until they are done, whatever result.json said before.
TEST_F(Resume, RaisedEpochsThatWereInterruptedAreNotTakenForComplete) {
  const Settings eight = {"optimizer.epochs=8", "optimizer.batch=4"};
  const Training whole(folder_ / "whole", eight), parts(folder_ / "parts", {"optimizer.batch=4"});
  ASSERT_EQ(whole.train().code, 0);
  ASSERT_EQ(parts.train({"optimizer.epochs=4"}).code, 0);
  const std::string result = text_of(parts.folder() / "result.json");
  const std::string config = text_of(parts.folder() / "config.yaml");
  ASSERT_EQ(parts.resume(eight + stop_at_once).code, 75);
  EXPECT_EQ(parts.train(eight).code, 2);
  // As a kill before the first checkpoint of the second start leaves the folder.
  fs::remove(parts.newest());
  write_text(parts.folder() / "result.json", result);
  expect_error(parts.train(eight), 2, {"is not complete", "--resume"});
  ASSERT_EQ(parts.resume(eight).code, 0);
  expect_same_end(whole, parts);
}

// The learning rate that the history shows of a network is that of its last step, however long ago.
TEST_F(Resume, NetworkThatIsFinishedStaysAsItIs) {
  const Settings longer = {"optimizer.dual.epochs=6"};
  const Settings uneven = {"optimizer.primal.epochs=2", "optimizer.dual.epochs=4"};
  const Training whole(folder_ / "whole", uneven), parts(folder_ / "parts", uneven);
  ASSERT_EQ(whole.train(longer).code, 0);
  ASSERT_EQ(parts.train().code, 0);
  ASSERT_EQ(parts.resume(longer).code, 0);
  expect_same_end(whole, parts);
}

TEST_F(Resume, CompleteRunTrainsAnotherNetworkWhenAsked) {
  const Training whole(folder_ / "whole", {"run.networks=[dual]"}), run(folder_ / "run", {});
  ASSERT_EQ(whole.train().code, 0);
  ASSERT_EQ(run.train({"run.networks=[primal]"}).code, 0);
  const std::string primal = arrays_of(run.newest())["primal/u"];
  expect_error(run.train(), 2, {"is not complete", "--resume"});
  ASSERT_EQ(run.resume().code, 0);
  auto arrays = arrays_of(run.newest());
  EXPECT_TRUE(arrays["primal/u"] == primal);
  for (const auto& [path, bytes] : arrays_of(whole.newest()))
    EXPECT_TRUE(arrays[path] == bytes || path.starts_with("best/")) << path;
}

TEST_F(Resume, RaisedEpochsOnACosineAreRefused) {
  const Training run(folder_ / "run", {"optimizer.schedule=cosine"});
  ASSERT_EQ(run.train(stop_at_once).code, 75);
  expect_error(run.resume({"optimizer.epochs=9"}), 2, {"optimizer.primal.epochs", "6 there, 9 now"});
}

TEST_F(Resume, OtherMathematicsAreRefusedAndNothingIsTouched) {
  const Training run(folder_ / "run", {});
  ASSERT_EQ(run.train(stop_at_once).code, 75);
  const auto before = contents_of(run.folder());
  expect_error(run.resume({"network.beta=6.5"}), 2, {"network.beta", "5 there, 6.5 now", "another --out"});
  expect_error(run.train({"data.seed=4"}), 2, {"data.seed", "1 there, 4 now"});
  EXPECT_TRUE(contents_of(run.folder()) == before);
}

TEST_F(Resume, TheFileThatItStartedFromMayBeGone) {
  const Training first(folder_ / "first", {"optimizer.epochs=3"});
  ASSERT_EQ(first.train().code, 0);
  fs::copy_file(first.newest(), folder_ / "start.h5");
  const Settings from = {"init.kind=file", "init.path=" + (folder_ / "start.h5").string(),
                         "optimizer.epochs=6"};
  const Training whole(folder_ / "whole", from), parts(folder_ / "parts", from);
  ASSERT_EQ(whole.train().code, 0);
  ASSERT_EQ(parts.train(stop_at_once).code, 75);
  fs::remove(folder_ / "start.h5");
  const Ended last = parts.resume();
  EXPECT_EQ(last.code, 0) << last.err;
  expect_same_end(whole, parts);
}

TEST_F(Resume, OtherImagesUnderTheSameNameAreRefusedAndNothingIsTouched) {
  const std::string file = folder_ / "images.h5";
  const auto draw = [&](const char* seed) {
    std::filesystem::remove(file);  // the program would not overwrite it
    return zerogap({"data", "--set", "data.images=9", "--set", "data.test_images=3", "--set",
                    std::string("data.seed=") + seed, "--out", file})
        .code;
  };
  ASSERT_EQ(draw("1"), 0);
  const Training run(folder_ / "run",
                     {"data.source=hdf5", "data.path=" + file, "data.images=0", "data.test_images=0"});
  ASSERT_EQ(run.train(stop_at_once).code, 75);
  const auto before = contents_of(run.folder() / "checkpoints");
  ASSERT_EQ(draw("2"), 0);
  expect_error(run.resume(), 2, {"the data are not those of"});
  EXPECT_TRUE(contents_of(run.folder() / "checkpoints") == before);
  ASSERT_EQ(draw("1"), 0);
  EXPECT_EQ(run.resume().code, 0);
}

TEST_F(Resume, CompleteRunSaysSoAndStays) {
  const Training run(folder_ / "run", {});
  ASSERT_EQ(run.train().code, 0);
  const auto before = contents_of(run.folder());
  const Ended again = run.train(), resumed = run.resume({}, 2);
  EXPECT_EQ(again.code, 0);
  EXPECT_EQ(resumed.code, 0);
  EXPECT_THAT(again.err, HasSubstr("holds this run, complete"));
  EXPECT_THAT(resumed.err, HasSubstr("holds this run, complete"));
  EXPECT_TRUE(contents_of(run.folder()) == before);
}

TEST_F(Resume, IncompleteRunStartedAgainPrintsWhatToType) {
  const Training run(folder_ / "run", {});
  ASSERT_EQ(run.train(stop_at_once).code, 75);
  const Ended again = run.train();
  const std::string command =
      "train " + run.folder().string() + "/config.yaml --out " + run.folder().string() + " --resume";
  expect_error(again, 2, {"is not complete", "zerogap " + command});
  EXPECT_EQ(run.resume().code, 0);
}

TEST_F(Resume, ConfigurationOfAnEarlierVersionIsReadAndWrittenWithThePresentNames) {
  const Training run(folder_ / "run", {});
  ASSERT_EQ(run.train(stop_at_once).code, 75);
  const fs::path file = run.folder() / "config.yaml";
  const std::string written = text_of(file), present = "comm_chunks: ";
  ASSERT_THAT(written, HasSubstr(present));
  std::string earlier = written;
  write_text(file, earlier.replace(written.find(present), present.size(), "overlap: "));
  const std::vector<std::string> printed = {
      "train", file.string(), "--out", run.folder().string(), "--resume", "--set", "run.stop.seconds=0"};
  const Ended ended = zerogap(printed);
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(text_of(file), HasSubstr(present));
  write_text(folder_ / "mine.yaml", earlier);
  expect_error(zerogap({"config", (folder_ / "mine.yaml").string()}), 2,
               {"old key run.overlap", "write run.comm_chunks: 0"});
}

TEST_F(Resume, LostConfigurationIsNoReasonToStartAnew) {
  const Training whole(folder_ / "whole", {}), run(folder_ / "run", {});
  ASSERT_EQ(whole.train().code, 0);
  ASSERT_EQ(run.train(stop_at_once).code, 75);
  fs::remove(run.folder() / "config.yaml");
  expect_error(run.train(), 2, {"is not complete", "--resume"});
  expect_error(run.resume({"network.beta=6"}), 2, {"network.beta", "5 there, 6 now"});
  const Ended ended = run.resume();
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("resuming from"));
  expect_same_end(whole, run);
}

TEST_F(Resume, OnOtherKernelsIsSaid) {
  const Training run(folder_ / "run", {"data.images=4"});
  ASSERT_EQ(run.train(stop_at_once).code, 75);
  const Ended ended = run.resume({"run.backend=reference"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.err, HasSubstr("was computed with kernels 'cpu"));
  EXPECT_THAT(ended.err, HasSubstr("results will agree to rounding"));
}

class Damaged : public Resume {
 protected:
  /// The newest checkpoint is named, the one before it used, and the end is the undisturbed run's.
  void expect_the_one_before(const std::function<void(std::string&)>& damage, const std::string& why) {
    const Training whole(folder_ / "whole", {}), hurt(folder_ / "hurt", {});
    ASSERT_EQ(whole.train().code, 0);
    ASSERT_EQ(hurt.train(stop_at_once).code, 75);
    const fs::path before = hurt.newest();
    ASSERT_EQ(hurt.resume(stop_at_once).code, 75);
    const fs::path newest = hurt.newest();
    std::string bytes = text_of(newest);
    damage(bytes);
    write_text(newest, bytes);
    const Ended ended = hurt.resume();
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("warning: passed over"));
    EXPECT_THAT(ended.err, HasSubstr(newest.string()));
    EXPECT_THAT(ended.err, HasSubstr(why));
    EXPECT_THAT(ended.err, HasSubstr("resuming from " + before.string()));
    EXPECT_THAT(hurt.log(), HasSubstr("passed over"));
    expect_same_end(whole, hurt);
  }
};

TEST_F(Damaged, TruncatedNewestIsPassedOver) {
  expect_the_one_before([](std::string& bytes) { bytes.resize(bytes.size() / 2); }, "truncated");
}

TEST_F(Damaged, NewestWithAFlippedBitIsPassedOver) {
  // A number inside of the arrays, which HDF5 itself would read without a word.
  expect_the_one_before(
      [](std::string& bytes) {
        const std::size_t at = bytes.size() * 9 / 10;
        bytes[at] = static_cast<char>(bytes[at] ^ 4);
      },
      "");
}

TEST_F(Damaged, EmptyNewestIsPassedOver) {
  expect_the_one_before([](std::string& bytes) { bytes.clear(); }, "");
}

TEST_F(Damaged, WithoutAnyWholeOneTheRunStartsFromTheBeginning) {
  const Training whole(folder_ / "whole", {}), hurt(folder_ / "hurt", {});
  ASSERT_EQ(whole.train().code, 0);
  ASSERT_EQ(hurt.train(stop_at_once).code, 75);
  write_text(hurt.newest(), "no checkpoint");
  const Ended ended = hurt.resume();
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("no intact checkpoint in"));
  expect_same_end(whole, hurt);
}

}  // namespace
}  // namespace zerogap::test

// SPDX-License-Identifier: Apache-2.0
// No output replaces what it did not write, and nothing is computed before that is known.

#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;
using Words = std::vector<std::string>;

class Outputs : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(run_.train().code, 0);
    write_text(at("text"), "mine");
    fs::create_directory(at("folder"));
    fs::create_symlink("nowhere", at("link"));
    write_text(at("images.yaml"), "data: {source: digits, images: 2}\n");
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  /// Everything that is there, with its bytes.
  std::map<std::string, std::string> all() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
      found[entry.path().string()] = entry.is_regular_file() ? text_of(entry.path()) : "";
    return found;
  }

  /// `command` with the output's name behind it.
  void expect_refusals(Words command) {
    const auto before = all();
    command.emplace_back();
    const Words taken = {run_.newest().string(), (run_.folder() / "result.json").string(), at("text"),
                         at("folder"), at("link")};
    for (const auto& there : taken) {
      command.back() = there;
      const Ended ended = zerogap(command);
      expect_error(ended, 3, {"will not overwrite " + there});
      EXPECT_EQ(ended.out, "") << there;
    }
    command.back() = at("none/a");
    expect_error(zerogap(command), 3, {"there is no folder", "make it first"});
    EXPECT_EQ(all(), before) << command.front();
  }
  /// Writes a new file and changes nothing else in its folder.
  void expect_written(Words command, const std::string& name) {
    for (const char* neighbour : {".partial", ".tmp", ".writing"}) write_text(at(name + neighbour), "mine");
    command.push_back(at(name));
    const Ended ended = zerogap(command);
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_GT(text_of(at(name)).size(), 100U);
    for (const char* neighbour : {".partial", ".tmp", ".writing"})
      EXPECT_EQ(text_of(at(name + neighbour)), "mine");
    expect_error(zerogap(command), 3, {"will not overwrite"});
  }

  Folder folder_;
  const Training run_{folder_ / "run", {"optimizer.epochs=2"}};
};

TEST_F(Outputs, OfCertify) {
  const Words command = {"certify", at("run"), "--set", "certify.seconds=0.5", "--export"};
  expect_refusals(command);
  expect_written(command, "proof.h5");
}
TEST_F(Outputs, OfEvaluate) {
  const Words command = {"evaluate", at("run"), "--gradients"};
  expect_refusals(command);
  expect_written(command, "gradients.h5");
}
TEST_F(Outputs, OfExport) {
  for (const char* format : {"hdf5", "npz", "torchscript"}) {
    const Words command = {"export", at("run"), "--format", format, "--out"};
    expect_refusals(command);
    expect_written(command, std::string("net.") + format);
  }
}
TEST_F(Outputs, OfData) {
  for (const char* option : {"--out", "--picture"}) {
    const Words command = {"data", at("images.yaml"), option};
    expect_refusals(command);
    expect_written(command, std::string("images") + option);
  }
  expect_error(zerogap({"data", at("images.yaml"), "--out", at("one"), "--picture", at("one")}), 2,
               {"one file"});
  EXPECT_FALSE(fs::exists(at("one")));
}

/// collect replaces an earlier table of the same kind, and nothing else.
TEST_F(Outputs, OfCollect) {
  write_text(at("sweep.yaml"), R"(
config:
  data: {images: 5, test_images: 0}
  network: {filters: 3, arrangements: 4, rho: 0}
  optimizer: {epochs: 1}
axes:
  network.beta: [4, 5]
)");
  const Ended swept = zerogap({"sweep", at("sweep.yaml"), "--out", at("store")});
  ASSERT_EQ(swept.code, 0) << swept.err;
  for (const char* option : {"--out", "--hdf5"}) {
    const Words command = {"collect", at("store"), option};
    expect_refusals(command);
    auto store = command;
    store.push_back(at("store/store.json"));
    expect_error(zerogap(store), 3, {"it is not a table of zerogap collect"});
    auto table = command;
    table.push_back(at(std::string("table") + option));
    for (int time = 0; time < 2; ++time) {
      const Ended ended = zerogap(table);
      EXPECT_EQ(ended.code, 0) << ended.err;
    }
  }
  // Not one for the other.
  expect_error(zerogap({"collect", at("store"), "--out", at("table--hdf5")}), 3, {"will not overwrite"});
  expect_error(zerogap({"collect", at("store"), "--hdf5", at("table--out")}), 3, {"will not overwrite"});
  expect_error(zerogap({"collect", at("store"), "--out", at("t"), "--hdf5", at("t")}), 2, {"one file"});
}

}  // namespace
}  // namespace zerogap::test

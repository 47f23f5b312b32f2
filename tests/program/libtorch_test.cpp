// SPDX-License-Identifier: Apache-2.0
// LibTorch is opened by what needs it alone, and where it cannot be opened nothing else notices.

#include "program/sweeps.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

/// Nothing can be opened under this name.
const std::vector<std::string> without = {"ZEROGAP_TORCH_LIBRARY=/nowhere/libzerogap_torch.so"};

/// A library with what a program asks its LibTorch for first, of another build.
std::string other_build(const Folder& folder) {
  const std::string source = folder / "other.c", library = folder / "other.so";
  write_text(source, "const char* zerogap_torch_interface(void) { return \"0123456789ab\"; }\n");
  const Ended ended = Process({"cc", "-shared", "-fPIC", "-o", library, source}).wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  return library;
}

class LibTorch : public Sweeps {
 protected:
  Training training(const std::string& name, Settings settings) const {
    return Training(folder_ / name, std::move(settings));
  }
  void expect_works_without(const std::vector<std::string>& arguments) const {
    const Ended ended = zerogap(arguments, 0, without);
    EXPECT_EQ(ended.code, 0) << arguments.front() << ": " << ended.err;
    EXPECT_THAT(ended.err, Not(HasSubstr("LibTorch"))) << arguments.front();
  }
};

TEST_F(LibTorch, TheProgramIsNotLinkedWithIt) {
  const Ended ended = Process({"ldd", command_line({}, 0).front()}).wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("libmpi"));
  EXPECT_THAT(ended.out, Not(HasSubstr("torch")));
  EXPECT_THAT(ended.out, Not(HasSubstr("libc10")));
}

TEST_F(LibTorch, WhatDoesNotNeedItWorksWithoutIt) {
  const Training run = training("run", {"optimizer.epochs=2"});
  expect_works_without(run.arguments());
  expect_works_without(training("solved", {"optimizer.dual.name=newton", "run.networks=[dual]"}).arguments());
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"--version"},
           {"config", "--keys"},
           {"inspect", run.newest()},
           {"evaluate", run.newest()},
           {"certify", run.folder(), "--set", "certify.seconds=0.2", "--set", "certify.starts=16", "--set",
            "certify.rounds=2"},
           {"export", run.folder(), "--format", "npz", "--out", store("n.npz")},
           this->arguments("sweep"),
           {"status", store("sweep")},
           {"collect", store("sweep")}})
    expect_works_without(arguments);
}

TEST_F(LibTorch, WhatNeedsItSaysWhichAndWhatToDo) {
  const std::vector<std::string> words = {"cannot load LibTorch, which asgd, svrg and TorchScript need",
                                          "/nowhere/libzerogap_torch.so", "into LD_LIBRARY_PATH"};
  const Training run = training("run", {"optimizer.epochs=2"});
  EXPECT_EQ(run.train().code, 0);
  for (const char* rule : {"asgd", "svrg"})
    expect_error(zerogap(training(rule, {std::string("optimizer.name=") + rule}).arguments(), 0, without), 4,
                 words);
  const std::vector<std::string> exported = {"export",      run.folder(), "--format",
                                             "torchscript", "--out",      store("n.pt")};
  expect_error(zerogap(exported, 0, without), 4, words);
  EXPECT_FALSE(fs::exists(store("n.pt")));
  expect_error(zerogap(exported, 0, {without.front(), "ZEROGAP_TORCH_ADVICE=ask the owner"}), 4,
               {"need (/nowhere", "; ask the owner ["});
  const Ended ended = zerogap(exported);
  EXPECT_EQ(ended.code, 0) << ended.err;
}

TEST_F(LibTorch, ThatOfAnotherBuildIsRefused) {
  const Training run = training("run", {"optimizer.name=asgd"});
  expect_error(zerogap(run.arguments(), 0, {"ZEROGAP_TORCH_LIBRARY=" + other_build(folder_)}), 4,
               {"cannot use LibTorch", "belongs to another build than this program"});
}

TEST_F(LibTorch, ARunThatFailedForItGoesOnWhereItIs) {
  const Training run = training("run", {"optimizer.name=asgd", "optimizer.epochs=2", "optimizer.lr=1e-5"});
  expect_error(zerogap(run.arguments(), 2, without), 4, {"cannot load LibTorch"});
  const Ended ended = run.train();
  EXPECT_EQ(ended.code, 0) << ended.err;
}

}  // namespace
}  // namespace zerogap::test

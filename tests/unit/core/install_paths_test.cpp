// SPDX-License-Identifier: Apache-2.0
#include "core/install_paths.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

namespace zerogap {
namespace {

namespace fs = std::filesystem;

class OwnFiles : public ::testing::Test {
 protected:
  OwnFiles() : root_(fs::temp_directory_path() / ("own_files." + std::to_string(::getpid()))) {}
  ~OwnFiles() override { fs::remove_all(root_); }

  fs::path made(const std::string& name) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << "text";
    return root_ / name;
  }

  fs::path root_;
};

TEST_F(OwnFiles, AreAboveAProgramOfABuild) {
  const auto program = made("build/default/zerogap"), file = made("launch/report");
  EXPECT_EQ(installed_file_of(program, "launch/report"), file);
}

TEST_F(OwnFiles, AreInShareOfAnInstalledTree) {
  const auto program = made("usr/bin/zerogap"), file = made("usr/share/zerogap/launch/report");
  made("launch/report");  // further away
  EXPECT_EQ(installed_file_of(program, "launch/report"), file);
}

TEST_F(OwnFiles, MayBeMissing) { EXPECT_EQ(installed_file_of(made("bin/zerogap"), "launch/none.such"), ""); }

TEST_F(OwnFiles, BelongToTheProgramThatRuns) {
  EXPECT_EQ(executable_path().filename(), "unit_core");
  EXPECT_EQ(installed_file(executable_path().filename()), executable_path());
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "core/atomic_file.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "core/error.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class AtomicFileTest : public testing::Test {
 protected:
  AtomicFileTest() : folder_(fs::temp_directory_path() / ("atomic_file." + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~AtomicFileTest() override { fs::remove_all(folder_); }

  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.insert(entry.path().filename());
    return found;
  }
  static void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }
  static std::string content(const fs::path& file) {
    std::string text;
    std::getline(std::ifstream(file), text);
    return text;
  }
  /// The text of the Error that `work` throws.
  template <class Work>
  static std::string error_of(Work&& work) {
    try {
      work();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      return error.what();
    }
    return "none";
  }

  fs::path folder_;
};

TEST_F(AtomicFileTest, AppearsWhenItIsKept) {
  AtomicFile file(folder_ / "a");
  write(file.temporary(), "text");
  EXPECT_EQ(file.temporary().parent_path(), folder_);
  EXPECT_FALSE(fs::exists(folder_ / "a"));
  file.keep();
  EXPECT_EQ(content(folder_ / "a"), "text");
  EXPECT_THAT(names(), UnorderedElementsAre("a"));
}

TEST_F(AtomicFileTest, IsRemovedUnlessItIsKept) {
  {
    const AtomicFile file(folder_ / "a"), same(folder_ / "a");
    EXPECT_NE(file.temporary(), same.temporary());
    write(file.temporary(), "text");
  }
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(AtomicFileTest, ReplacesNothing) {
  AtomicFile file(folder_ / "a");
  write(folder_ / "a", "another's");
  EXPECT_THAT(error_of([&] { file.keep(); }), HasSubstr("will not overwrite"));
  EXPECT_EQ(content(folder_ / "a"), "another's");
  EXPECT_THAT(error_of([&] { AtomicFile(folder_ / "a"); }), HasSubstr("it exists"));
  fs::create_symlink("nowhere", folder_ / "link");
  EXPECT_THAT(error_of([&] { AtomicFile(folder_ / "link"); }), HasSubstr("there is a link of this name"));
  EXPECT_THAT(error_of([&] { AtomicFile(folder_ / "no" / "a"); }), HasSubstr("there is no folder"));
}

TEST_F(AtomicFileTest, TakesATemporaryFileOfTheCaller) {
  write(folder_ / "made", "text");
  {
    AtomicFile file(folder_ / "a", folder_ / "made");
    file.rename();
  }
  EXPECT_THAT(names(), UnorderedElementsAre("a"));
  write(folder_ / "made", "text");
  { const AtomicFile file(folder_ / "b", folder_ / "made"); }
  EXPECT_THAT(names(), UnorderedElementsAre("a"));
}

TEST_F(AtomicFileTest, SeveralAppearTogether) {
  AtomicFiles files;
  for (const char* name : {"a", "b", "c"}) write(files.add(folder_ / name), name);
  EXPECT_FALSE(fs::exists(folder_ / "a"));
  files.keep();
  EXPECT_THAT(names(), UnorderedElementsAre("a", "b", "c"));
  EXPECT_EQ(content(folder_ / "c"), "c");
  files.discard();
  EXPECT_THAT(names(), UnorderedElementsAre("a", "b", "c"));
}

TEST_F(AtomicFileTest, WhereOneOfSeveralFailsNoneRemains) {
  {
    AtomicFiles files;
    for (const char* name : {"a", "b", "c"}) write(files.add(folder_ / name), name);
    write(folder_ / "b", "another's");
    EXPECT_THAT(error_of([&] { files.keep(); }), HasSubstr("will not overwrite"));
  }
  EXPECT_THAT(names(), UnorderedElementsAre("b"));
  EXPECT_EQ(content(folder_ / "b"), "another's");
}

}  // namespace
}  // namespace zerogap

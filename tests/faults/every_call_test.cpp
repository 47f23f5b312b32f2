// SPDX-License-Identifier: Apache-2.0
// A process that is killed before and after every single system call of a checkpoint's write, of its
// successor's and of the removal of old ones: existing files remain, the new one is complete or absent, the
// next writer goes on.

#include <gmock/gmock.h>

#include "faults/traced.hpp"
#include "unit/checkpoint/sample.hpp"

namespace zerogap {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Folder;
using ::testing::IsEmpty;
using ::testing::Key;
using testing::Sample;

const std::unique_ptr<Communicator> world = make_serial();

void write(const std::filesystem::path& folder, std::int64_t number) {
  write_checkpoint(generation_path(folder, number), Sample(0, 1, number).contents, *world);
}

/// The numbers of all generations; each must be intact and have the content that was written.
std::vector<std::int64_t> whole_generations(const std::filesystem::path& folder) {
  std::vector<std::int64_t> numbers;
  for (const auto& [number, file] : list_generations(folder)) {
    testing::expect_sample(CheckpointReader(file), number);
    numbers.push_back(number);
  }
  std::vector<std::string> damaged;
  EXPECT_EQ(latest_valid(folder, *world, damaged), generation_path(folder, numbers.back()));
  EXPECT_THAT(damaged, IsEmpty());
  return numbers;
}

/// Calls `action(folder)` again and again on a folder that holds generations 1 to `before`, each time killed
/// one stop later, and `look(folder)` at what is left. `calls` have to be among those it is killed at: all
/// that it makes, or those `counted`.
template <class Action, class Look>
void kill_everywhere(std::int64_t before, const std::vector<std::string>& calls,
                     const std::set<std::string>& counted, Action action, Look look) {
  test::Traced traced;
  long at = 0;
  do {
    const Folder folder;
    for (std::int64_t number = 1; number <= before; ++number) write(folder.path(), number);
    traced = test::kill_at_stop([&] { action(folder.path()); }, at, counted);
    if (!traced.failure.empty())
      GTEST_SKIP() << "a process of one's own cannot be traced here: " << traced.failure;
    ASSERT_EQ(traced.stops, at + (traced.killed ? 1 : 0)) << "it makes fewer calls than the time before";
    look(folder.path());
    ASSERT_FALSE(::testing::Test::HasFailure()) << "killed at stop " << at;
    ++at;
  } while (traced.killed);
  int total = 0;
  for (const auto& [name, count] : traced.calls) total += count;
  std::cout << "killed at " << at - 1 << " places: before and after each of " << total << " calls";
  for (const auto& name : calls) {
    EXPECT_THAT(traced.calls, Contains(Key(name)));
    std::cout << ", " << traced.calls[name] << " " << name;
  }
  std::cout << std::endl;
  EXPECT_GE(at - 1, 2 * static_cast<long>(calls.size()));
}

TEST(KilledAtEveryCall, OfAWrite) {
  int absent = 0, there = 0, left_over = 0;
  kill_everywhere(
      2, {"openat", "fallocate", "pwrite64", "fsync", "renameat2", "close"}, {},
      [](const auto& folder) { write(folder, 3); },
      [&](const auto& folder) {
        auto found = whole_generations(folder);
        left_over += testing::names_in(folder).front().starts_with(".00000003.h5.") ? 1 : 0;
        if (found.size() == 2) {
          ++absent;
          EXPECT_THAT(found, ElementsAre(1, 2));
          write(folder, 3);
        } else {
          ++there;
        }
        write(folder, 4);
        EXPECT_THAT(whole_generations(folder), ElementsAre(1, 2, 3, 4));
        EXPECT_THAT(testing::names_in(folder),
                    ElementsAre("00000001.h5", "00000002.h5", "00000003.h5", "00000004.h5"));
      });
  if (IsSkipped()) return;
  EXPECT_GT(left_over, 10);
  EXPECT_GT(absent, left_over);
  EXPECT_GT(there, 3);  // between the renaming and the end
}

TEST(KilledAtEveryCall, OfRemovingOldOnes) {
  int all = 0, fewest = 0;
  kill_everywhere(
      5, {"unlink"}, {"unlink", "rmdir", "openat"}, [](const auto& folder) { prune_generations(folder, 2); },
      [&](const auto& folder) {
        const auto found = whole_generations(folder);
        EXPECT_THAT(found, Contains(4));
        EXPECT_THAT(found, Contains(5));
        all += found.size() == 5 ? 1 : 0;
        fewest += found.size() == 2 ? 1 : 0;
        write(folder, 6);
        prune_generations(folder, 2);
        EXPECT_THAT(whole_generations(folder), ElementsAre(5, 6));
        EXPECT_THAT(testing::names_in(folder), ElementsAre("00000005.h5", "00000006.h5"));
      });
  if (IsSkipped()) return;
  EXPECT_GT(all, 10);
  EXPECT_GT(fewest, 0);
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
// Runs and sweeps that fill their disk themselves, wherever that meets them: they say so and end with 3, all
// that they wrote is complete, and with some space they end as if undisturbed.

#include "checkpoint/checkpoint.hpp"
#include "faults/aftermath.hpp"
#include "support/small_disk.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::size_t plenty = 64u << 20;
constexpr std::size_t page = 4096;

/// The one message of each process is there, and is about this disk's space.
void expect_full(const Ended& ended, const SmallDisk& disk, std::vector<std::string> fragments = {}) {
  fragments.insert(fragments.end(), {disk.path().string(), "; free some space"});
  expect_error(ended, 3, fragments);
}

TEST(FullDisk, FilledByARunAnywhere) {
  const Settings settings = {"optimizer.epochs=60", "run.evaluate_every=1", "run.checkpoint.every=2",
                             "run.checkpoint.keep=1000"};
  const Folder folder;
  const Training whole(folder / "whole", settings);
  ASSERT_EQ(whole.train().code, 0);
  std::uintmax_t all = 0;
  for (const auto& entry : fs::recursive_directory_iterator(whole.folder()))
    all += entry.is_regular_file() ? entry.file_size() : 0;
  std::mt19937 random = seeded_random();
  int with_checkpoints = 0;
  constexpr int rounds = 8;
  for (int round = 0; round < rounds; ++round) {
    // From the first files on to the last ones.
    const auto pages = static_cast<int>(all * static_cast<unsigned>(round + 1) / (rounds + 2) / page);
    const std::size_t size = page * static_cast<std::size_t>(pages + random_integer(0, 3, random));
    SCOPED_TRACE("a disk of " + std::to_string(size) + " bytes for " + std::to_string(all));
    const SmallDisk disk(size);
    if (!disk.mounted()) GTEST_SKIP() << disk.reason();
    const Training run(disk.path() / "run", settings);
    const int ranks = round % 4 == 3 ? 2 : 0;
    auto arguments = run.arguments();
    const Ended full = Process(command_line(arguments, ranks)).wait();
    expect_full(full, disk);
    expect_whole_part_of(whole, run);
    expect_whole_files(disk.path());
    with_checkpoints += run.newest().empty() ? 0 : 1;
    const Ended again = run.resume();  // no space yet
    EXPECT_EQ(again.code, 3) << again.err;
    expect_whole_part_of(whole, run);
    ASSERT_TRUE(disk.resize(plenty));
    const Ended ended = run.resume();
    ASSERT_EQ(ended.code, 0) << ended.err;
    expect_same_end(whole, run);
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GE(with_checkpoints, rounds / 2);
}

const std::string sweep_text = R"(
config:
  data: {source: digits, images: 2, pool: 10, test_images: 0}
  network: {filters: 3, arrangements: 4, rho: 0}
  optimizer: {epochs: 6, lr: 0.01}
  run: {threads: 1, evaluate_every: 2, checkpoint: {every: 2}}
axes:
  network.beta: [1, 2, 3]
  network.lambda: [0.1, 0.2]
seeds: {init: 3}
)";
constexpr int cells = 24;

class FullSweep : public ::testing::Test {
 protected:
  FullSweep() { write_text(file(), sweep_text); }

  std::string file() const { return folder_ / "small.yaml"; }
  std::vector<std::string> arguments(const fs::path& store) const {
    return {"sweep", file(), "--out", store.string()};
  }
  static std::string table(const fs::path& store) {
    const Ended ended = zerogap({"collect", store.string(), "--reproducible"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  }
  /// Of the finished cells; where the store is not yet one, what is missing is said.
  static int rows(const fs::path& store) {
    const Ended ended = zerogap({"collect", store.string(), "--reproducible"});
    if (ended.code != 0) {
      expect_error(ended, 2, {store.string()});
      return 0;
    }
    EXPECT_THAT(ended.err, HasSubstr("is not finished"));
    return count(ended.out, "\n") - 1;
  }
  static std::uintmax_t bytes_of(const fs::path& folder) {
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      bytes += page + (entry.is_regular_file() ? entry.file_size() : 0);
    return bytes;
  }

  Folder folder_;
};

TEST_F(FullSweep, SaysSoAndGoesOnOnceThereIsSpace) {
  const fs::path whole = folder_ / "whole";
  ASSERT_EQ(zerogap(arguments(whole)).code, 0);
  const std::string expected = table(whole);
  ASSERT_EQ(count(expected, "\n"), 1 + cells);
  const std::uintmax_t all = bytes_of(whole);
  std::mt19937 random = seeded_random();
  int partial = 0;
  constexpr int rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    const auto pages = static_cast<int>(all * static_cast<unsigned>(round + 1) / (rounds + 6) / page);
    const std::size_t size = page * static_cast<std::size_t>(pages + random_integer(0, 5, random));
    SCOPED_TRACE("a disk of " + std::to_string(size) + " bytes for " + std::to_string(all));
    const SmallDisk disk(size);
    if (!disk.mounted()) GTEST_SKIP() << disk.reason();
    const fs::path store = disk.path() / "store";
    {
      Process one(command_line(arguments(store), 0)),
          other(command_line(arguments(store), round % 3 == 2 ? 2 : 0));
      const Ended first = one.wait(), second = other.wait();
      expect_full(first, disk);
      if (round % 3 != 2) expect_full(second, disk);
      if (round % 3 == 2) {
        EXPECT_EQ(second.code, 3) << second.err;
      }
    }
    expect_whole_files(disk.path());
    const int found = rows(store);
    EXPECT_LT(found, cells);
    partial += found > 0 ? 1 : 0;
    ASSERT_TRUE(disk.resize(plenty));
    const Ended ended = zerogap(arguments(store));
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(table(store), expected);
    EXPECT_GT(expect_whole_files(store), 2 * cells);
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GE(partial, rounds / 2);
}

TEST_F(FullSweep, TablesAreWholeOrAbsent) {
  const fs::path store = folder_ / "store";
  ASSERT_EQ(zerogap(arguments(store)).code, 0);
  const SmallDisk disk(64 * page);
  if (!disk.mounted()) GTEST_SKIP() << disk.reason();
  for (const auto& [option, name] : {std::pair{"--out", "t.csv"}, {"--hdf5", "t.h5"}}) {
    const std::string file = disk.path() / name;
    const std::vector<std::string> collect = {"collect", store.string(), option, file};
    int failures = 0;
    for (std::size_t left = 0;; left += 1 + left / 4) {  // pages
      SCOPED_TRACE(std::string(name) + " with " + std::to_string(left) + " pages");
      disk.fill(left * page);
      const Ended ended = zerogap(collect);
      disk.empty();
      if (ended.code == 0) break;
      ++failures;
      expect_full(ended, disk, {file, "No space left on device"});
      EXPECT_TRUE(fs::is_empty(disk.path()));
      ASSERT_LT(left, 60u);
      ASSERT_FALSE(HasFailure());
    }
    EXPECT_GE(failures, 2);
    const std::string whole = text_of(file);
    EXPECT_GT(whole.size(), page);
    disk.fill();
    expect_full(zerogap(collect), disk, {file});
    disk.empty();
    EXPECT_EQ(text_of(file), whole) << "the existing table";
    fs::remove(file);
  }
}

}  // namespace
}  // namespace zerogap::test

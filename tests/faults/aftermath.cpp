// SPDX-License-Identifier: Apache-2.0
#include "faults/aftermath.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "checkpoint/checkpoint.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The lines that end with a newline.
std::vector<json> whole_lines(const fs::path& history) {
  std::vector<json> lines;
  std::istringstream in(text_of(history));
  for (std::string line; std::getline(in, line) && !in.eof();)
    lines.push_back(json::parse(line, nullptr, false));
  return lines;
}

void expect_whole_history(const fs::path& history) {
  std::int64_t steps = -1;
  for (const json& line : whole_lines(history)) {
    ASSERT_TRUE(line.is_object()) << history;
    std::int64_t now = 0;
    for (const auto& [network, count] : line["steps"].items()) now += count.get<std::int64_t>();
    EXPECT_GE(now, steps) << history << " goes back at " << line.dump();
    steps = now;
  }
}

void expect_json(const fs::path& file) {
  EXPECT_TRUE(json::accept(text_of(file))) << file << " holds " << text_of(file);
}

}  // namespace

void expect_whole_run(const Training& run) {
  expect_whole_history(run.folder() / "history.jsonl");
  for (const auto& generation : list_generations(run.folder() / "checkpoints"))
    EXPECT_NO_THROW(CheckpointReader(generation.file).integer("position/epoch")) << generation.file;
  if (const fs::path result = run.folder() / "result.json"; fs::exists(result)) expect_json(result);
}

void expect_whole_part_of(const Training& whole, const Training& run) {
  expect_whole_run(run);
  const auto all = whole.history();
  auto found = run.history();
  const std::string text = text_of(run.folder() / "history.jsonl");
  if (!text.empty() && !text.ends_with('\n')) found.pop_back();
  ASSERT_LE(found.size(), all.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(found[i], all[i]) << json::diff(all[i], found[i]).dump();
}

int expect_whole_files(const fs::path& folder) {
  int files = 0;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path& file = entry.path();
    if (!entry.is_regular_file()) continue;
    if (file.extension() == ".json") expect_json(file);
    if (file.filename() == "history.jsonl") expect_whole_history(file);
    files += file.extension() == ".json" || file.filename() == "history.jsonl" ? 1 : 0;
  }
  return files;
}

}  // namespace zerogap::test

// SPDX-License-Identifier: Apache-2.0
#include "program/runs.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "checkpoint/checkpoint.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;

std::string kind(DataType type) {
  return type == DataType::float32 ? "float32" : type == DataType::float64 ? "float64" : "int64";
}

/// float32 becomes double, which keeps every bit of every number.
std::string described(const CheckpointReader& file, const std::string& path) {
  std::string text = kind(file.type(path));
  for (const auto size : file.shape(path)) text += " " + std::to_string(size);
  const auto values = file.read<double>(path);
  return text + ": " +
         std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

nlohmann::json without_times(nlohmann::json line) {
  line.erase("seconds");
  line.erase("pairs_per_second");
  return line;
}

/// The numbers of result.json: the networks of the last and the best evaluation.
nlohmann::json numbers_of(const nlohmann::json& result) {
  nlohmann::json numbers;
  for (const char* key : {"epoch", "steps", "primal", "dual", "mapped", "mapped_gate", "embedded", "best",
                          "baselines", "beta", "status"})
    if (result.contains(key)) numbers[key] = result[key];
  return numbers;
}

}  // namespace

const char* Training::small_configuration() {
  return "data: {source: digits, images: 31, pool: 100, test_images: 5}\n"
         "network: {filters: 7, arrangements: 12, beta: 5}\n"
         "optimizer: {epochs: 6, schedule: constant}\n"
         "run: {threads: 1, evaluate_every: 2, checkpoint: {every: 2}}\n";
}

Training::Training(fs::path folder, Settings settings)
    : folder_(std::move(folder)), settings_(std::move(settings)) {
  write_text(folder_.string() + ".yaml", small_configuration());
}

std::vector<std::string> Training::arguments(const Settings& more) const {
  std::vector<std::string> all{"train", folder_.string() + ".yaml", "--out", folder_.string()};
  for (const Settings* settings : {&settings_, &more})
    for (const std::string& argument : set_arguments(*settings)) all.push_back(argument);
  return all;
}

Ended Training::train(const Settings& more, int ranks) const { return zerogap(arguments(more), ranks); }

Ended Training::resume(const Settings& more, int ranks) const {
  auto all = arguments(more);
  all.emplace_back("--resume");
  return zerogap(all, ranks);
}

fs::path Training::newest() const {
  const auto generations = list_generations(folder_ / "checkpoints");
  return generations.empty() ? fs::path() : generations.back().file;
}

std::string Training::log() const { return text_of(folder_ / "log.txt"); }

nlohmann::json Training::result() const {
  return nlohmann::json::parse(text_of(folder_ / "result.json"), nullptr, false);
}

std::vector<nlohmann::json> Training::history() const {
  std::vector<nlohmann::json> lines;
  for (const std::string& line : lines_of(text_of(folder_ / "history.jsonl")))
    lines.push_back(without_times(nlohmann::json::parse(line, nullptr, false)));
  return lines;
}

std::vector<std::string> set_arguments(const Settings& settings) {
  std::vector<std::string> arguments;
  for (const std::string& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
  return arguments;
}

std::mt19937 seeded_random() {
  const char* given = std::getenv("ZEROGAP_FAULT_SEED");
  const auto seed = given != nullptr ? static_cast<unsigned>(std::stoul(given))
                                     : static_cast<unsigned>(std::random_device()());
  std::cout << "seed " << seed << " (ZEROGAP_FAULT_SEED=" << seed << " draws the same)" << std::endl;
  return std::mt19937(seed);
}

int random_integer(int first, int last, std::mt19937& random) {
  return std::uniform_int_distribution<>(first, last)(random);
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

std::map<std::string, std::string> arrays_of(const fs::path& checkpoint) {
  const CheckpointReader file(checkpoint);
  std::map<std::string, std::string> arrays;
  for (const std::string& path : file.arrays()) arrays[path] = described(file, path);
  return arrays;
}

void expect_same_arrays(const fs::path& expected, const fs::path& found) {
  ASSERT_FALSE(expected.empty());
  ASSERT_FALSE(found.empty());
  const auto before = arrays_of(expected);
  auto after = arrays_of(found);
  EXPECT_GE(before.size(), 5u);
  EXPECT_EQ(before.size(), after.size());
  for (const auto& [path, bytes] : before) EXPECT_TRUE(after[path] == bytes) << path << " differs";
}

void expect_same_history(const Training& expected, const Training& found) {
  const auto before = expected.history(), after = found.history();
  ASSERT_EQ(before.size(), after.size());
  EXPECT_GE(before.size(), 2u);
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(before[i], after[i]) << nlohmann::json::diff(before[i], after[i]).dump();
}

void expect_same_end(const Training& expected, const Training& found) {
  expect_same_arrays(expected.newest(), found.newest());
  expect_same_history(expected, found);
  const auto before = numbers_of(expected.result()), after = numbers_of(found.result());
  EXPECT_EQ(before, after) << nlohmann::json::diff(before, after).dump();
}

void expect_error(const Ended& ended, int code, const std::vector<std::string>& fragments) {
  EXPECT_EQ(ended.code, code) << ended.err;
  std::vector<std::string> errors;
  for (const std::string& line : lines_of(ended.err))
    if (line.find("error: ") != std::string::npos) errors.push_back(line);
  ASSERT_EQ(errors.size(), 1u) << ended.err;
  static const std::regex grammar(R"(error: .+ \(.+\); .+ \[rank \d+, host [^ ]+\])");
  EXPECT_TRUE(std::regex_match(errors[0], grammar)) << errors[0];
  for (const std::string& fragment : fragments) EXPECT_THAT(errors[0], ::testing::HasSubstr(fragment));
}

void expect_usage_error(const Ended& ended, const std::vector<std::string>& fragments) {
  EXPECT_EQ(ended.code, 2) << ended.err;
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, ::testing::StartsWith("error: "));
  for (const std::string& fragment : fragments) EXPECT_THAT(ended.err, ::testing::HasSubstr(fragment));
}

}  // namespace zerogap::test

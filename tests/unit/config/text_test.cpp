// SPDX-License-Identifier: Apache-2.0
// Values that are text: what stands after '=' on a command line, byte for byte, and their way into files and
// back.

#include <filesystem>
#include <fstream>

#include "config/sweep_file.hpp"
#include "unit/config/support.hpp"

namespace zerogap {
namespace {

using ::testing::HasSubstr;
using testing::parse;
using testing::refusal;

/// Names of files that YAML, UTF-8 or both take for something else.
const std::vector<std::string> odd_names = {"n.h5 #2",     "%pngs",       "&a",         "!x",
                                            "*star",       "@at",         "`tick`",     "a: b",
                                            "- dash",      "? key",       "{a}",        "[a, b]",
                                            "null",        "~",           "true",       "5",
                                            "|",           ">",           "\"quoted\"", "'single'",
                                            " led",        "trail ",      "two\nlines", "tab\t",
                                            "back\\slash", "\\x41",       "a=b",        "--- ",
                                            "\xff\xfe.h5", "\xc3\xa4.h5", "d\xff",      "\xef\xbb\xbfmark",
                                            "\r",          "\x7f",        "<<",         "# all"};

std::string every_byte() {
  std::string bytes;
  for (int byte = 1; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

TEST(Text, OfAnOverrideIsAllAfterItsEqualsSign) {
  for (const auto& name : odd_names) {
    SCOPED_TRACE(name);
    const Config c = parse("{}", {"data.path=" + name, "arrangements.path=" + name, "init.path=" + name,
                                  "arrangements.pricing.filters=" + name});
    EXPECT_EQ(c.data.path, name);
    EXPECT_EQ(c.arrangements.path, name);
    EXPECT_EQ(c.init.path, name);
    EXPECT_EQ(c.arrangements.pricing.filters, name);
  }
  EXPECT_EQ(parse("data.path: x", {"data.path="}).data.path, "");
}

TEST(Text, OfAFileIsYamlAsBefore) {
  EXPECT_EQ(parse("data.path: \"a #b\" # c").data.path, "a #b");
  EXPECT_EQ(parse("data: {path: 'a'}").data.path, "a");
  EXPECT_EQ(parse("{}", {"data={path: 'a'}"}).data.path, "a");
}

TEST(Text, IsPrintedSoThatItReadsBack) {
  auto names = odd_names;
  names.push_back(every_byte());
  for (const auto& name : names) {
    SCOPED_TRACE(name);
    Config c;
    c.data.path = c.init.path = name;
    EXPECT_EQ(parse(dump_config(c)).data.path, name);
    EXPECT_EQ(parse(dump_config(c)).init.path, name);
  }
}

TEST(Text, OfATableWithoutItsLastQuoteIsDamaged) {
  EXPECT_EQ(plain_text("data.path", "\"a b\""), "a b");
  EXPECT_EQ(plain_text("network.beta", "\"5"), std::nullopt);
  EXPECT_THROW(plain_text("data.path", "\"a b[]"), Error);
}

TEST(Text, OfAnOptionIsTakenAsItIs) {
  for (const auto& name : odd_names) {
    const Config c = parse_config("data.path: other", "c.yaml", {}, {{"data.path", name, "--data " + name}});
    EXPECT_EQ(c.data.path, name);
  }
  EXPECT_EQ(
      parse_config("{}", "c.yaml", {"data.path=set"}, {{"data.path", "option", "--data option"}}).data.path,
      "set");
}

TEST(Text, OfAnOptionIsNamedAfterTheOption) {
  try {
    parse_config("{}", "c.yaml", {}, {{"data.images", "x", "--data n.h5"}});
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("--data n.h5: data.images: found x"));
  }
}

/// A folder with sweep files.
class TextOfSweeps : public ::testing::Test {
 protected:
  TextOfSweeps()
      : folder_(std::filesystem::temp_directory_path() / ("text_test." + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~TextOfSweeps() override { std::filesystem::remove_all(folder_); }
  SweepFile load(const std::string& text, const std::vector<std::string>& overrides = {}) const {
    std::ofstream(folder_ / "s.yaml", std::ios::binary) << text;
    return load_sweep((folder_ / "s.yaml").string(), overrides);
  }
  static std::string quoted(const std::string& name) {
    Config c;
    c.data.path = name;
    const std::string text = dump_config(c), key = "  path: ";
    const auto from = text.find(key) + key.size();
    return text.substr(from, text.find('\n', from) - from);
  }

  std::filesystem::path folder_;
};

TEST_F(TextOfSweeps, GoesFromAnAxisIntoTheConfiguration) {
  auto names = odd_names;
  names.push_back(every_byte());
  for (const auto& name : names) {
    SCOPED_TRACE(name);
    const SweepFile sweep = load("axes: {data.path: [" + quoted(name) + ", b]}");
    const auto points = points_of(sweep);
    EXPECT_EQ(config_at(sweep, points[0]).data.path, name);
    EXPECT_EQ(plain_text("data.path", points[0][0].second), name);
  }
  EXPECT_EQ(plain_text("network.beta", "5"), std::nullopt);
}

TEST_F(TextOfSweeps, GoesFromTheFileAndTheCommandLineIntoTheConfiguration) {
  for (const auto& name : odd_names) {
    SCOPED_TRACE(name);
    const SweepFile file = load("config: {data.path: " + quoted(name) +
                                ", optimizer: {lr: 1, dual: {lr: 2}}}\naxes: {network.beta: [1]}");
    const Config config = config_at(file, points_of(file)[0]);
    EXPECT_EQ(config.data.path, name);
    EXPECT_EQ(config.primal_optimizer.lr, 1.0);
    EXPECT_EQ(config.dual_optimizer.lr, 2.0);
    const SweepFile set = load("axes: {network.beta: [1]}", {"data.path=" + name});
    EXPECT_EQ(config_at(set, points_of(set)[0]).data.path, name);
  }
}

TEST_F(TextOfSweeps, KnowsNoMergeKeys) {
  const std::string file = "optimizer:\n  primal: &p {lr: 0.1}\n  dual:\n    <<: *p\n    epochs: 5\n";
  EXPECT_THAT(refusal(file),
              HasSubstr("c.yaml:4:5: found <<, YAML's merge key (maps are not merged here); write"));
  EXPECT_THAT(refusal("<<: {data.images: 5}"), HasSubstr("c.yaml:1:1: found <<"));
  EXPECT_EQ(parse("optimizer: {primal: &p {lr: 0.1}, dual: *p}").dual_optimizer.lr, 0.1);
  for (const std::string text : {"<<: {axes: {network.beta: [1]}}", "axes: {<<: {network.beta: [1]}}",
                                 "config: {network: {<<: {beta: 1}}}\naxes: {network.beta: [1]}"}) {
    SCOPED_TRACE(text);
    try {
      load(text);
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage);
      EXPECT_THAT(error.what(), HasSubstr("found <<, YAML's merge key"));
    }
  }
}

}  // namespace
}  // namespace zerogap

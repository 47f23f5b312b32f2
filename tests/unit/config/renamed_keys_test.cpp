// SPDX-License-Identifier: Apache-2.0
#include "config/renamed_keys.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config/schema.hpp"
#include "unit/config/support.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::Overrides;
using testing::parse;
using testing::refusal;
using ::testing::StartsWith;

/// Every renamed key under its earlier name, with a value that is not the default.
const std::string old_text = R"(data: {all_test_images_at_end: true, test_images: 2}
network: {constraints: hard, hard: {most: 7}}
arrangements: {source: primal, path: w.h5, beside_random: true}
optimizer:
  memory: 5
  dual: {name: newton, memory: 6}
path: {over: beta, values: [20, 10]}
certificate: {widths: [0.5]}
run: {networks: [dual], overlap: 3}
)";

class RenamedKeys : public ::testing::Test {
 protected:
  RenamedKeys() : folder_(fs::temp_directory_path() / ("renamed_keys_test." + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~RenamedKeys() override { fs::remove_all(folder_); }

  /// The message with which the file is refused.
  std::string refusal_of(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    try {
      load_config((folder_ / name).string(), {});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage);
      return error.what();
    }
    ADD_FAILURE() << "accepted: " << text;
    return "";
  }

  fs::path folder_;
};

TEST_F(RenamedKeys, AreReadInWhatZerogapWrote) {
  const Config config = parse(old_text);
  EXPECT_EQ(config.data.final_test, FinalTest::all);
  EXPECT_EQ(config.data.test_images, 2);
  EXPECT_EQ(config.hard.rho_max, 7.0);
  EXPECT_TRUE(config.arrangements.include_random);
  EXPECT_EQ(config.primal_optimizer.preconditioner_mib, 5);
  EXPECT_EQ(config.dual_optimizer.preconditioner_mib, 6);
  EXPECT_EQ(config.continuation.parameter, ContinuationParameter::beta);
  EXPECT_EQ(config.continuation.values, (std::vector<double>{20.0, 10.0}));
  EXPECT_EQ(config.certify.smoothing_widths, std::vector<double>{0.5});
  EXPECT_EQ(config.run.comm_chunks, 3);
  EXPECT_EQ(parse("data.all_test_images_at_end: false").data.final_test, FinalTest::same);
  EXPECT_EQ(dump_config(parse("path:\ncertificate:\n")), dump_config(Config{}));
}

TEST_F(RenamedKeys, AreReadInTheConfigurationOfARunsFolder) {
  std::ofstream(folder_ / "config.yaml") << old_text;
  fs::create_directories(folder_ / "checkpoints");
  EXPECT_EQ(dump_config(load_config((folder_ / "config.yaml").string(), {})), dump_config(parse(old_text)));
  // Next to it, and without checkpoints, a person's file is as any other.
  EXPECT_THAT(refusal_of("other.yaml", old_text), HasSubstr("write data.final_test: all"));
  fs::remove(folder_ / "checkpoints");
  EXPECT_THAT(refusal_of("config.yaml", old_text), HasSubstr("write data.final_test: all"));
}

TEST_F(RenamedKeys, AreRefusedInAPersonsFileWithThePresentName) {
  EXPECT_THAT(refusal_of("c.yaml", "path: {over: beta}"),
              EndsWith("c.yaml:1:8: old key path.over (it is called continuation.parameter now); write "
                       "continuation.parameter: beta"));
  EXPECT_THAT(refusal_of("c.yaml", "data:\n  all_test_images_at_end: true\n"),
              EndsWith("c.yaml:2:3: old key data.all_test_images_at_end (it is called data.final_test now, "
                       "with the values same | all); write data.final_test: all"));
  EXPECT_THAT(refusal_of("c.yaml", "data.all_test_images_at_end: maybe"), EndsWith("write data.final_test"));
  EXPECT_THAT(refusal_of("c.yaml", "certificate.widths: [1, 2]"), EndsWith("write certify.smoothing_widths"));
  EXPECT_THAT(refusal_of("c.yaml", "certificate: 3"),
              EndsWith("c.yaml:1:1: old section certificate (it is called certify now); write certify"));
  EXPECT_THAT(refusal_of("c.yaml", "path: {ovr: beta}"), HasSubstr("unknown key path.ovr"));
}

TEST_F(RenamedKeys, AreRefusedInOverridesOfAnything) {
  for (const std::string text : {"{}", "path: {over: none}"})
    EXPECT_THAT(refusal(text, {"run.overlap=2"}),
                AllOf(StartsWith("--set run.overlap=2: old key run.overlap ("),
                      EndsWith("; write run.comm_chunks=2")));
  EXPECT_THAT(refusal("{}", {"optimizer.dual.memory=6"}), EndsWith("optimizer.dual.preconditioner_mib=6"));
}

TEST_F(RenamedKeys, HaveOnePresentNameEachAndCountAsGivenOnce) {
  EXPECT_THAT(refusal("run: {overlap: 2, comm_chunks: 3}"), HasSubstr("found run.comm_chunks a second time"));
  int renamed = 0;
  for (const std::string& key : schema::all_keys()) {
    EXPECT_EQ(schema::find_renamed(key), nullptr) << key;
    const std::string first = schema::first_name(key);
    if (first == key) continue;
    ++renamed;
    ASSERT_NE(schema::find_renamed(first), nullptr) << first;
    EXPECT_EQ(schema::find_renamed(first)->now, key);
  }
  EXPECT_EQ(renamed, 10);
}

}  // namespace
}  // namespace zerogap

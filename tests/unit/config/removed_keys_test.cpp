// SPDX-License-Identifier: Apache-2.0
#include "config/removed_keys.hpp"

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
using ::testing::Not;
using testing::parse;
using testing::refusal;
using ::testing::StartsWith;

const std::string old_text =
    "init:\n  kind: greedy\n  seed: 3\n  greedy:\n    starts: 20\n    seed: 18446744073709551615\n    "
    "polish: 2\n";

/// The message with which a user's file of this text is refused.
std::string refusal_of_file(const std::string& text) {
  const fs::path file =
      fs::temp_directory_path() / ("removed_keys_test." + std::to_string(::getpid()) + ".yaml");
  std::ofstream(file) << text;
  std::string message;
  try {
    load_config(file.string(), {});
    ADD_FAILURE() << "accepted: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    message = error.what();
  }
  fs::remove(file);
  return message;
}

TEST(RemovedKeys, ArePassedOverInWhatZerogapWrote) {
  const Config config = parse(old_text);
  EXPECT_EQ(config.init.seed, 3u);
  EXPECT_EQ(dump_config(config), dump_config(parse("init: {kind: greedy, seed: 3}")));
  EXPECT_EQ(dump_config(parse("init.greedy.starts: 7\ninit.greedy:\n")), dump_config(Config{}));
}

TEST(RemovedKeys, AreRefusedInAUsersFileWithWhatReplacesThem) {
  EXPECT_THAT(refusal_of_file("init: {greedy: {starts: 20}}"),
              AllOf(HasSubstr(".yaml:1:8: old key init.greedy (init.kind greedy was removed"),
                    EndsWith("; set optimizer.primal.name to frank_wolfe and remove it")));
  EXPECT_THAT(refusal_of_file("init.greedy.starts: 20"),
              AllOf(HasSubstr(".yaml:1:1: old key init.greedy.starts ("),
                    EndsWith("frank_wolfe, and optimizer.primal.search_starts instead of it")));
  EXPECT_THAT(refusal("{}", {"init.greedy.seed=2"}), StartsWith("--set init.greedy.seed=2: old key"));
  EXPECT_THAT(refusal_of_file("init.greedier: 3"), HasSubstr("unknown key init.greedier"));
}

TEST(RemovedValues, ArePrintedUnchangedAndAreNotAllowed) {
  EXPECT_EQ(parse(old_text).init.kind, InitKind::greedy);
  EXPECT_THAT(dump_config(parse(old_text)), HasSubstr("kind: greedy\n"));
  EXPECT_THAT(schema::find_slot("init.kind")->row->allowed, Not(HasSubstr("greedy")));
}

TEST(RemovedValues, AreRefusedInAUsersFileWithWhatReplacesThem) {
  EXPECT_THAT(refusal_of_file(old_text),
              AllOf(HasSubstr(".yaml:2:9: init.kind: found greedy (init.kind greedy was removed); "),
                    HasSubstr("; set optimizer.primal.name to frank_wolfe, which")));
  EXPECT_THAT(refusal(old_text, {"init.kind=greedy"}),
              StartsWith("--set init.kind=greedy: init.kind: found"));
  EXPECT_EQ(parse(old_text, {"init.kind=normal"}).init.kind, InitKind::normal);
}

}  // namespace
}  // namespace zerogap

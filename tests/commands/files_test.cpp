// SPDX-License-Identifier: Apache-2.0
// Checkpoints that are missing, truncated, altered, foreign or newer, given to every command that reads them.

#include <hdf5.h>

#include <functional>

#include "checkpoint/checkpoint.hpp"
#include "program/runs.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Files : public ::testing::Test {
 protected:
  Files() : run_(folder_ / "run", {"optimizer.epochs=2"}) {}

  void SetUp() override { ASSERT_EQ(run_.train().code, 0); }

  fs::path altered(const std::string& name, const std::function<void(std::string&)>& alter) {
    std::string bytes = text_of(run_.newest());
    alter(bytes);
    write_text(folder_ / name, bytes);
    return folder_ / name;
  }

  /// evaluate, inspect, and training that starts from the file.
  void expect_refusals(const fs::path& file, const std::vector<std::string>& fragments) {
    SCOPED_TRACE(file.string());
    expect_error(zerogap({"evaluate", file.string(), "--json"}), 3, fragments);
    expect_error(zerogap({"evaluate", file.string()}, 2), 3, fragments);
    const Training from(folder_ / "from", {"init.kind=file", "init.path=" + file.string()});
    expect_error(from.train(), 3, fragments);
    EXPECT_EQ(zerogap({"inspect", file.string()}).code, 3);
  }

  Folder folder_;
  Training run_;
};

TEST_F(Files, Missing) { expect_refusals(folder_ / "none.h5", {"none.h5", "there is no such file"}); }

TEST_F(Files, AFolder) {
  expect_error(zerogap({"inspect", folder_.path().string()}), 3, {folder_.path().string()});
}

TEST_F(Files, Truncated) {
  const auto file = altered("half.h5", [](std::string& bytes) { bytes.resize(bytes.size() - 100); });
  expect_refusals(file, {"half.h5", "truncated"});
}

TEST_F(Files, Empty) {
  expect_refusals(altered("empty.h5", [](std::string& bytes) { bytes.clear(); }), {"empty.h5"});
}

TEST_F(Files, NoHdf5) {
  expect_refusals(altered("text.h5", [](std::string& bytes) { bytes = "these are no weights\n"; }),
                  {"text.h5"});
}

TEST_F(Files, WithOneFlippedBitAnywhere) {
  const std::size_t size = text_of(run_.newest()).size();
  for (const std::size_t at : {size / 4, size / 2, size * 9 / 10}) {
    const auto file =
        altered("flipped.h5", [at](std::string& bytes) { bytes[at] = static_cast<char>(bytes[at] ^ 16); });
    const Ended ended = zerogap({"evaluate", file.string()});
    expect_error(ended, 3, {"flipped.h5"});
    EXPECT_EQ(zerogap({"inspect", "--json", file.string()}).code, 3);
  }
}

TEST_F(Files, InspectSaysWhatIsDamagedAndStillShowsTheRest) {
  const auto weights = CheckpointReader(run_.newest()).read<float>("primal/u");
  const std::string numbers(reinterpret_cast<const char*>(weights.data()), weights.size() * sizeof(float));
  const auto file = altered("altered.h5", [&](std::string& bytes) {
    const std::size_t at = bytes.find(numbers);
    ASSERT_NE(at, std::string::npos);
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
  });
  const Ended ended = zerogap({"inspect", file.string()});
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.out, HasSubstr("DAMAGED"));
  EXPECT_THAT(ended.out, HasSubstr("primal/u"));
}

TEST_F(Files, OfANewerSchema) {
  const fs::path file = altered("newer.h5", [](std::string&) {});
  const hid_t open = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  ASSERT_GE(open, 0);
  const char* const name = "schema";
  const hid_t group = H5Aexists(open, name) > 0 ? open : H5Gopen2(open, "meta", H5P_DEFAULT);
  ASSERT_GT(H5Aexists(group, name), 0);
  const hid_t attribute = H5Aopen(group, name, H5P_DEFAULT);
  const std::int64_t newer = checkpoint_schema + 1;
  EXPECT_GE(H5Awrite(attribute, H5T_NATIVE_INT64, &newer), 0);
  H5Aclose(attribute);
  if (group != open) H5Gclose(group);
  H5Fclose(open);
  expect_refusals(file, {"newer.h5", "schema is " + std::to_string(newer), "upgrade zerogap"});
}

TEST_F(Files, ForeignHdf5HasNothingToEvaluate) {
  const std::string data = ZEROGAP_GOLDEN_COPY "/small/data.h5";
  expect_error(zerogap({"evaluate", "--data", data, data}), 3, {"nothing to evaluate in", "primal/u"});
  const Ended ended = zerogap({"inspect", data});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, HasSubstr("not a zerogap checkpoint"));
}

TEST_F(Files, ForeignFileUnderACheckpointsNameIsPassedOver) {
  const auto newest = run_.newest();
  fs::copy_file(ZEROGAP_GOLDEN_COPY "/small/weights.h5", newest.parent_path() / "99999999.h5");
  const Ended ended = run_.resume({"optimizer.epochs=4"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("passed over"));
  EXPECT_THAT(ended.err, HasSubstr("99999999.h5"));
  EXPECT_THAT(ended.err, HasSubstr("resuming from " + newest.string()));
}

TEST_F(Files, WeightsAloneNeedData) {
  expect_error(zerogap({"evaluate", ZEROGAP_GOLDEN_COPY "/small/weights.h5"}), 2,
               {"no data to evaluate on", "--data"});
}

TEST_F(Files, DataOfAnotherPatchLengthAreRefused) {
  expect_error(zerogap({"evaluate", ZEROGAP_GOLDEN_COPY "/wide/weights.h5", "--data",
                        ZEROGAP_GOLDEN_COPY "/figure1/data.h5"}),
               3, {"do not fit", "rows of"});
}

}  // namespace
}  // namespace zerogap::test

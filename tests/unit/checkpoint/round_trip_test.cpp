// SPDX-License-Identifier: Apache-2.0
// What is written is what is read, and the same contents make the same file.

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "checkpoint/inspect.hpp"
#include "unit/checkpoint/sample.hpp"

namespace zerogap {
namespace {

using testing::bytes_of;
using ::testing::ElementsAre;
using testing::error_of;
using testing::Folder;
using ::testing::HasSubstr;
using testing::Sample;

class RoundTrip : public ::testing::Test {
 protected:
  std::filesystem::path write(const CheckpointContents& contents) {
    const auto world = make_serial();
    auto file = generation_path(folder.path(), ++number);
    write_checkpoint(file, contents, *world);
    return file;
  }

  Folder folder;
  std::int64_t number = 0;
};

TEST_F(RoundTrip, AnyNameThatAFileCanHaveWillDo) {
  const Sample sample;
  const auto world = make_serial();
  const auto file = folder.path() / std::string(252, 'x');
  write_checkpoint(file, sample.contents, *world);
  testing::expect_sample(CheckpointReader(file));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST_F(RoundTrip, EveryTypeAndEmptyArrays) {
  const Sample sample;
  const CheckpointReader reader(write(sample.contents));
  testing::expect_sample(reader);
  EXPECT_EQ(reader.schema(), checkpoint_schema);
  EXPECT_EQ(reader.integer("position/step"), 7);
  EXPECT_EQ(reader.real("learning_rate"), 0.125);
  EXPECT_EQ(reader.text("position/note"), "");
  EXPECT_THAT(testing::names_in(folder.path()), ElementsAre("00000001.h5"));
}

TEST_F(RoundTrip, NothingAtAll) {
  const CheckpointReader reader(write({}));
  EXPECT_TRUE(reader.arrays().empty());
  EXPECT_TRUE(reader.attributes().empty());
}

TEST_F(RoundTrip, ValuesKeepTheirBits) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> values = {-0.0, nan, std::numeric_limits<double>::infinity(), 5e-324, 0.1};
  CheckpointContents contents{{{"x", DataType::float64, {5}, 0, 5, values.data()}}, {{"nan", nan}}};
  const CheckpointReader reader(write(contents));
  const auto read = reader.read<double>("x");
  ASSERT_EQ(read.size(), values.size());
  for (std::size_t i = 0; i < read.size(); ++i)
    EXPECT_EQ(std::bit_cast<std::uint64_t>(read[i]), std::bit_cast<std::uint64_t>(values[i])) << i;
  EXPECT_TRUE(std::isnan(reader.real("nan")));
}

TEST_F(RoundTrip, LongTextsAndManyEntries) {
  CheckpointContents contents;
  contents.attributes["config"] = std::string(300'000, 'x') + "\nend";
  contents.attributes["odd"] = std::string("a\0b\xff ", 5);
  for (std::int64_t i = 0; i < 100; ++i) contents.attributes["many/" + std::to_string(i)] = i;
  const CheckpointReader reader(write(contents));
  EXPECT_EQ(reader.attributes(), contents.attributes);
}

TEST_F(RoundTrip, ManyArraysOfOneGroup) {
  const double one = 1;
  CheckpointContents contents;
  for (int i = 0; i < 50; ++i)
    contents.arrays.push_back({fmt::format("g/{}", i), DataType::float64, {1}, 0, 1, &one});
  EXPECT_EQ(CheckpointReader(write(contents)).arrays().size(), 50u);
}

TEST_F(RoundTrip, RowsAndConversions) {
  const Sample sample;
  const CheckpointReader reader(write(sample.contents));
  EXPECT_THAT(reader.read<double>("dual/w", 2, 1), ElementsAre(3, 4, 5));
  EXPECT_THAT(reader.read<float>("dual/w_prime", 12, 1), ElementsAre(1033, 1034, 1035));
  EXPECT_THAT(reader.read<float>("optimizer/dual/step", 4, 1), ElementsAre(3013, 3014, 3015, 3016));
  EXPECT_THAT(reader.read<std::int64_t>("optimizer/dual/step", 0, 1), ElementsAre(2997, 2998, 2999, 3000));
  EXPECT_TRUE(reader.read<double>("dual/w", 13, 0).empty());
  EXPECT_THAT(error_of([&] { reader.read<double>("dual/w", 13, 1); }),
              HasSubstr("3: cannot read rows of dual/w"));
  EXPECT_THAT(error_of([&] { reader.read<double>("dual/w", 1, ~std::uint64_t{0}); }),
              HasSubstr("3: cannot read rows"));
  EXPECT_THAT(error_of([&] { reader.read<std::int64_t>("dual/w"); }),
              HasSubstr("as integers (it is float32)"));
  EXPECT_THAT(error_of([&] { reader.read<double>("dual/x"); }), HasSubstr("has no array dual/x"));
  EXPECT_THAT(error_of([&] { reader.integer("x"); }), HasSubstr("has no entry x"));
  EXPECT_THAT(error_of([&] { reader.integer("learning_rate"); }), HasSubstr("3: entry learning_rate"));
}

TEST_F(RoundTrip, EqualContentsMakeEqualFiles) {
  const Sample sample;
  EXPECT_EQ(bytes_of(write(sample.contents)), bytes_of(write(sample.contents)));
}

TEST_F(RoundTrip, TheChecksumKnowsEverything) {
  const std::vector<double> values = {1, 2, 3, 4};
  const CheckpointContents base{{{"x", DataType::float64, {2, 2}, 0, 2, values.data()}},
                                {{"a", std::int64_t{1}}}};
  const auto checksum = [&](auto change) {
    CheckpointContents changed = base;
    change(changed);
    return CheckpointReader(write(changed)).checksum();
  };
  const std::vector<double> swapped = {3, 4, 1, 2};
  std::set<std::string> sums;
  sums.insert(checksum([](auto&) {}));
  sums.insert(checksum([&](auto& c) { c.arrays[0].values = swapped.data(); }));
  sums.insert(checksum([](auto& c) { c.arrays[0].path = "y"; }));
  sums.insert(checksum([](auto& c) { c.arrays[0].type = DataType::int64; }));
  sums.insert(checksum([](auto& c) { c.arrays[0].shape = {2, 2, 1}; }));
  sums.insert(checksum([](auto& c) { c.arrays.push_back({"z", DataType::float64, {0}, 0, 0, nullptr}); }));
  sums.insert(checksum([](auto& c) { c.attributes["a"] = std::int64_t{2}; }));
  sums.insert(checksum([](auto& c) { c.attributes["a"] = 1.0; }));
  sums.insert(checksum([](auto& c) { c.attributes["b"] = std::string(); }));
  EXPECT_EQ(sums.size(), 9u);
}

TEST_F(RoundTrip, NothingIsOverwritten) {
  const Sample sample;
  const auto world = make_serial();
  const auto file = write(sample.contents);
  const std::string before = bytes_of(file);
  EXPECT_THAT(error_of([&] { write_checkpoint(file, Sample(0, 1, 8).contents, *world); }),
              HasSubstr("3: will not overwrite"));
  EXPECT_EQ(bytes_of(file), before);
  EXPECT_THAT(error_of([&] { write_checkpoint(folder / "no/x.h5", sample.contents, *world); }),
              HasSubstr("does not exist"));
  EXPECT_THAT(testing::names_in(folder.path()), ElementsAre("00000001.h5"));
}

TEST_F(RoundTrip, ImpossibleContentsAreRefused) {
  const double x[4] = {};
  const auto refusal = [&](ArrayRows array) { return error_of([&] { write({{array}, {}}); }); };
  EXPECT_THAT(refusal({"x", DataType::float64, {4}, 0, 3, x}), HasSubstr("4: these contents cannot make"));
  EXPECT_THAT(refusal({"x", DataType::float64, {4}, 1, 3, x}), HasSubstr("row 0 of x is given by no rank"));
  EXPECT_THAT(refusal({"x", DataType::float64, {4}, 0, 5, x}), HasSubstr("x has 4 rows"));
  EXPECT_THAT(refusal({"x", DataType::float64, {4}, 0, 4, nullptr}), HasSubstr("no values"));
  EXPECT_THAT(refusal({"meta/x", DataType::float64, {4}, 0, 4, x}), HasSubstr("under meta"));
  EXPECT_THAT(refusal({"a//x", DataType::float64, {4}, 0, 4, x}), HasSubstr("is not a valid path"));
  EXPECT_THAT(refusal({"x", DataType::float64, {}, 0, 0, x}), HasSubstr("no shape"));
  const ArrayRows array{"x", DataType::float64, {4}, 0, 4, x};
  EXPECT_THAT(error_of([&] { write({{array, array}, {}}); }), HasSubstr("x is given twice"));
  ArrayRows inside = array;
  inside.path = "x/y";
  EXPECT_THAT(error_of([&] { write({{array, inside}, {}}); }), HasSubstr("3: cannot write"));
  EXPECT_TRUE(testing::names_in(folder.path()).empty());
}

TEST_F(RoundTrip, Inspect) {
  const Sample sample;
  const auto file = write(sample.contents);
  const std::string text = describe_file(file);
  EXPECT_THAT(text, HasSubstr("zerogap checkpoint, schema 1\nintact: checksum"));
  EXPECT_THAT(text, HasSubstr("  position/step = 7\n"));
  EXPECT_THAT(text, HasSubstr("  dual/w               float32  13 x 3\n"));
  EXPECT_THAT(text, HasSubstr("\nconfig:\n  network:\n    lambda: 0.1\n"));
  const auto json = describe_json(file);
  EXPECT_EQ(json["whole"], true);
  EXPECT_EQ(json["attributes"]["learning_rate"], 0.125);
  EXPECT_EQ(json["arrays"][0]["path"], "dual/w");
  EXPECT_EQ(json["arrays"][0]["shape"], nlohmann::json({13, 3}));

  std::string bytes = bytes_of(file);
  const float first = static_cast<float>(Sample::value(0, 0));  // dual/w's beginning
  const float second = static_cast<float>(Sample::value(0, 1));
  const std::string begin = std::string(reinterpret_cast<const char*>(&first), 4) +
                            std::string(reinterpret_cast<const char*>(&second), 4);
  ASSERT_NE(bytes.find(begin), std::string::npos);
  bytes[bytes.find(begin)] ^= 1;
  testing::put_bytes(file, bytes);
  EXPECT_THAT(describe_file(file), HasSubstr("DAMAGED: cannot read"));
  EXPECT_EQ(describe_json(file)["whole"], false);
  EXPECT_THAT(describe_json(file)["damage"], HasSubstr("corrupted: its content has checksum"));
}

}  // namespace
}  // namespace zerogap

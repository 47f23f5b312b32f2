// SPDX-License-Identifier: Apache-2.0
// Names of files in JSON: bytes that are not UTF-8 come back as they were.

#include "sweep/json_text.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

std::string back(const std::string& text) {
  return json_from_text(json_text(Json{{"list", {1, text, nullptr}}}, 1))["list"][1].get<std::string>();
}

TEST(JsonText, CarriesEveryByte) {
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      const std::string text = {'a', static_cast<char>(first), static_cast<char>(second), '\\', 'u', '"'};
      ASSERT_EQ(back(text), text) << first << " " << second;
    }
}

TEST(JsonText, CarriesWhatLooksLikeItsOwnMarks) {
  for (const std::string text : {"\\udcff", "\\\\udcff \xff", "\xF4\x8F\xBF\xBF", "\xF4\x8F\xBE\x80 \xff",
                                 "\xF4\x8F\xBE", "\xF0\x9F\x98\x80\xff", "\xED\xB3\xBF", "\xC0\x80",
                                 "\xE0\x80\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\x00\xff"})
    EXPECT_EQ(back(text), text);
}

TEST(JsonText, IsTheUsualTextWhereAllIsUtf8) {
  const Json json{{"name", "\xC3\xA4 \"x\""}, {"values", {1.5, true, nullptr}}};
  EXPECT_EQ(json_text(json, 2), json.dump(2));
  EXPECT_EQ(json_from_text(json.dump()), json);
}

TEST(JsonText, HasPythonsEscapes) {
  EXPECT_EQ(json_text(Json("d\xff\x80"), -1), "\"d\\udcff\\udc80\"");
  EXPECT_EQ(json_from_text("\"d\\uDCFF \\udcff\""), "d\xff \xff");
  EXPECT_EQ(json_from_text("\"\\udcff\\ud83d\\ude00\""), "\xff\xF0\x9F\x98\x80");
  EXPECT_TRUE(json_from_text("{\"\\udcff\"").is_discarded());
}

}  // namespace
}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "core/json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace zerogap {
namespace {

TEST(Json, WhatIsNoneIsDiscarded) {
  EXPECT_EQ(parse_json("{\"a\": [1, 2]}")["a"][1], 2);
  EXPECT_TRUE(parse_json("").is_discarded());
  EXPECT_TRUE(parse_json("{\"a\": ").is_discarded());
  EXPECT_TRUE(parse_json("{\"a\": 1e999}").is_discarded());
  EXPECT_TRUE(parse_json("\"\xff\"").is_discarded());
}

// Such a text once ended the process where a copy of it was made.
TEST(Json, NestingWithoutEndIsNone) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(100)).is_array());
  EXPECT_TRUE(parse_json(nested(101)).is_discarded());
  EXPECT_TRUE(parse_json(nested(1000000)).is_discarded());
  EXPECT_TRUE(parse_json("\"" + nested(1000) + "\\\"" + nested(1000) + "\"").is_string());
}

// The library's get() of what is beyond a type gives any number.
TEST(Json, WholeNumbersAreThoseOfTheirRange) {
  const auto whole = [](const char* text, std::int64_t least = INT64_MIN, std::int64_t most = INT64_MAX) {
    return whole_number(parse_json(text), least, most);
  };
  EXPECT_EQ(whole("-7"), -7);
  EXPECT_EQ(whole("3.0"), 3);
  EXPECT_EQ(whole("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(whole("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(whole("5", 5, 5), 5);
  for (const char* text :
       {"9223372036854775808", "18446744073709551615", "1.3e36", "-1e300", "2.5", "\"3\"", "null", "true"})
    EXPECT_THROW(whole(text), nlohmann::json::exception) << text;
  EXPECT_THROW(whole("4", 5, 5), nlohmann::json::exception);
  EXPECT_THROW(whole("6", 5, 5), nlohmann::json::exception);
}

TEST(Json, BytesThatAreNoUtf8ArePrintedAsALetter) {
  const nlohmann::ordered_json json{{"a", "x\xff"}};
  EXPECT_EQ(print_json(json), "{\"a\":\"x\uFFFD\"}");
  EXPECT_EQ(print_json(json, 1), "{\n \"a\": \"x\uFFFD\"\n}");
  EXPECT_EQ(print_json(nlohmann::json{{"b", 1}, {"a", 2}}), "{\"a\":2,\"b\":1}");
}

}  // namespace
}  // namespace zerogap

#include "core/json.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace zerogap

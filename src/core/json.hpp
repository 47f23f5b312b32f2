// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace zerogap {

/// The JSON of a text that comes from a file; a discarded value where it is none. Nothing of ours is nested
/// deeper than a few levels, and JSON that is nested without end, which the library can parse, it cannot copy
/// or print: it calls itself for each level until the stack is used up. So such a text is none either.
nlohmann::ordered_json parse_json(std::string_view text);

/// The whole number of a file's JSON, from `least` to `most`; 3.0 is 3. Throws nlohmann::json::exception for
/// anything else. The library's own get() has undefined behaviour where a number is beyond its type.
std::int64_t whole_number(const nlohmann::ordered_json& json, std::int64_t least = INT64_MIN,
                          std::int64_t most = INT64_MAX);

/// The text of a file or of --json: on one line, or with `indent` blanks a level. Bytes that are no UTF-8 are
/// the letter U+FFFD; the library's own dump() would throw.
std::string print_json(const nlohmann::ordered_json& json, int indent = -1);
/// The same of JSON whose keys are sorted.
std::string print_json(const nlohmann::json& json, int indent = -1);

}  // namespace zerogap

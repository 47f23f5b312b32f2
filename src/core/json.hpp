// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace zerogap {

/// Parses the text of a file as JSON; returns a discarded value if it is not valid. Deeply nested text is
/// rejected too: the library can parse it but overflows the stack when it copies or prints it, and zerogap's
/// own files have only a few levels.
nlohmann::ordered_json parse_json(std::string_view text);

/// The whole number in a file's JSON, from `least` to `most`; 3.0 is 3. Throws nlohmann::json::exception for
/// anything else. The library's own get() has undefined behaviour for a number outside the range of its type.
std::int64_t whole_number(const nlohmann::ordered_json& json, std::int64_t least = INT64_MIN,
                          std::int64_t most = INT64_MAX);

/// The text for a file or for --json: on one line, or indented by `indent` blanks for each level. Invalid
/// UTF-8 becomes U+FFFD, where the library's own dump() would throw.
std::string print_json(const nlohmann::ordered_json& json, int indent = -1);
/// The same for JSON with sorted keys.
std::string print_json(const nlohmann::json& json, int indent = -1);

}  // namespace zerogap

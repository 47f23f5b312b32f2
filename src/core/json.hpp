#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace zerogap {

/// The JSON of a text that comes from a file; a discarded value where it is none. Nothing of ours is nested
/// deeper than a few levels, and JSON that is nested without end, which the library can parse, it cannot copy
/// or print: it calls itself for each level until the stack is used up. So such a text is none either.
nlohmann::ordered_json parse_json(std::string_view text);

}  // namespace zerogap

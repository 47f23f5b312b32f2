// SPDX-License-Identifier: Apache-2.0
#include "core/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace zerogap {
namespace {

constexpr int deepest = 100;

bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t k = 0; k < text.size(); ++k) {
    const char c = text[k];
    if (quoted) {
      if (c == '\\') ++k;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > deepest) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

class NoWholeNumber final : public nlohmann::json::exception {
 public:
  explicit NoWholeNumber(const std::string& what) : exception(600, what.c_str()) {}
};

}  // namespace

std::int64_t whole_number(const nlohmann::ordered_json& json, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  bool is_whole = false;
  if (json.is_number_unsigned()) {
    const auto number = json.get<std::uint64_t>();
    is_whole = number <= static_cast<std::uint64_t>(INT64_MAX);
    value = static_cast<std::int64_t>(number);
  } else if (json.is_number_integer()) {
    is_whole = true;
    value = json.get<std::int64_t>();
  } else if (json.is_number_float()) {
    const auto number = json.get<double>();
    is_whole = std::abs(number) < 0x1p53 && std::trunc(number) == number;
    if (is_whole) value = static_cast<std::int64_t>(number);
  }
  if (!is_whole || value < least || value > most)
    throw NoWholeNumber("found " + print_json(json) + " where a whole number from " + std::to_string(least) +
                        " to " + std::to_string(most) + " belongs");
  return value;
}

nlohmann::ordered_json parse_json(std::string_view text) {
  using Json = nlohmann::ordered_json;
  if (is_too_deep(text)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, false);
}

std::string print_json(const nlohmann::ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}
std::string print_json(const nlohmann::json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace zerogap

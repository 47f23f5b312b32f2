// SPDX-License-Identifier: Apache-2.0
#include "sweep/json_text.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/json.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

// nlohmann's library neither writes nor reads lone surrogates. Inside it such bytes are represented by the
// last code points of Unicode, U+10FF80 to U+10FFFF, which are for private use; if a text contains one of
// these, its four bytes are treated in the same way.
constexpr std::string_view kMarks[] = {"\xF4\x8F\xBE", "\xF4\x8F\xBF"};  ///< first bytes of these code points
constexpr std::size_t kMarkBytes = 4;

std::string mark_for(unsigned char byte) {
  return std::string(kMarks[byte >= 0xC0 ? 1 : 0]) + static_cast<char>(0x80 | (byte & 0x3F));
}

bool is_mark(std::string_view text) {
  return text.size() >= kMarkBytes && (text.starts_with(kMarks[0]) || text.starts_with(kMarks[1]));
}

bool has_marks(std::string_view text) {
  return text.find(kMarks[0]) != std::string_view::npos || text.find(kMarks[1]) != std::string_view::npos;
}

unsigned char marked_byte(std::string_view mark) {
  const bool upper = mark.starts_with(kMarks[1]);
  return static_cast<unsigned char>((upper ? 0xC0 : 0x80) | (mark[kMarkBytes - 1] & 0x3F));
}

/// Length in bytes of the UTF-8 sequence at the beginning of `text`; 0 if it is not valid.
std::size_t letter_bytes(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  const std::size_t count = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (count == 0 || first > 0xF4 || count > text.size()) return 0;
  for (std::size_t i = 1; i < count; ++i)
    if ((at(i) & 0xC0) != 0x80) return 0;
  if (count < 3) return count;
  // Not overlong, not a surrogate, and not beyond Unicode.
  const unsigned char second = at(1);
  const bool wrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                     (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return wrong ? 0 : count;
}

std::string marked(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    std::size_t count = letter_bytes(text);
    if (count > 0 && !is_mark(text)) {
      result += text.substr(0, count);
    } else {
      count = 1;
      result += mark_for(static_cast<unsigned char>(text[0]));
    }
    text.remove_prefix(count);
  }
  return result;
}

/// The text with each mark replaced by `shown` of its byte.
std::string without_marks(std::string_view text, const std::function<std::string(unsigned char)>& shown) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const bool mark = is_mark(text.substr(at));
    result += mark ? shown(marked_byte(text.substr(at))) : std::string(1, text[at]);
    at += mark ? kMarkBytes : 1;
  }
  return result;
}

/// The value with `change` applied to every text in it.
Json with_texts(const Json& json, const std::function<std::string(const std::string&)>& change) {
  if (json.is_string()) return change(json.get_ref<const std::string&>());
  if (!json.is_structured()) return json;
  Json result = json.is_object() ? Json::object() : Json::array();
  if (json.is_array())
    for (const auto& each : json) result.push_back(with_texts(each, change));
  else
    for (const auto& [key, each] : json.items()) result[key] = with_texts(each, change);
  return result;
}

/// The code of the escape \uXXXX at the beginning of the text; 0 if there is none.
std::uint32_t escaped(std::string_view text) {
  constexpr std::size_t letters = 6;
  if (!text.starts_with("\\u") || text.size() < letters) return 0;
  std::uint32_t code = 0;
  for (const char c : text.substr(2, 4)) {
    const auto digit = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
    if (digit == std::string_view::npos) return 0;
    code = code * 16 + static_cast<std::uint32_t>(digit);
  }
  return code;
}

/// JSON text in which marks replace the escapes of lone surrogates for bytes.
std::string marks_for_escapes(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    // Backslashes occur in strings only, as two-letter escapes; \u has four more letters, and a second escape
    // follows a high surrogate.
    const std::uint32_t code = escaped(text);
    std::size_t count = text[0] != '\\' ? 1 : code != 0 ? 6 : 2;
    if (code >= 0xDC80 && code <= 0xDCFF) {
      result += mark_for(static_cast<unsigned char>(code & 0xFF));
    } else {
      if (code >= 0xD800 && code < 0xDC00) count = 12;
      result += text.substr(0, count);
    }
    text.remove_prefix(std::min(count, text.size()));
  }
  return result;
}

}  // namespace

std::string json_text(const Json& json, int indent) {
  const auto dumped = [indent](const Json& value) { return value.dump(indent, ' ', false); };
  try {
    if (std::string plain = dumped(json); !has_marks(plain)) return plain;
  } catch (const Json::exception&) {
    // Some text is not UTF-8.
  }
  return without_marks(dumped(with_texts(json, marked)), [](unsigned char byte) {
    constexpr std::string_view hex = "0123456789abcdef";
    return std::string("\\udc") + hex[byte / 16] + hex[byte % 16];
  });
}

Json json_from_text(const std::string& text) {
  if (text.find("\\udc") == std::string::npos) return parse_json(text);
  Json json = parse_json(marks_for_escapes(text));
  if (json.is_discarded()) return json;
  return with_texts(json, [](const std::string& each) {
    return without_marks(each, [](unsigned char byte) { return std::string(1, static_cast<char>(byte)); });
  });
}

}  // namespace zerogap

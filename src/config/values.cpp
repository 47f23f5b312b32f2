// SPDX-License-Identifier: Apache-2.0
#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <system_error>

#include "config/nearest.hpp"

namespace zerogap::schema {
namespace {

constexpr std::size_t most_letters = 60;  ///< of a value in a message

/// `text` in double quotes, escaped for YAML.
std::string quote(const std::string& text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string result = "\"";
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      result += {'\\', letter};
    } else if (code < 0x20 || code == 0x7f) {
      result += {'\\', 'x', hex[code / 16], hex[code % 16]};
    } else {
      result += letter;
    }
  }
  return result + "\"";
}

bool quoted(const YAML::Node& node) { return node.Tag() == "!"; }

/// The text of an unquoted scalar; a quoted scalar is text, never a number or a flag.
std::string plain(const YAML::Node& node) {
  if (!node.IsScalar() || quoted(node)) throw BadValue(node, describe(node));
  return node.Scalar();
}

/// All of `node` as a number, with the optional plus sign of YAML.
template <class T>
T parse_number(const YAML::Node& node) {
  std::string text = plain(node);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.erase(0, 1);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range)
    throw BadValue(node, describe(node) + ", beyond its type's range");
  if (error != std::errc{} || end != text.data() + text.size()) throw BadValue(node, describe(node));
  return value;
}

bool not_finite(const YAML::Node& node) {
  static const std::array<std::string, 4> words = {".nan", ".inf", "nan", "inf"};
  std::string text = node.IsScalar() ? node.Scalar() : "";
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  if (text.starts_with('+') || text.starts_with('-')) text.erase(0, 1);
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::string shortest(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

const YAML::Node& sequence(const YAML::Node& node) {
  if (!node.IsSequence()) throw BadValue(node, describe(node));
  return node;
}

}  // namespace

BadValue::BadValue(const YAML::Node& node, const std::string& found, std::string near_to)
    : std::runtime_error(found), mark(node.Mark()), near(std::move(near_to)) {}

std::string describe(const YAML::Node& node) {
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  if (!node.IsScalar()) return "nothing";
  std::string text = node.Scalar();
  const bool strange =
      std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (text.size() > most_letters) text = text.substr(0, most_letters) + "...";
  return quoted(node) || strange || text.empty() ? quote(text) : text;
}

std::string join(const std::vector<std::string>& parts, const std::string& separator) {
  std::string result;
  for (const std::string& part : parts) result += (result.empty() ? "" : separator) + part;
  return result;
}

std::string Integer::allowed() const {
  const std::string range = "integer from " + std::to_string(low) + " to " + std::to_string(high);
  return (odd ? "odd " : "") + range + (word.empty() ? "" : " | " + word);
}

std::int64_t Integer::parse(const YAML::Node& node) const {
  if (!word.empty() && node.IsScalar() && node.Scalar() == word) return word_value;
  const auto value = parse_number<std::int64_t>(node);
  if (value < low || value > high || (odd && value % 2 == 0)) throw BadValue(node, describe(node));
  return value;
}

std::string Integer::print(std::int64_t value) const {
  return !word.empty() && value == word_value ? word : std::to_string(value);
}

std::string Seed::allowed() const {
  return "integer from 0 to " + std::to_string(std::numeric_limits<std::uint64_t>::max());
}
std::uint64_t Seed::parse(const YAML::Node& node) const { return parse_number<std::uint64_t>(node); }
std::string Seed::print(std::uint64_t value) const { return std::to_string(value); }

std::string Number::allowed() const {
  const std::string lower = (open ? "number > " : "number >= ") + shortest(low);
  return std::isinf(below) ? lower : lower + " and < " + shortest(below);
}

double Number::parse(const YAML::Node& node) const {
  if (not_finite(node)) throw BadValue(node, describe(node) + ", which is not finite");
  const auto value = parse_number<double>(node);
  const bool inside = std::isfinite(value) && (open ? value > low : value >= low) && value < below;
  if (!inside) throw BadValue(node, describe(node));
  return value + 0.0;  // -0 and 0 are the same value and must print the same
}

std::string Number::print(double value) const { return shortest(value); }

std::string NumberPair::allowed() const { return "list of two: " + each.allowed(); }

std::tuple<double, double> NumberPair::parse(const YAML::Node& node) const {
  if (sequence(node).size() != 2) throw BadValue(node, "a list of " + std::to_string(node.size()));
  return {each.parse(node[0]), each.parse(node[1])};
}

std::string NumberPair::print(const std::tuple<double, double>& values) const {
  return "[" + each.print(std::get<0>(values)) + ", " + each.print(std::get<1>(values)) + "]";
}

std::string NumberList::allowed() const { return "list of: " + each.allowed(); }

std::vector<double> NumberList::parse(const YAML::Node& node) const {
  std::vector<double> result;
  for (const YAML::Node& entry : sequence(node)) result.push_back(each.parse(entry));
  return result;
}

std::string NumberList::print(const std::vector<double>& values) const {
  std::vector<std::string> parts;
  for (const double value : values) parts.push_back(each.print(value));
  return "[" + join(parts, ", ") + "]";
}

std::string Flag::allowed() const { return "true | false"; }

bool Flag::parse(const YAML::Node& node) const {
  const std::string text = plain(node);
  if (text != "true" && text != "false")
    throw BadValue(node, describe(node), nearest(text, {"true", "false"}));
  return text == "true";
}

std::string Flag::print(bool value) const { return value ? "true" : "false"; }

std::string Text::allowed() const { return "text"; }

std::string Text::parse(const YAML::Node& node) const {
  if (node.IsNull()) return "";
  if (!node.IsScalar()) throw BadValue(node, describe(node));
  return node.Scalar();
}

std::string Text::print(const std::string& value) const { return quote(value); }

std::size_t parse_word(const YAML::Node& node, const std::vector<std::string>& words) {
  if (!node.IsScalar()) throw BadValue(node, describe(node));
  const auto at = std::find(words.begin(), words.end(), node.Scalar());
  if (at == words.end()) throw BadValue(node, describe(node), nearest(node.Scalar(), words));
  return static_cast<std::size_t>(at - words.begin());
}

std::vector<std::size_t> parse_words(const YAML::Node& node, const std::vector<std::string>& words) {
  if (sequence(node).size() == 0) throw BadValue(node, "an empty list");
  std::vector<std::size_t> result;
  for (const YAML::Node& entry : node) {
    const std::size_t at = parse_word(entry, words);
    const bool again = std::find(result.begin(), result.end(), at) != result.end();
    if (again) throw BadValue(entry, describe(entry) + " a second time");
    result.push_back(at);
  }
  return result;
}

}  // namespace zerogap::schema

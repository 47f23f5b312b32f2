// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

/// The kinds of values that keys have. Each has allowed() for messages and documentation, parse(node), which
/// throws BadValue, and print(value), which parses to the same value.
namespace zerogap::schema {

/// A value that its key does not allow; the text describes what was found. Caught by the code that knows file
/// and key.
class BadValue : public std::runtime_error {
 public:
  BadValue(const YAML::Node& node, const std::string& found, std::string near_to = "");

  YAML::Mark mark;   ///< its position
  std::string near;  ///< a similar allowed value; may be empty
};

/// A value as shown in messages: its text (quoted as in the file), or the kind of node.
std::string describe(const YAML::Node& node);

/// A whole number; the word `word`, if any, means `word_value`.
struct Integer {
  std::int64_t low = 0;
  std::int64_t high = std::numeric_limits<std::int32_t>::max();  ///< counts are multiplied by each other
  bool odd = false;
  std::string word = "";
  std::int64_t word_value = 0;

  std::string allowed() const;
  std::int64_t parse(const YAML::Node& node) const;
  std::string print(std::int64_t value) const;
};

/// Any unsigned 64-bit integer.
struct Seed {
  std::string allowed() const;
  std::uint64_t parse(const YAML::Node& node) const;
  std::string print(std::uint64_t value) const;
};

/// A finite real number between two limits, of which `low` may be excluded; `below` always is.
struct Number {
  double low = 0.0;
  bool open = false;
  double below = std::numeric_limits<double>::infinity();

  std::string allowed() const;
  double parse(const YAML::Node& node) const;
  std::string print(double value) const;
};

/// Above 0.
inline const Number positive{.open = true};
/// At least 0.
inline const Number not_negative{};
/// At least 0 and below 1.
inline const Number fraction{.below = 1.0};

/// Two numbers within the same limits.
struct NumberPair {
  Number each;

  std::string allowed() const;
  std::tuple<double, double> parse(const YAML::Node& node) const;
  std::string print(const std::tuple<double, double>& values) const;
};

/// A list of numbers, each within the same limits.
struct NumberList {
  Number each;

  std::string allowed() const;
  std::vector<double> parse(const YAML::Node& node) const;
  std::string print(const std::vector<double>& values) const;
};

/// true or false.
struct Flag {
  std::string allowed() const;
  bool parse(const YAML::Node& node) const;
  std::string print(bool value) const;
};

/// Any text; a missing value (`key:`) is the empty text.
struct Text {
  std::string allowed() const;
  std::string parse(const YAML::Node& node) const;
  std::string print(const std::string& value) const;
};

/// The index of the word in `node`.
std::size_t parse_word(const YAML::Node& node, const std::vector<std::string>& words);
/// The same for a nonempty list of different words.
std::vector<std::size_t> parse_words(const YAML::Node& node, const std::vector<std::string>& words);
/// The parts joined by the separator.
std::string join(const std::vector<std::string>& parts, const std::string& separator);

/// One of some words, each for a value of an enumeration.
template <class Enum>
struct Choice {
  std::vector<std::pair<std::string, Enum>> choices;
  /// Words of earlier versions, not among those allowed: the reader refuses them but in what zerogap wrote.
  std::vector<std::pair<std::string, Enum>> earlier = {};

  std::vector<std::string> words() const {
    std::vector<std::string> result;
    for (const auto& choice : choices) result.push_back(choice.first);
    return result;
  }
  std::string allowed() const { return join(words(), " | "); }
  Enum parse(const YAML::Node& node) const {
    for (const auto& [word, each] : earlier) {
      if (node.IsScalar() && node.Scalar() == word) return each;
    }
    return choices[parse_word(node, words())].second;
  }
  std::string print(Enum value) const {
    for (const auto* list : {&choices, &earlier}) {
      for (const auto& [word, each] : *list) {
        if (each == value) return word;
      }
    }
    throw std::logic_error("an enumeration's value has no word in the configuration's schema");
  }
};

/// A list of different words, at least one.
template <class Enum>
struct ChoiceList {
  Choice<Enum> each;

  std::string allowed() const { return "list of different " + each.allowed() + ", at least one"; }
  std::vector<Enum> parse(const YAML::Node& node) const {
    std::vector<Enum> result;
    for (const std::size_t at : parse_words(node, each.words())) result.push_back(each.choices[at].second);
    return result;
  }
  std::string print(const std::vector<Enum>& values) const {
    std::vector<std::string> result;
    for (const Enum value : values) result.push_back(each.print(value));
    return "[" + join(result, ", ") + "]";
  }
};

}  // namespace zerogap::schema

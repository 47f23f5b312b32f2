// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

namespace zerogap {

/// The value of one cell of a table: nothing, a flag, a number or a text.
class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool flag) : value_(flag) {}
  Value(double number) : value_(number) {}
  template <std::signed_integral Integer>
  Value(Integer number) : value_(std::int64_t{number}) {}
  template <std::unsigned_integral Integer>
  requires(!std::same_as<Integer, bool>) Value(Integer number) : value_(std::uint64_t{number}) {}
  Value(std::string text) : value_(std::move(text)) {}
  Value(const char* text) : value_(std::string(text)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_boolean() const { return std::holds_alternative<bool>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_real() const { return std::holds_alternative<double>(value_); }
  bool is_number() const { return !is_null() && !is_boolean() && !is_string(); }

  /// Of a flag or a text.
  bool flag() const { return std::get<bool>(value_); }
  const std::string& text() const { return std::get<std::string>(value_); }
  /// Of any number.
  double number() const {
    if (const auto* integer = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*integer);
    if (const auto* integer = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*integer);
    return std::get<double>(value_);
  }

  /// Numbers are compared by value, whatever their type.
  friend bool operator==(const Value& a, const Value& b) {
    return a.is_number() && b.is_number() ? a.number() == b.number() : a.value_ == b.value_;
  }
  template <class Visitor>
  auto visit(Visitor&& visitor) const {
    return std::visit(visitor, value_);
  }

 private:
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string> value_;
};

/// A text unchanged, which need not be UTF-8; any other value as in JSON: "null", "true", 0.1.
std::string words_of(const Value& value);

}  // namespace zerogap

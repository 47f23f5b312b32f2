// SPDX-License-Identifier: Apache-2.0
#include "config/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace zerogap::schema {
namespace {

/// Optimal string alignment: Levenshtein's distance with swaps of adjacent letters.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before_last, last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) now[j] = std::min(now[j], before_last[j - 2] + 1);
    }
    before_last = std::exchange(last, now);
  }
  return last[b.size()];
}

std::string last_part(const std::string& key) { return key.substr(key.rfind('.') + 1); }

}  // namespace

std::string nearest(const std::string& given, const std::vector<std::string>& known) {
  // No misspelt word is this long, and time and memory for the distance grow with the length.
  constexpr std::size_t longest = 100;
  if (given.size() > longest) return "";
  std::size_t best = std::max<std::size_t>(1, given.size() / 4) + 1;
  std::string result;
  for (const std::string& word : known) {
    const std::size_t d = distance(given, word);
    if (d < best && d < word.size()) {
      best = d;
      result = word;
    }
  }
  return result;
}

std::string nearest_key(const std::string& given, const std::vector<std::string>& known) {
  if (std::string key = nearest(given, known); !key.empty()) return key;
  std::vector<std::string> parts;
  for (const std::string& key : known) parts.push_back(last_part(key));
  const std::string part = nearest(last_part(given), parts);
  const auto first = std::find(parts.begin(), parts.end(), part);
  if (first == parts.end() || std::find(first + 1, parts.end(), part) != parts.end()) return "";
  return known[static_cast<std::size_t>(first - parts.begin())];
}

}  // namespace zerogap::schema

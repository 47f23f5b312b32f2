// SPDX-License-Identifier: Apache-2.0
#include "core/format.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace zerogap {
namespace {

/// Three significant digits without an exponent, for 0.001 <= |value| < 1,000 and 0; else as %g.
std::string three_digits(double value) {
  const double size = std::abs(value);
  if (size == 0.0) return "0";
  if (size < 0.0009995 || size >= 999500.0) return fmt::format("{:.3g}", value);
  // 9.995 is the least number that two decimals would show as 10.00.
  int decimals = 0;
  for (double limit = 99.95; size < limit && decimals < 5; limit /= 10.0) ++decimals;
  return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  if (seconds < 0.0) return "-" + format_duration(-seconds);
  if (seconds < 9.995) return fmt::format("{:.2f} s", seconds);
  if (seconds >= 1e15) return "?";
  const auto rounded = static_cast<std::int64_t>(std::llround(seconds));
  const std::int64_t minutes = rounded / 60;
  const std::int64_t hours = minutes / 60;
  if (minutes == 0) return fmt::format("{} s", rounded);
  if (hours == 0) return fmt::format("{} min {:02} s", minutes, rounded % 60);
  if (hours < 24) return fmt::format("{} h {:02} min", hours, minutes % 60);
  return fmt::format("{} d {:02} h", hours / 24, hours % 24);
}

std::string format_rate(double per_second, std::string_view unit) {
  if (!std::isfinite(per_second)) return fmt::format("? {}/s", unit);
  constexpr std::array<std::string_view, 7> prefixes{"", "k", "M", "G", "T", "P", "E"};
  std::size_t step = 0;
  while (std::abs(per_second) >= 999.5 && step + 1 < prefixes.size()) {
    per_second /= 1000.0;
    ++step;
  }
  return fmt::format("{} {}{}/s", three_digits(per_second), prefixes[step], unit);
}

std::string format_percent(double fraction) {
  if (!std::isfinite(fraction)) return "?";
  return three_digits(100.0 * fraction) + "%";
}

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024.0;
  std::size_t step = 0;
  while (value >= 1023.5 && step + 1 < units.size()) {
    value /= 1024.0;
    ++step;
  }
  return fmt::format("{} {}", three_digits(value), units[step]);
}

}  // namespace zerogap

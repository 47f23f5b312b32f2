// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace zerogap {

/// Numbers for messages: three significant digits, "?" if not finite.

/// "0.42 s", "41 s", "3 min 12 s", "2 h 05 min", "3 d 04 h".
std::string format_duration(double seconds);
/// 1.234e9 "pairs" -> "1.23 Gpairs/s".
std::string format_rate(double per_second, std::string_view unit);
/// 0.0431 -> "4.31%".
std::string format_percent(double fraction);
/// 1610612736 -> "1.50 GiB".
std::string format_bytes(std::uint64_t bytes);

}  // namespace zerogap

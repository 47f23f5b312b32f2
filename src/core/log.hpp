// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

/// Messages for people. Rank 0 writes to stderr and, once the run folder is known, to its log.txt; other
/// ranks write warnings and errors only, marked [rank N, host H]. A message that cannot be written is
/// dropped: logging never throws and never ends a run.
namespace zerogap::log {

/// Before this call the process counts as rank 0 of an unnamed host.
void start(int rank, const std::string& host);

/// Appends from now on to this file, every line with its ISO time. Does nothing on other ranks than 0. Warns
/// on the console, once, when the file cannot be opened or written.
void open_file(const std::filesystem::path& file);
/// Ends what open_file() began.
void close_file();

/// While `on`, each process writes to the file it opened whatever its rank, and the console shows only
/// warnings, errors and what is announced: for one training after the other.
void keep_to_file(bool on);
/// A line on the console, of any rank and at any time.
void announce(std::string_view text) noexcept;

/// Called before every line on the console, so that a progress line can get out of the way. Empty removes it.
void before_line(std::function<void()> hook);

/// How a line is shown: only in the file, plain, or marked.
enum class Level { record, info, warning, error };
/// One line; never throws, so that it can be said in any state.
void write(Level level, std::string_view text) noexcept;

/// Shown as it is.
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}

/// Shown as "warning: ...".
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}

/// A warning on rank 0 alone and once a process: of what all ranks meet, or one training after the other.
void warn_once(const std::string& text) noexcept;

/// Shown as "error: ...", with [rank N, host H] on every rank once start() was called.
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

/// To log.txt only: what the console shows in another way.
template <class... Args>
void record(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::record, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace zerogap::log

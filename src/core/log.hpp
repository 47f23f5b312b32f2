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

/// Sets rank and host. Before this call the process counts as rank 0 of an unnamed host.
void start(int rank, const std::string& host);

/// Appends messages to this file from now on, each line with its ISO time. Does nothing on ranks other than
/// 0. Warns on the console, once, if the file cannot be opened or written.
void open_file(const std::filesystem::path& file);
/// Stops writing to the file of open_file().
void close_file();

/// While `on`, each process writes to the file it opened whatever its rank, and the console shows only
/// warnings, errors and announcements. For processes that run one training after another.
void keep_to_file(bool on);
/// Writes a line to the console, on any rank and at any time.
void announce(std::string_view text) noexcept;

/// Sets a hook that is called before every line on the console, so that a progress line can be cleared. An
/// empty function removes it.
void before_line(std::function<void()> hook);

/// How a line is shown: only in the file, plain, or marked.
enum class Level { record, info, warning, error };
/// Writes one line; never throws, so it can be called in any state.
void write(Level level, std::string_view text) noexcept;

/// Shown without a prefix.
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}

/// Shown as "warning: ...".
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}

/// Warns on rank 0 only, and only once in each process. For conditions that every rank meets, or that every
/// training of a sweep repeats.
void warn_once(const std::string& text) noexcept;

/// Shown as "error: ...", with [rank N, host H] on every rank once start() was called.
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

/// Writes to log.txt only, for what the console shows in another way.
template <class... Args>
void record(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::record, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace zerogap::log

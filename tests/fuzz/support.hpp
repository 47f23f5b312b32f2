// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"

/// What the fuzz targets share. Each is one file NAME_fuzz.cpp that defines fuzz(); support.cpp calls it for
/// libFuzzer, or replay.cpp for the files of a corpus.
namespace zerogap::fuzzing {

/// Reads `bytes` as a reader would from a file. An Error is the right answer to anything; every other
/// exception, and whatever the sanitizers or libFuzzer's limits object to, is a finding.
void fuzz(std::string_view bytes);

/// Runs one reader; false where it threw an Error.
template <class Work>
bool accepts(Work&& work) {
  try {
    work();
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Ends the process where a reader broke a promise that no sanitizer knows of.
void require(bool kept, const char* promise);

/// This process's own empty folder in TMPDIR, which tests/fuzz/run puts into memory; gone when it ends.
const std::filesystem::path& folder();
/// The same, with nothing in it.
const std::filesystem::path& empty_folder();
/// Puts the bytes into `name` below folder() and returns its path.
std::string put(const std::string& name, std::string_view bytes);

/// A text that stands for several: what comes before the first line "=== NAME" has the name "", what follows
/// that line NAME, and so on.
using Parts = std::vector<std::pair<std::string, std::string>>;
Parts parts_of(std::string_view text);
/// The lines of the part of that name, without empty ones; none where there is no such part.
std::vector<std::string> lines_of(const Parts& parts, std::string_view name);
std::vector<std::string> lines_of(std::string_view text);
/// What stands between these letters, without what is empty.
std::vector<std::string> split(std::string_view text, char at);
/// The same for spaces.
std::vector<std::string> words_of(std::string_view line);

/// Whether a file of this name stays below the folder that it is put into, and is short enough for any disk.
bool is_safe_name(const std::string& name);

}  // namespace zerogap::fuzzing

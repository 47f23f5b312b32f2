// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "program/runs.hpp"
#include "support/small_disk.hpp"

/// What tests of kills and full disks share: what must hold of a folder whatever happened to the process that
/// wrote it.
namespace zerogap::test {

/// A folder for many runs: in memory where a small disk can be mounted, for a process that is killed finds
/// its files as it left them on any file system, and on a busy disk their flushing costs minutes; else as
/// others.
class QuickFolder {
 public:
  QuickFolder() : disk_(std::size_t{256} << 20) {}
  std::filesystem::path operator/(const std::string& name) const {
    return disk_.mounted() ? disk_.path() / name : folder_ / name;
  }

 private:
  SmallDisk disk_;
  Folder folder_;
};

/// Every line of the history is complete and later than the one before, except for bytes after the last
/// newline; each generation is intact; each JSON file parses. Temporary files may be left.
void expect_whole_run(const Training& run);
/// The same, and the evaluations so far are the first ones of `whole`.
void expect_whole_part_of(const Training& whole, const Training& run);

/// Every .json file below `folder` parses, and every history has complete lines. Returns the number of files.
int expect_whole_files(const std::filesystem::path& folder);

}  // namespace zerogap::test

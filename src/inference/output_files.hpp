// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/atomic_file.hpp"

namespace zerogap {

/// AtomicFiles of one folder. Unless they are kept, folders created for them are removed too.
class OutputFiles {
 public:
  /// Makes the folder if it is missing. Error (exit 3) if that fails.
  explicit OutputFiles(std::filesystem::path folder);
  ~OutputFiles();
  OutputFiles(const OutputFiles&) = delete;
  OutputFiles& operator=(const OutputFiles&) = delete;

  /// Error (exit 3) if the folder has such a file.
  void require_new(const std::string& name) const;
  /// Path to which to write the file that will be `name`.
  std::string add(const std::string& name);
  /// Gives all files their names. Error (exit 3) if that fails; no file then remains.
  void keep();

 private:
  std::filesystem::path folder_, made_;  ///< made_: the outermost folder that was missing; empty if none was
  AtomicFiles files_;
  bool kept_ = false;
};

}  // namespace zerogap

#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/new_file.hpp"

namespace zerogap {

/// Files of one folder that appear together or not at all: they are written under other names and renamed at
/// the end. Unless kept, they are removed again, and the folders that were made for them.
class OutputFiles {
 public:
  /// Makes the folder if it is missing. Error (exit 3) where that fails.
  explicit OutputFiles(std::filesystem::path folder);
  ~OutputFiles();
  OutputFiles(const OutputFiles&) = delete;
  OutputFiles& operator=(const OutputFiles&) = delete;

  /// Error (exit 3) where the folder has such a file.
  void require_new(const std::string& name) const;
  /// Where to write the file that will be `name`.
  std::string add(const std::string& name);
  /// Gives all files their names. Error (exit 3) where that fails; none then remains.
  void keep();

 private:
  std::filesystem::path folder_, made_;  ///< made_: the outermost folder that was missing; empty if none was
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<NewFile>> files_;
  std::size_t named_ = 0;  ///< of them have their names
  bool kept_ = false;
};

}  // namespace zerogap

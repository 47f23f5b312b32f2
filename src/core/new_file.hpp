#pragma once

#include <filesystem>
#include <string>

namespace zerogap {

/// The rule for every output that a person names: it replaces nothing. Throws Error (exit 3) where there is
/// something of this name, be it a link that leads nowhere, or where the folder for it is not there. To be
/// called before anything is computed.
void require_new(const std::filesystem::path& file);

/// The same, but that a file for which `ours` says so may be replaced: an earlier output of the same command.
/// `what` is its name in words ("a table of zerogap collect").
void require_new_or(const std::filesystem::path& file, bool (*ours)(const std::filesystem::path&),
                    const std::string& what);

/// A file that appears whole or not at all, and replaces nothing: it is written under another name beside,
/// which nobody else has, and gets its own in the end.
class NewFile {
 public:
  /// require_new(), and takes the other name. Error (exit 3) where nothing can be written there.
  explicit NewFile(std::filesystem::path file);
  /// Removes what was not kept.
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  /// Where to write. There is an empty file.
  const std::filesystem::path& beside() const { return beside_; }
  /// Gives it its name, lasting. Error (exit 3) where that fails, or where something has the name meanwhile.
  void keep();

 private:
  std::filesystem::path file_, beside_;
};

/// Renames, and replaces nothing, on file systems that cannot promise it too as far as one can look. 0 or
/// errno, EEXIST where `to` is there.
int rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace zerogap

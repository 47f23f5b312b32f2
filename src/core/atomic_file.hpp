// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Files that are complete or absent at every moment, also after a crash: written under a temporary name in
/// the same folder, flushed to the device, renamed, and the folder's entry flushed.
namespace zerogap {

/// Checks that an output named by the user replaces nothing. Throws Error (exit 3) if something has this
/// name, even a dangling link, or if its folder does not exist. To be called before anything is computed.
void require_new(const std::filesystem::path& file);

/// The same, except that a file for which `is_replaceable` returns true may be replaced, such as an earlier
/// output of the same command. `what` describes such a file in messages ("a table of zerogap collect").
void require_new_or(const std::filesystem::path& file, bool (*is_replaceable)(const std::filesystem::path&),
                    const std::string& what);

/// Renames without replacing anything. On file systems that support neither this nor hard links, `to` is only
/// checked first. Returns 0 or errno, EEXIST if `to` exists.
int rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to);

/// Writes `text` to `file`, replacing its contents. Throws Error (exit 3) on failure; the file is then
/// unchanged and no temporary file remains.
void write_file(const std::filesystem::path& file, std::string_view text);

/// A new file that replaces nothing. The destructor removes it unless keep() or rename() was called.
class AtomicFile {
 public:
  /// Calls require_new(), then creates an empty file under a unique temporary name. Throws Error (exit 3) if
  /// nothing can be written there.
  explicit AtomicFile(std::filesystem::path file);
  /// For a caller that creates the file itself, under a temporary name of its choice in the same folder.
  AtomicFile(std::filesystem::path file, std::filesystem::path temporary)
      : file_(std::move(file)), made_(std::move(temporary)) {}
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Where to write until keep() is called.
  const std::filesystem::path& temporary() const { return made_; }
  /// Flushes the bytes to the device and gives the file its name, durably. Throws Error (exit 3) if that
  /// fails, or if something has the name by now.
  void keep();
  /// The same for bytes that are on the device already.
  void rename();

 private:
  std::filesystem::path file_, made_;  ///< made_: the temporary file, which the destructor removes
};

/// Several files that appear together or not at all, as far as a file system can promise: all are written
/// before the first one gets its name, and if one fails, none remains.
class AtomicFiles {
 public:
  AtomicFiles() = default;
  ~AtomicFiles() { discard(); }
  AtomicFiles(const AtomicFiles&) = delete;
  AtomicFiles& operator=(const AtomicFiles&) = delete;

  /// Where to write the file that will have this name. Throws Error (exit 3) as AtomicFile does.
  const std::filesystem::path& add(const std::filesystem::path& file);
  /// Gives all files their names. Throws Error (exit 3) if that fails; none is then left by the destructor.
  void keep();
  /// Removes all files that were added and not kept.
  void discard();

 private:
  std::vector<std::filesystem::path> names_;
  std::vector<std::unique_ptr<AtomicFile>> files_;
  std::size_t named_ = 0;  ///< how many have their final names
};

}  // namespace zerogap

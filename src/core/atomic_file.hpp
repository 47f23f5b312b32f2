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

/// The rule for every output that a person names: it replaces nothing. Throws Error (exit 3) where there is
/// something of this name, be it a link that leads nowhere, or where the folder for it is not there. To be
/// called before anything is computed.
void require_new(const std::filesystem::path& file);

/// The same, but that a file for which `ours` says so may be replaced: an earlier output of the same command.
/// `what` is its name in words ("a table of zerogap collect").
void require_new_or(const std::filesystem::path& file, bool (*ours)(const std::filesystem::path&),
                    const std::string& what);

/// Renames, and replaces nothing, on file systems that cannot promise it too as far as one can look. 0 or
/// errno, EEXIST where `to` is there.
int rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to);

/// Puts `text` into `file` and replaces what was there. Throws Error (exit 3) when that fails; the file is
/// then unchanged and no temporary file remains.
void write_file(const std::filesystem::path& file, std::string_view text);

/// One file that replaces nothing and is removed again unless it was kept.
class AtomicFile {
 public:
  /// require_new(), and makes an empty file under a temporary name that nobody else has. Throws Error (exit
  /// 3) where nothing can be written there.
  explicit AtomicFile(std::filesystem::path file);
  /// For a temporary name in the same folder that the caller has chosen, and who makes the file.
  AtomicFile(std::filesystem::path file, std::filesystem::path temporary)
      : file_(std::move(file)), made_(std::move(temporary)) {}
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Where to write, until it is kept.
  const std::filesystem::path& temporary() const { return made_; }
  /// Flushes the bytes to the device and gives the file its name, durably. Throws Error (exit 3) where that
  /// fails, or where something has the name by now.
  void keep();
  /// The same for bytes that are on the device already.
  void rename();

 private:
  std::filesystem::path file_, made_;  ///< made_: what the destructor removes
};

/// Several files that appear together or not at all, as far as a file system can promise: all are written
/// before the first one gets its name, and where one fails, none remains.
class AtomicFiles {
 public:
  AtomicFiles() = default;
  ~AtomicFiles() { discard(); }
  AtomicFiles(const AtomicFiles&) = delete;
  AtomicFiles& operator=(const AtomicFiles&) = delete;

  /// Where to write the file that will have this name. Throws Error (exit 3) as AtomicFile does.
  const std::filesystem::path& add(const std::filesystem::path& file);
  /// Gives all files their names. Throws Error (exit 3) where that fails; none is then left by the
  /// destructor.
  void keep();
  /// Removes all files that were added and not kept.
  void discard();

 private:
  std::vector<std::filesystem::path> names_;
  std::vector<std::unique_ptr<AtomicFile>> files_;
  std::size_t named_ = 0;  ///< of them have their names
};

}  // namespace zerogap

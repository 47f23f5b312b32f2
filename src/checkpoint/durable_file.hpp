#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace zerogap {

/// A file descriptor that closes itself. Throws Error (exit 3) where the file cannot be opened.
class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const std::filesystem::path& file, int flags);
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;

  int get() const { return number_; }
  std::uint64_t size() const;
  /// The bytes written through any descriptor are on the device when this returns.
  void sync() const;
  /// Closes, and reports what the destructor would not: some file systems tell only then that a write failed.
  void close();

 private:
  std::filesystem::path file_;
  int number_ = -1;
};

/// A file that is removed again unless it was kept. For the one rank that makes and renames it.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path file) : file_(std::move(file)) {}
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  /// Renames; throws Error (exit 3) where `name` exists already.
  void rename(const std::filesystem::path& name);
  void keep() { kept_ = true; }

 private:
  std::filesystem::path file_;
  bool kept_ = false;
};

/// Throws Error (exit 3) with both numbers where `folder` has not that many bytes free.
void require_space(const std::filesystem::path& folder, std::uint64_t bytes);
/// Makes the file `bytes` long and reserves its blocks, so that writing into it cannot run out of space. On
/// file systems that cannot reserve it only sets the length.
void reserve(const Descriptor& file, const std::filesystem::path& name, std::uint64_t bytes);
void write_at(const Descriptor& file, const std::filesystem::path& name, std::uint64_t at, const void* bytes,
              std::size_t count);
/// Throws Error (exit 3) also where the file ends before.
void read_at(const Descriptor& file, const std::filesystem::path& name, std::uint64_t at, void* bytes,
             std::size_t count);
/// Makes renamed and removed names in `folder` durable.
void sync_names(const std::filesystem::path& folder);

/// What errno says, without its macro.
std::string errno_text(int number);
/// "3.2 MiB"
std::string bytes_text(std::uint64_t bytes);

}  // namespace zerogap

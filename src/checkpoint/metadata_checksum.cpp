// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/metadata_checksum.hpp"

#include <fcntl.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "checkpoint/durable_file.hpp"

namespace zerogap {
namespace {

constexpr char letters[] = "zerogap.";
constexpr std::size_t word = sizeof(std::uint64_t);

/// XXH3 of the pieces added.
class Hash {
 public:
  Hash() { XXH3_64bits_reset(state_.get()); }
  void add(const void* bytes, std::size_t count) { XXH3_64bits_update(state_.get(), bytes, count); }
  std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_{XXH3_createState()};
};

std::string raw(std::uint64_t number) { return {reinterpret_cast<const char*>(&number), word}; }

std::string table_of(std::span<const InMemoryFile::Stretch> stretches) {
  std::string table;
  for (const auto& stretch : stretches) table += raw(stretch.address) + raw(stretch.length);
  return table + raw(stretches.size());
}

/// The hash of the stretches' bytes, which read(address, bytes, count) provides, and of the table.
template <class Read>
std::uint64_t hash_of(std::span<const InMemoryFile::Stretch> stretches, Read read) {
  Hash hash;
  std::string buffer(std::size_t{1} << 16, '\0');
  for (const auto& stretch : stretches) {
    for (std::uint64_t done = 0; done < stretch.length; done += buffer.size()) {
      const auto count = std::min<std::uint64_t>(buffer.size(), stretch.length - done);
      read(stretch.address + done, buffer.data(), count);
      hash.add(buffer.data(), count);
    }
  }
  const std::string table = table_of(stretches);
  hash.add(table.data(), table.size());
  return hash.value();
}

/// A trailer as found at the end of a file.
struct Found {
  std::vector<InMemoryFile::Stretch> stretches;
  std::uint64_t hash = 0;
  bool present = false, possible = false;
};

Found find_trailer(const OpenFile& file) {
  constexpr std::uint64_t tail_bytes = 3 * word;
  Found found;
  const std::uint64_t size = file.size();
  if (size < tail_bytes) return found;
  char tail[tail_bytes];
  file.read_at(size - tail_bytes, tail, tail_bytes);
  found.present = std::memcmp(tail + 2 * word, letters, word) == 0;
  std::uint64_t count = 0;
  std::memcpy(&count, tail, word);
  std::memcpy(&found.hash, tail + word, word);
  if (!found.present || count > (size - tail_bytes) / (2 * word)) return found;
  const std::uint64_t begin = size - tail_bytes - count * 2 * word;
  found.stretches.resize(count);
  file.read_at(begin, found.stretches.data(), count * 2 * word);
  std::uint64_t end = 0;  // ascending and before the trailer, so no more is read than the file has
  for (const auto& [address, length] : found.stretches) {
    if (address < end || address > begin || length > begin - address) return found;
    end = address + length;
  }
  found.possible = true;
  return found;
}

}  // namespace

std::string make_trailer(const InMemoryFile& file) {
  const std::vector<InMemoryFile::Stretch> stretches = file.written();
  const std::uint64_t hash = hash_of(stretches, [&](std::uint64_t at, char* bytes, std::size_t count) {
    file.read(at, reinterpret_cast<std::byte*>(bytes), count);
  });
  return table_of(stretches) + raw(hash) + letters;
}

TrailerState check_trailer(const std::filesystem::path& file) {
  const OpenFile open(file, O_RDONLY);
  const Found found = find_trailer(open);
  if (!found.present) return TrailerState::absent;
  if (!found.possible) return TrailerState::broken;
  const auto read = [&](std::uint64_t at, char* bytes, std::size_t count) { open.read_at(at, bytes, count); };
  return hash_of(found.stretches, read) == found.hash ? TrailerState::intact : TrailerState::broken;
}

}  // namespace zerogap

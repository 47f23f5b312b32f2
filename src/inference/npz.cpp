// SPDX-License-Identifier: Apache-2.0
#include "inference/npz.hpp"

#include <zlib.h>

#include <bit>
#include <cstring>

#include "core/error.hpp"

namespace zerogap {
namespace {

constexpr std::size_t kMostBytes = 0xffffffff;

/// Little-endian, as zip requires on any machine.
void put(std::string& to, std::uint64_t value, int bytes) {
  for (; bytes > 0; --bytes, value >>= 8) to.push_back(static_cast<char>(value & 255));
}

std::string npy(const std::vector<std::int64_t>& shape, std::span<const double> values) {
  std::string sizes;
  for (const auto size : shape) sizes += std::to_string(size) + ",";
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + sizes + "), }";
  constexpr std::size_t prefix = 10, alignment = 64;
  header.append((alignment - (prefix + header.size() + 1) % alignment) % alignment, ' ');
  header.push_back('\n');
  std::string file("\x93NUMPY\x01\x00", 8);
  put(file, header.size(), 2);
  file += header;
  for (const double value : values) put(file, std::bit_cast<std::uint64_t>(value), 8);
  return file;
}

/// The common part of an entry's header and the archive's directory: version, flags, method "stored", time
/// and date (1 January 1980), checksum, two sizes, the length of the name, no extra field.
void put_description(std::string& to, const std::string& name, const std::string& file) {
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(file.data()), file.size());
  put(to, 20, 2);
  put(to, 0, 2);
  put(to, 0, 2);
  put(to, 0, 2);
  put(to, 0x21, 2);
  put(to, crc, 4);
  put(to, file.size(), 4);
  put(to, file.size(), 4);
  put(to, name.size(), 2);
  put(to, 0, 2);
}

}  // namespace

void NpzArchive::add(const std::string& name, const std::vector<std::int64_t>& shape,
                     std::span<const double> values) {
  const std::string file = npy(shape, values), entry = name + ".npy";
  const std::size_t start = entries_.size();
  put(entries_, 0x04034b50, 4);
  put_description(entries_, entry, file);
  entries_ += entry + file;
  put(directory_, 0x02014b50, 4);
  put(directory_, 20, 2);
  put_description(directory_, entry, file);
  put(directory_, 0, 2 + 2 + 2 + 4);  // no comment, first disk, no attributes
  put(directory_, start, 4);
  directory_ += entry;
  ++count_;
}

std::string NpzArchive::bytes() const {
  if (entries_.size() + directory_.size() > kMostBytes)
    throw data_error("the network is too large for an npz file", "4 GiB is the most", "export it as hdf5");
  std::string all = entries_ + directory_;
  put(all, 0x06054b50, 4);
  put(all, 0, 4);
  put(all, static_cast<std::uint64_t>(count_), 2);
  put(all, static_cast<std::uint64_t>(count_), 2);
  put(all, directory_.size(), 4);
  put(all, entries_.size(), 4);
  put(all, 0, 2);
  return all;
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/checksum.hpp"
#include "checkpoint/data_types.hpp"
#include "checkpoint/durable_file.hpp"
#include "checkpoint/entry_names.hpp"
#include "checkpoint/file_contents.hpp"
#include "checkpoint/metadata_checksum.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "hdf5/calls.hpp"

namespace zerogap {

namespace fs = std::filesystem;

struct CheckpointReader::File {
  fs::path path;
  hdf5::Handle handle;
  FileContents contents;
  std::int64_t schema = 0;
  std::string checksum;

  const FileContents::Array& array(const std::string& name) const {
    const auto found = contents.arrays.find(name);
    if (found != contents.arrays.end()) return found->second;
    throw data_error(fmt::format("{} has no array {}", path.string(), name), "",
                     "see what it has: zerogap inspect " + path.string());
  }
};

namespace {

constexpr const char* use_another = "use an older generation, or another copy of this one";

Error unreadable(const fs::path& file, const std::string& why, const char* todo = use_another) {
  return data_error("cannot read " + file.string(), why, todo);
}

/// Checks that the file can be opened and has HDF5's signature at a valid position (0, 512, 1024, 2048, ...).
void check_signature(const fs::path& name) {
  constexpr char signature[] = "\x89HDF\r\n\x1a\n";
  constexpr std::uint64_t length = sizeof signature - 1;
  std::error_code failed;
  if (!fs::exists(name, failed)) throw unreadable(name, "there is no such file", "check the path");
  if (!fs::is_regular_file(name, failed)) throw unreadable(name, "it is not a regular file", "name a file");
  if (::access(name.c_str(), R_OK) != 0)
    throw unreadable(name, std::strerror(errno), "check its permissions");
  const OpenFile file(name, O_RDONLY);
  const std::uint64_t size = file.size();
  if (size < length) throw unreadable(name, fmt::format("truncated: it has {} bytes", size));
  for (std::uint64_t at = 0; at <= size - length; at = at == 0 ? 512 : 2 * at) {
    char bytes[length];
    file.read_at(at, bytes, length);
    if (std::memcmp(bytes, signature, length) == 0) return;
  }
  throw unreadable(name, "foreign: not an HDF5 file", "name an HDF5 file");
}

hdf5::Handle open_hdf5(const fs::path& file) {
  check_signature(file);
  if (check_trailer(file) == TrailerState::broken)
    throw unreadable(file, "corrupted: metadata checksum mismatch");
  const hdf5::Handle access = hdf5::make_file_access();
  try {
    return hdf5::Handle(hdf5::check(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access.get()), "H5Fopen"));
  } catch (const hdf5::CallFailure& failure) {
    constexpr std::uintmax_t smallest = 96;  // a superblock with a root group is at least as long
    std::error_code ignored;
    const bool cut = std::string(failure.what()).find("truncated") != std::string::npos;
    if (cut || fs::file_size(file, ignored) < smallest)
      throw unreadable(file, fmt::format("truncated: it has {} bytes, fewer than its header says",
                                         fs::file_size(file, ignored)));
    throw unreadable(file, fmt::format("corrupted: HDF5 cannot open it, {}", failure.what()));
  }
}

/// Whether the root group has zerogap's mark. Throws CallFailure if it cannot be read.
bool has_mark(hid_t file) {
  if (hdf5::check(H5Aexists(file, layout::mark_attribute), "H5Aexists") == 0) return false;
  try {
    return read_attribute(file, layout::mark_attribute) == Attribute(std::string(layout::mark));
  } catch (const UnexpectedContents&) {
    return false;
  }
}

template <class T>
T root_attribute(hid_t file, const char* name) {
  const Attribute attribute = read_attribute(file, name);
  if (const T* value = std::get_if<T>(&attribute)) return *value;
  throw UnexpectedContents(fmt::format("attribute {} is of another type", name));
}

void read_rows(hid_t dataset, const FileContents::Array& array, hid_t memory_type, std::uint64_t first,
               std::uint64_t rows, void* values) {
  std::vector<std::uint64_t> part = array.shape;
  part[0] = rows;
  const hdf5::Handle memory = hdf5::make_dataspace(part);
  const hdf5::Handle selected = hdf5::select_rows(dataset, array.shape, first, rows);
  hdf5::check(H5Dread(dataset, memory_type, memory.get(), selected.get(), H5P_DEFAULT, values), "H5Dread");
}

std::string computed_checksum(hid_t file, std::int64_t schema, const FileContents& contents) {
  constexpr std::uint64_t buffer_bytes = 4 << 20;
  Checksum sum;
  sum.add_attributes(schema, contents.attributes);
  std::vector<std::byte> buffer;
  for (const auto& [path, array] : contents.arrays) {
    sum.add_array(path, array.type, array.shape);
    const std::uint64_t bytes = row_bytes(array.type, array.shape);
    if (bytes == 0 || array.shape[0] == 0) continue;
    const hdf5::Handle dataset = hdf5::open_dataset(file, path);
    const std::uint64_t step = std::clamp<std::uint64_t>(buffer_bytes / bytes, 1, array.shape[0]);
    buffer.resize(step * bytes);
    for (std::uint64_t first = 0; first < array.shape[0]; first += step) {
      const std::uint64_t rows = std::min(step, array.shape[0] - first);
      read_rows(dataset.get(), array, memory_type(array.type), first, rows, buffer.data());
      sum.add_rows(path, array.type, array.shape, first, rows, buffer.data());
    }
  }
  return checksum_text(sum.value());
}

template <class T>
constexpr DataType type_for() {
  if constexpr (std::is_same_v<T, float>) return DataType::float32;
  if constexpr (std::is_same_v<T, double>) return DataType::float64;
  return DataType::int64;
}

/// Reads the fields of an opened file; the schema first, since the others depend on it.
template <class File>
void read_fields(File& file, bool verify) {
  const hid_t id = file.handle.get();
  if (!has_mark(id))
    throw unreadable(file.path, "foreign: an HDF5 file, but not a zerogap checkpoint",
                     "name a file that zerogap wrote");
  file.schema = root_attribute<std::int64_t>(id, layout::schema_attribute);
  if (file.schema > checkpoint_schema)
    throw unreadable(
        file.path,
        fmt::format("newer: its schema is {}, this zerogap knows up to {}", file.schema, checkpoint_schema),
        "upgrade zerogap");
  file.checksum = root_attribute<std::string>(id, layout::checksum_attribute);
  file.contents = read_contents(id);
  if (!verify) return;
  if (check_trailer(file.path) == TrailerState::absent)
    throw unreadable(file.path, "truncated or corrupted: its last bytes, the metadata checksum, are missing");
  const std::string computed = computed_checksum(id, file.schema, file.contents);
  if (computed != file.checksum)
    throw unreadable(file.path,
                     fmt::format("corrupted: its content has checksum {}, not {}", computed, file.checksum));
}

}  // namespace

CheckpointReader::CheckpointReader(const fs::path& file, bool verify) : file_(std::make_unique<File>()) {
  const hdf5::Quiet quiet;
  file_->path = file;
  file_->handle = open_hdf5(file);
  try {
    read_fields(*file_, verify);
  } catch (const Error&) {
    throw;
  } catch (
      const std::exception& failure) {  // HDF5's, unexpected contents, or sizes that do not fit into memory
    throw unreadable(file, fmt::format("corrupted: {}", failure.what()));
  }
}

CheckpointReader::CheckpointReader(std::unique_ptr<File> file) : file_(std::move(file)) {}
CheckpointReader::~CheckpointReader() = default;
CheckpointReader::CheckpointReader(CheckpointReader&&) noexcept = default;
CheckpointReader& CheckpointReader::operator=(CheckpointReader&&) noexcept = default;

CheckpointReader open_plain(const fs::path& file) {
  const hdf5::Quiet quiet;
  auto opened = std::make_unique<CheckpointReader::File>();
  opened->path = file;
  opened->handle = open_hdf5(file);
  try {
    opened->contents = read_plain_contents(opened->handle.get());
  } catch (const std::exception& failure) {
    throw unreadable(file, failure.what(), "check the file with h5dump -H");
  }
  return CheckpointReader(std::move(opened));
}

CheckpointReader open_weights(const fs::path& file) {
  return is_checkpoint(file) ? CheckpointReader(file) : open_plain(file);
}

bool is_checkpoint(const fs::path& file) {
  const hdf5::Quiet quiet;
  try {
    return has_mark(open_hdf5(file).get());
  } catch (const std::exception&) {
    return false;
  }
}

const fs::path& CheckpointReader::path() const { return file_->path; }
std::int64_t CheckpointReader::schema() const { return file_->schema; }
std::string CheckpointReader::checksum() const { return file_->checksum; }
const std::map<std::string, Attribute>& CheckpointReader::attributes() const {
  return file_->contents.attributes;
}

namespace {

template <class T>
const T& attribute_as(const CheckpointReader& reader, const std::string& key, const char* kind) {
  const auto found = reader.attributes().find(key);
  if (found == reader.attributes().end())
    throw data_error(fmt::format("{} has no entry {}", reader.path().string(), key), "",
                     "see what it has: zerogap inspect " + reader.path().string());
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  throw data_error(fmt::format("entry {} of {} is not of type {}", key, reader.path().string(), kind), "",
                   "see what it has: zerogap inspect " + reader.path().string());
}

}  // namespace

std::int64_t CheckpointReader::integer(const std::string& key) const {
  return attribute_as<std::int64_t>(*this, key, "integer");
}
double CheckpointReader::real(const std::string& key) const {
  return attribute_as<double>(*this, key, "real number");
}
std::string CheckpointReader::text(const std::string& key) const {
  return attribute_as<std::string>(*this, key, "text");
}

std::vector<std::string> CheckpointReader::arrays() const {
  std::vector<std::string> paths;
  for (const auto& array : file_->contents.arrays) paths.push_back(array.first);
  return paths;
}

bool CheckpointReader::has(const std::string& path) const { return file_->contents.arrays.contains(path); }
std::vector<std::uint64_t> CheckpointReader::shape(const std::string& path) const {
  return file_->array(path).shape;
}
DataType CheckpointReader::type(const std::string& path) const { return file_->array(path).type; }

template <class T>
std::vector<T> CheckpointReader::read(const std::string& path, std::uint64_t first,
                                      std::uint64_t rows) const {
  const hdf5::Quiet quiet;
  const FileContents::Array& array = file_->array(path);
  const std::string name = fmt::format("{} of {}", path, file_->path.string());
  if (rows > array.shape[0] || first > array.shape[0] - rows)
    throw data_error("cannot read rows of " + name,
                     fmt::format("it has {}, not {} from {} on", array.shape[0], rows, first),
                     "check what the file was made for");
  if (std::is_integral_v<T> && array.type != DataType::int64)
    throw data_error("cannot read " + name + " as integers", fmt::format("it is {}", name_of(array.type)),
                     "check what the file was made for");
  try {
    const std::uint64_t bytes = row_bytes(array.type, array.shape);
    if (!array.elsewhere && !may_hold(file_->path, static_cast<double>(rows) * static_cast<double>(bytes)))
      throw data_error("cannot read " + name,
                       fmt::format("its shape {} promises more values than the file has room for",
                                   shape_text(array.shape)),
                       use_another);
    std::vector<T> values(rows * (bytes / size_of(array.type)));
    if (values.empty()) return values;
    const hdf5::Handle dataset = hdf5::open_dataset(file_->handle.get(), path);
    read_rows(dataset.get(), array, memory_type(type_for<T>()), first, rows, values.data());
    return values;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& failure) {
    throw data_error("cannot read " + name, failure.what(), use_another);
  }
}

template <class T>
std::vector<T> CheckpointReader::read(const std::string& path) const {
  return read<T>(path, 0, file_->array(path).shape[0]);
}

template std::vector<double> CheckpointReader::read(const std::string&, std::uint64_t, std::uint64_t) const;
template std::vector<float> CheckpointReader::read(const std::string&, std::uint64_t, std::uint64_t) const;
template std::vector<std::int64_t> CheckpointReader::read(const std::string&, std::uint64_t,
                                                          std::uint64_t) const;
template std::vector<double> CheckpointReader::read(const std::string&) const;
template std::vector<float> CheckpointReader::read(const std::string&) const;
template std::vector<std::int64_t> CheckpointReader::read(const std::string&) const;

}  // namespace zerogap

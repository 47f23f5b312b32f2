// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/file_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "checkpoint/checksum.hpp"
#include "checkpoint/data_types.hpp"
#include "checkpoint/entry_names.hpp"
#include "core/error.hpp"
#include "hdf5/calls.hpp"

namespace zerogap {
namespace {

Error impossible(const std::string& why) {
  return runtime_failure("these contents cannot make a checkpoint", why, "report this as a bug in zerogap");
}

void check_path(const std::string& path) {
  const std::string framed = "/" + path + "/";
  const bool bad = path.empty() || path.find('\0') != std::string::npos ||
                   framed.find("//") != std::string::npos || framed.find("/./") != std::string::npos ||
                   framed.find("/../") != std::string::npos;
  if (bad) throw impossible(fmt::format("'{}' is not a valid path", path));
}

void check_array(const ArrayRows& array) {
  check_path(array.path);
  const std::string meta = fmt::format("{}/", layout::meta_group);
  if (array.path + "/" == meta || array.path.starts_with(meta))
    throw impossible(fmt::format("'{}' lies under {}, where the attributes are", array.path, meta));
  if (array.shape.empty()) throw impossible(fmt::format("{} has no shape", array.path));
  array_bytes(array.type, array.shape);  // throws if it overflows
  if (array.rows > array.shape[0] || array.first > array.shape[0] - array.rows)
    throw impossible(fmt::format("{} has {} rows, not {} from {} on", array.path, array.shape[0], array.rows,
                                 array.first));
  if (array.values == nullptr && array.rows * row_bytes(array.type, array.shape) > 0)
    throw impossible(fmt::format("{} has rows and no values", array.path));
}

struct Range {
  std::uint64_t first, rows;
};

/// A rank's description: the hash of what must be the same on all ranks, and its rows of every array.
std::string account(const CheckpointContents& contents) {
  std::string text = checksum_text(description_hash(contents));
  for (const ArrayRows& array : contents.arrays) text += fmt::format(" {} {}", array.first, array.rows);
  return text;
}

std::vector<Range> ranges_of(const std::string& text) {
  std::vector<std::uint64_t> numbers;
  const char* const end = text.data() + text.size();
  // Each number is preceded by a space.
  for (const char* at = std::find(text.data(), end, ' '); at != end;)
    at = std::from_chars(at + 1, end, numbers.emplace_back()).ptr;
  std::vector<Range> ranges;
  for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) ranges.push_back({numbers[i], numbers[i + 1]});
  return ranges;
}

void check_cover(const ArrayRows& array, std::vector<Range> ranges) {
  std::erase_if(ranges, [](const Range& range) { return range.rows == 0; });
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  std::uint64_t next = 0;
  for (const Range& range : ranges) {
    if (range.first != next)
      throw impossible(fmt::format("row {} of {} is given {}", std::min(next, range.first), array.path,
                                   range.first > next ? "by no rank" : "by two ranks"));
    next = range.first + range.rows;
  }
  if (next != array.shape[0])
    throw impossible(fmt::format("row {} of {} is given by no rank", next, array.path));
}

hdf5::Handle untimed(hid_t kind) {
  // Without time stamps, equal contents give equal files, byte for byte.
  hdf5::Handle properties = hdf5::make_properties(kind);
  hdf5::check(H5Pset_obj_track_times(properties.get(), false), "H5Pset_obj_track_times");
  return properties;
}

/// Makes the groups above `path` that do not exist.
void make_groups(hid_t file, const std::string& path) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string group = path.substr(0, slash);
    if (hdf5::check(H5Lexists(file, group.c_str(), H5P_DEFAULT), "H5Lexists") > 0) continue;
    const hdf5::Handle properties = untimed(H5P_GROUP_CREATE);
    hdf5::Handle(hdf5::check(H5Gcreate2(file, group.c_str(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                             "H5Gcreate2"));
  }
}

hdf5::Handle make_dataset(hid_t file, const std::string& path, hid_t type, hid_t space) {
  make_groups(file, path);
  // Allocated early, so that the address of every value is fixed now. Never filled, since ranks write every
  // value.
  const hdf5::Handle properties = untimed(H5P_DATASET_CREATE);
  hdf5::check(H5Pset_alloc_time(properties.get(), H5D_ALLOC_TIME_EARLY), "H5Pset_alloc_time");
  hdf5::check(H5Pset_fill_time(properties.get(), H5D_FILL_TIME_NEVER), "H5Pset_fill_time");
  return hdf5::Handle(hdf5::check(
      H5Dcreate2(file, path.c_str(), type, space, H5P_DEFAULT, properties.get(), H5P_DEFAULT), "H5Dcreate2"));
}

/// A string type of exactly this many bytes, which may include NULs, plus a terminator.
hdf5::Handle text_type(std::size_t bytes) {
  hdf5::Handle type(hdf5::check(H5Tcopy(H5T_C_S1), "H5Tcopy"));
  hdf5::check(H5Tset_size(type.get(), bytes + 1), "H5Tset_size");
  hdf5::check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "H5Tset_cset");
  return type;
}

void make_attribute(hid_t object, const std::string& name, hid_t stored, hid_t memory, const void* value) {
  const hdf5::Handle space(hdf5::check(H5Screate(H5S_SCALAR), "H5Screate"));
  const hdf5::Handle attribute(hdf5::check(
      H5Acreate2(object, name.c_str(), stored, space.get(), H5P_DEFAULT, H5P_DEFAULT), "H5Acreate2"));
  hdf5::check(H5Awrite(attribute.get(), memory, value), "H5Awrite");
}

void make_text_attribute(hid_t object, const char* name, const std::string& text) {
  const hdf5::Handle type = text_type(text.size());
  make_attribute(object, name, type.get(), type.get(), text.c_str());
}

/// Numbers are HDF5 attributes of the group meta; texts are datasets in it, since an attribute holds no more
/// than 64 KiB.
void make_meta(hid_t file, const std::map<std::string, Attribute>& attributes) {
  make_groups(file, fmt::format("{}/", layout::meta_group));
  const hdf5::Handle meta(hdf5::check(H5Gopen2(file, layout::meta_group, H5P_DEFAULT), "H5Gopen2"));
  for (const auto& [key, value] : attributes) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      make_attribute(meta.get(), key, H5T_STD_I64LE, H5T_NATIVE_INT64, integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
      make_attribute(meta.get(), key, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, real);
    } else {
      const auto& text = std::get<std::string>(value);
      const hdf5::Handle type = text_type(text.size());
      const hdf5::Handle space(hdf5::check(H5Screate(H5S_SCALAR), "H5Screate"));
      const hdf5::Handle dataset = make_dataset(meta.get(), key, type.get(), space.get());
      hdf5::check(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, text.c_str()),
                  "H5Dwrite");
    }
  }
}

}  // namespace

void check_contents(const CheckpointContents& contents) {
  std::set<std::string> seen;
  for (const ArrayRows& array : contents.arrays) {
    check_array(array);
    if (!seen.insert(array.path).second) throw impossible(fmt::format("{} is given twice", array.path));
  }
  for (const auto& attribute : contents.attributes) check_path(attribute.first);
}

void check_agreement(const CheckpointContents& contents, Communicator& world) {
  // All ranks gather the same texts and so come to the same result.
  const std::vector<std::string> accounts = world.all_gather_text(account(contents));
  for (std::size_t rank = 1; rank < accounts.size(); ++rank)
    if (accounts[rank].substr(0, 16) != accounts[0].substr(0, 16))
      throw impossible(fmt::format("ranks 0 and {} differ in arrays or attributes", rank));
  std::vector<std::vector<Range>> ranges;
  for (const std::string& text : accounts) ranges.push_back(ranges_of(text));
  for (std::size_t i = 0; i < contents.arrays.size(); ++i) {
    std::vector<Range> of_array;
    for (const auto& of_rank : ranges) of_array.push_back(of_rank.at(i));
    check_cover(contents.arrays[i], std::move(of_array));
  }
}

std::string collective_checksum(const CheckpointContents& contents, Communicator& world) {
  Checksum mine;
  if (world.rank() == 0) {
    mine.add_attributes(checkpoint_schema, contents.attributes);
    for (const ArrayRows& array : contents.arrays) mine.add_array(array.path, array.type, array.shape);
  }
  for (const ArrayRows& array : contents.arrays)
    mine.add_rows(array.path, array.type, array.shape, array.first, array.rows, array.values);
  return checksum_text(static_cast<std::uint64_t>(world.sum(static_cast<std::int64_t>(mine.value()))));
}

FileLayout make_file_layout(const CheckpointContents& contents, const std::string& checksum) {
  FileLayout planned;
  const hdf5::Handle access = make_memory_access(planned.metadata);
  const hdf5::Handle creation = untimed(H5P_FILE_CREATE);
  hdf5::Handle file(
      hdf5::check(H5Fcreate("checkpoint", H5F_ACC_TRUNC, creation.get(), access.get()), "H5Fcreate"));
  make_text_attribute(file.get(), layout::mark_attribute, layout::mark);
  make_attribute(file.get(), layout::schema_attribute, H5T_STD_I64LE, H5T_NATIVE_INT64, &checkpoint_schema);
  make_text_attribute(file.get(), layout::checksum_attribute, checksum);
  make_meta(file.get(), contents.attributes);
  for (const ArrayRows& array : contents.arrays) {
    const hdf5::Handle space = hdf5::make_dataspace(array.shape);
    const hdf5::Handle dataset = make_dataset(file.get(), array.path, stored_type(array.type), space.get());
    planned.places.push_back(H5Dget_offset(dataset.get()));
  }
  file.close("H5Fclose");
  return planned;
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/file_contents.hpp"

#include <fmt/format.h>

#include <functional>
#include <limits>
#include <optional>
#include <set>

#include "checkpoint/data_types.hpp"
#include "checkpoint/entry_names.hpp"
#include "hdf5/calls.hpp"

namespace zerogap {
namespace {

using hdf5::check;
using hdf5::Handle;

constexpr int deepest_group = 32;  // a group may link to one above it, so that the recursion needs a limit

std::string below(const std::string& group, const std::string& name) {
  return group.empty() ? name : group + "/" + name;
}

struct Link {
  std::string name;
  bool hard;
};

Link link_at(hid_t group, hsize_t index) {
  const auto by_index = [&](char* text, std::size_t size) {
    return check(H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, text, size, H5P_DEFAULT),
                 "H5Lget_name_by_idx");
  };
  std::string name(static_cast<std::size_t>(by_index(nullptr, 0)), '\0');
  by_index(name.data(), name.size() + 1);
  H5L_info_t info{};
  check(H5Lget_info(group, name.c_str(), &info, H5P_DEFAULT), "H5Lget_info");
  return {name, info.type == H5L_TYPE_HARD};
}

using Visit = std::function<void(hid_t object, H5I_type_t kind, const std::string& path)>;
using Stray = std::function<void(const std::string& path)>;

/// Visits every object below `group`, groups before their members; calls `stray` for links that lead
/// elsewhere.
void walk(hid_t group, const std::string& path, int depth, const Visit& visit, const Stray& stray) {
  if (depth > deepest_group) throw UnexpectedContents(fmt::format("groups are nested too deep at {}", path));
  H5G_info_t info{};
  check(H5Gget_info(group, &info), "H5Gget_info");
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    const Link link = link_at(group, i);
    const std::string at = below(path, link.name);
    if (!link.hard) {
      stray(at);
      continue;
    }
    const Handle object(check(H5Oopen(group, link.name.c_str(), H5P_DEFAULT), "H5Oopen"));
    const H5I_type_t kind = H5Iget_type(object.get());
    visit(object.get(), kind, at);
    if (kind == H5I_GROUP) walk(object.get(), at, depth + 1, visit, stray);
  }
}

herr_t keep_name(hid_t /*object*/, const char* name, const H5A_info_t* /*info*/, void* names) {
  static_cast<std::set<std::string>*>(names)->insert(name);
  return 0;
}

std::set<std::string> attribute_names(hid_t object) {
  std::set<std::string> names;
  check(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, keep_name, &names), "H5Aiterate2");
  return names;
}

bool is_scalar(hid_t space) {
  return H5Sget_simple_extent_type(space) != H5S_NULL && H5Sget_simple_extent_npoints(space) == 1;
}

/// One of the three types of checkpoints, exactly as they store it.
std::optional<DataType> exact_type(hid_t type) {
  for (const DataType stored : {DataType::float32, DataType::float64, DataType::int64})
    if (check(H5Tequal(type, stored_type(stored)), "H5Tequal") > 0) return stored;
  return std::nullopt;
}

/// An integer or real number of a standard type. HDF5 accepts number types of any length, and allocates as
/// many bytes when it reads one.
bool is_number(hid_t type) {
  constexpr std::size_t longest = 16;
  const H5T_class_t kind = H5Tget_class(type);
  return (kind == H5T_INTEGER || kind == H5T_FLOAT) && H5Tget_size(type) <= longest;
}

/// The type of checkpoints that can hold its values.
std::optional<DataType> nearest_type(hid_t type) {
  if (!is_number(type)) return std::nullopt;
  if (H5Tget_class(type) == H5T_INTEGER) return DataType::int64;
  return H5Tget_size(type) <= 4 ? DataType::float32 : DataType::float64;
}

std::uint64_t file_bytes(hid_t object) {
  const Handle file(check(H5Iget_file_id(object), "H5Iget_file_id"));
  hsize_t size = 0;
  check(H5Fget_filesize(file.get(), &size), "H5Fget_filesize");
  return size;
}

bool lies_elsewhere(hid_t properties) {
  return H5Pget_layout(properties) == H5D_VIRTUAL || H5Pget_external_count(properties) > 0;
}

/// Whether the file has as many bytes for it as its shape requires (values of a checkpoint are always
/// contiguous).
bool has_its_bytes(hid_t dataset, const FileContents::Array& array) {
  const Handle properties(check(H5Dget_create_plist(dataset), "H5Dget_create_plist"));
  const std::uint64_t bytes = array_bytes(array.type, array.shape);
  return H5Pget_layout(properties.get()) == H5D_CONTIGUOUS && !lies_elsewhere(properties.get()) &&
         H5Dget_storage_size(dataset) == bytes && bytes <= file_bytes(dataset);
}

FileContents::Array exact_array(hid_t dataset, const std::string& path) {
  const Handle type(check(H5Dget_type(dataset), "H5Dget_type"));
  const Handle space(check(H5Dget_space(dataset), "H5Dget_space"));
  const auto stored = exact_type(type.get());
  if (!stored || H5Sget_simple_extent_type(space.get()) != H5S_SIMPLE)
    throw UnexpectedContents(fmt::format("{} is not an array of float32, float64 or int64", path));
  FileContents::Array array{*stored, hdf5::shape_of(dataset)};
  if (!has_its_bytes(dataset, array))
    throw UnexpectedContents(fmt::format("the shape of {} does not fit its bytes", path));
  return array;
}

std::string fixed_text(hid_t type, const std::function<void(void*)>& read) {
  std::string text(H5Tget_size(type), '\0');
  read(text.data());
  if (H5Tget_strpad(type) == H5T_STR_NULLTERM) {
    text.pop_back();  // the terminator is part of the size
  } else {
    text.erase(text.find_last_not_of(H5Tget_strpad(type) == H5T_STR_SPACEPAD ? ' ' : '\0') + 1);
  }
  return text;
}

std::string variable_text(hid_t type, const std::function<void(void*)>& read) {
  char* bytes = nullptr;
  read(static_cast<void*>(&bytes));
  std::string text = bytes == nullptr ? "" : bytes;
  const Handle space(check(H5Screate(H5S_SCALAR), "H5Screate"));
  H5Dvlen_reclaim(type, space.get(), H5P_DEFAULT, static_cast<void*>(&bytes));
  return text;
}

/// A text dataset under meta, as the writer makes them.
std::string meta_text(hid_t dataset, const std::string& path) {
  const Handle type(check(H5Dget_type(dataset), "H5Dget_type"));
  const Handle space(check(H5Dget_space(dataset), "H5Dget_space"));
  const bool text = H5Tget_class(type.get()) == H5T_STRING &&
                    check(H5Tis_variable_str(type.get()), "H5Tis_variable_str") == 0;
  if (!text || !is_scalar(space.get()) || H5Dget_storage_size(dataset) != H5Tget_size(type.get()) ||
      H5Tget_size(type.get()) > file_bytes(dataset))
    throw UnexpectedContents(fmt::format("{} is not a text", path));
  return fixed_text(type.get(), [&](void* to) {
    check(H5Dread(dataset, type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, to), "H5Dread");
  });
}

void expect_attributes(hid_t object, const std::string& path, const std::set<std::string>& expected) {
  for (const std::string& name : attribute_names(object))
    if (!expected.contains(name))
      throw UnexpectedContents(fmt::format("/{} has a foreign attribute {}", path, name));
}

}  // namespace

Attribute read_attribute(hid_t object, const std::string& name) {
  const Handle attribute(check(H5Aopen(object, name.c_str(), H5P_DEFAULT), "H5Aopen"));
  const Handle type(check(H5Aget_type(attribute.get()), "H5Aget_type"));
  const Handle space(check(H5Aget_space(attribute.get()), "H5Aget_space"));
  const H5T_class_t kind = H5Tget_class(type.get());
  const bool text = kind == H5T_STRING && H5Tget_size(type.get()) <= file_bytes(object);
  if (!is_scalar(space.get()) || (!text && !is_number(type.get())))
    throw UnexpectedContents(fmt::format("attribute {} is neither number nor text", name));
  const auto read = [&](hid_t memory, void* to) { check(H5Aread(attribute.get(), memory, to), "H5Aread"); };
  if (kind == H5T_STRING) {
    const auto bytes = [&](void* to) { read(type.get(), to); };
    return check(H5Tis_variable_str(type.get()), "H5Tis_variable_str") > 0 ? variable_text(type.get(), bytes)
                                                                           : fixed_text(type.get(), bytes);
  }
  if (kind == H5T_INTEGER) {
    std::int64_t value = 0;
    read(H5T_NATIVE_INT64, &value);
    return value;
  }
  double value = 0;
  read(H5T_NATIVE_DOUBLE, &value);
  return value;
}

FileContents read_contents(hid_t file) {
  FileContents found;
  const std::string meta = layout::meta_group;
  const auto visit = [&](hid_t object, H5I_type_t kind, const std::string& path) {
    const bool in_meta = path.starts_with(meta + "/");
    if (path == meta && kind == H5I_GROUP) {
      for (const std::string& name : attribute_names(object))
        found.attributes[name] = read_attribute(object, name);
      return;
    }
    expect_attributes(object, path, {});
    if (kind == H5I_GROUP) return;
    if (kind != H5I_DATASET) throw UnexpectedContents(fmt::format("{} is neither group nor array", path));
    if (!in_meta) {
      found.arrays[path] = exact_array(object, path);
    } else if (!found.attributes.emplace(path.substr(meta.size() + 1), meta_text(object, path)).second) {
      throw UnexpectedContents(fmt::format("{} exists twice", path));
    }
  };
  expect_attributes(file, "", {layout::mark_attribute, layout::schema_attribute, layout::checksum_attribute});
  walk(file, "", 0, visit,
       [](const std::string& path) { throw UnexpectedContents(fmt::format("{} links elsewhere", path)); });
  return found;
}

FileContents read_plain_contents(hid_t file) {
  FileContents found;
  const auto keep_attributes = [&](hid_t object, const std::string& path) {
    for (const std::string& name : attribute_names(object)) {
      try {
        found.attributes[below(path, name)] = read_attribute(object, name);
      } catch (const UnexpectedContents&) {  // lists and compounds are ignored
      }
    }
  };
  const auto visit = [&](hid_t object, H5I_type_t kind, const std::string& path) {
    if (kind == H5I_GROUP || kind == H5I_DATASET) keep_attributes(object, path);
    if (kind != H5I_DATASET) return;
    const Handle type(check(H5Dget_type(object), "H5Dget_type"));
    const Handle space(check(H5Dget_space(object), "H5Dget_space"));
    const Handle properties(check(H5Dget_create_plist(object), "H5Dget_create_plist"));
    const auto stored = nearest_type(type.get());
    if (stored && H5Sget_simple_extent_type(space.get()) != H5S_NULL)
      found.arrays[path] = {*stored, hdf5::shape_of(object), lies_elsewhere(properties.get())};
  };
  keep_attributes(file, "");
  walk(file, "", 0, visit, [](const std::string&) {});
  return found;
}

}  // namespace zerogap

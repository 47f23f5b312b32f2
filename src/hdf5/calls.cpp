// SPDX-License-Identifier: Apache-2.0
#include "hdf5/calls.hpp"

#include <array>
#include <cstring>

namespace zerogap::hdf5 {
namespace {

herr_t collect(unsigned /*depth*/, const H5E_error2_t* entry, void* texts) {
  if (entry->desc != nullptr) static_cast<std::vector<std::string>*>(texts)->push_back(entry->desc);
  return 0;
}

/// The messages of HDF5's error stack, innermost first: that one is the cause, the rest is the call chain.
std::vector<std::string> error_stack() {
  std::vector<std::string> texts;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect, &texts);
  return texts;
}

/// "file write failed: time = ..., errno = 28, error message = 'No space left on device', ..." -> the part
/// that matters.
std::string essence(const std::string& text) {
  constexpr const char* lead = "error message = '";
  const auto from = text.find(lead);
  if (from == std::string::npos) return text;
  const auto begin = from + std::strlen(lead);
  const auto end = text.find('\'', begin);
  return end == std::string::npos ? text : text.substr(begin, end - begin);
}

struct Known {
  const char* part;  ///< of a line of the stack
  const char* todo;
};

/// Reasons with advice of their own. Their text is not always the innermost: for a missing filter the
/// innermost message is about the folder of plugins.
constexpr Known known[] = {
    {"required filter",
     "store the array uncompressed or with compression=\"gzip\"; h5py's lzf works in h5py only, and other "
     "filters need HDF5_PLUGIN_PATH to name the folder of their plugins"},
    {"unable to lock file",
     "close the program that has the file open for writing, such as a notebook with h5py; if there is none, "
     "HDF5_USE_FILE_LOCKING=FALSE reads without a lock"},
    {"already open for write",
     "close the program that writes the file; if it has ended without closing it, h5clear -s FILE repairs "
     "that"},
};

std::vector<hsize_t> to_hdf5(const std::vector<std::uint64_t>& shape) { return {shape.begin(), shape.end()}; }

}  // namespace

std::string reason() {
  const std::vector<std::string> texts = error_stack();
  return texts.empty() ? "no reason given" : texts.front();
}

CallFailure::CallFailure(const char* call)
    : std::runtime_error(std::string(call) + ": " + essence(reason())) {}

Error error(const std::string& what, const std::string& todo) {
  for (const std::string& text : error_stack())
    for (const Known& each : known)
      if (text.find(each.part) != std::string::npos) return data_error(what, "HDF5: " + text, each.todo);
  return data_error(what, "HDF5: " + reason(), todo);
}

Handle make_properties(hid_t kind) { return Handle(check(H5Pcreate(kind), "H5Pcreate")); }

Handle make_file_access() {
  Handle access = make_properties(H5P_FILE_ACCESS);
  check(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), "H5Pset_fclose_degree");
  check(H5Pset_file_locking(access.get(), false, true), "H5Pset_file_locking");
  return access;
}

Handle open_locked(const std::string& path, const std::string& what) {
  const Handle access(checked(H5Pcreate(H5P_FILE_ACCESS), what));
  checked(H5Pset_file_locking(access.get(), true, true), what);
  return Handle(checked(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), what));
}

Handle open_dataset(hid_t file, const std::string& path) {
  return Handle(check(H5Dopen2(file, path.c_str(), H5P_DEFAULT), "H5Dopen2"));
}

Handle make_dataspace(const std::vector<std::uint64_t>& shape) {
  const std::vector<hsize_t> sizes = to_hdf5(shape);
  return Handle(
      check(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), "H5Screate_simple"));
}

Handle select_rows(hid_t dataset, const std::vector<std::uint64_t>& shape, std::uint64_t first,
                   std::uint64_t rows) {
  Handle space(check(H5Dget_space(dataset), "H5Dget_space"));
  if (check(H5Sget_simple_extent_ndims(space.get()), "H5Sget_simple_extent_ndims") == 0) return space;
  std::vector<hsize_t> start(shape.size(), 0), count = to_hdf5(shape);
  start[0] = first;
  count[0] = rows;
  check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
        "H5Sselect_hyperslab");
  return space;
}

std::vector<std::uint64_t> shape_of(hid_t dataset) {
  const Handle space(check(H5Dget_space(dataset), "H5Dget_space"));
  std::array<hsize_t, H5S_MAX_RANK> sizes{};
  const int rank =
      check(H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr), "H5Sget_simple_extent_dims");
  if (rank == 0) return {1};
  return {sizes.begin(), sizes.begin() + rank};
}

std::vector<hsize_t> extents_of(const Handle& dataset, const std::string& what) {
  const Handle space(checked(H5Dget_space(dataset.get()), what));
  const int rank = checked(H5Sget_simple_extent_ndims(space.get()), what);
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  if (rank > 0) checked(H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr), what);
  return sizes;
}

}  // namespace zerogap::hdf5

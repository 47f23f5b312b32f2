#include "data/hdf5_calls.hpp"

#include <utility>

namespace zerogap {
namespace {

herr_t collect(unsigned /*depth*/, const H5E_error2_t* entry, void* texts) {
  if (entry->desc != nullptr) static_cast<std::vector<std::string>*>(texts)->push_back(entry->desc);
  return 0;
}

/// What the functions of HDF5's error stack say, the innermost first.
std::vector<std::string> stack() {
  std::vector<std::string> texts;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect, &texts);
  return texts;
}

struct Known {
  const char* part;  ///< of a line of the stack
  const char* todo;
};

/// Reasons with an advice of their own. What they say lies above the innermost function now and then: of a
/// filter that is missing that one tells about the folder of plugins.
constexpr Known known[] = {
    {"required filter",
     "store the array with compression=\"gzip\", or without any: h5py's lzf belongs to h5py alone, and "
     "others "
     "are found where HDF5_PLUGIN_PATH names the folder of their plugins"},
    {"unable to lock file",
     "close the program that has the file open to write (a notebook with h5py, perhaps); if there is none, "
     "HDF5_USE_FILE_LOCKING=FALSE reads without a lock"},
    {"already open for write",
     "close the program that writes the file; if it has ended without closing it, h5clear -s FILE repairs "
     "that"},
};

static_assert(sizeof(hid_t) == sizeof(std::int64_t));

}  // namespace

Hdf5Handle& Hdf5Handle::operator=(Hdf5Handle&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

Hdf5Handle::~Hdf5Handle() {
  if (id_ >= 0) H5Idec_ref(id_);
}

std::string hdf5_reason() {
  const std::vector<std::string> texts = stack();
  return texts.empty() ? "HDF5 gives no reason" : "HDF5: " + texts.front();
}

Error hdf5_error(const std::string& what, const std::string& todo) {
  for (const std::string& text : stack())
    for (const Known& each : known)
      if (text.find(each.part) != std::string::npos) return data_error(what, "HDF5: " + text, each.todo);
  return data_error(what, hdf5_reason(), todo);
}

std::vector<hsize_t> hdf5_extents(const Hdf5Handle& array, const std::string& what) {
  const Hdf5Handle space(hdf5_checked(H5Dget_space(array.id()), what));
  const int rank = hdf5_checked(H5Sget_simple_extent_ndims(space.id()), what);
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  if (rank > 0) hdf5_checked(H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr), what);
  return sizes;
}

Hdf5Handle open_hdf5(const std::string& path, const std::string& what) {
  const Hdf5Handle access(hdf5_checked(H5Pcreate(H5P_FILE_ACCESS), what));
  hdf5_checked(H5Pset_file_locking(access.id(), true, true), what);
  return Hdf5Handle(hdf5_checked(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), what));
}

}  // namespace zerogap

#pragma once

#include <hdf5.h>

#include <string>
#include <vector>

#include "core/error.hpp"
#include "data/hdf5_handle.hpp"

/// What the files of this folder that call HDF5 share.
namespace zerogap {

/// Keeps HDF5 from printing its error stack; the reason goes into the Error instead.
class Hdf5Quiet {
 public:
  Hdf5Quiet() {
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Hdf5Quiet() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }
  Hdf5Quiet(const Hdf5Quiet&) = delete;
  Hdf5Quiet& operator=(const Hdf5Quiet&) = delete;

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

/// Why HDF5's last call failed, and what to do about it: `todo`, unless the reason has an advice of its own.
Error hdf5_error(const std::string& what, const std::string& todo);
/// The reason alone.
std::string hdf5_reason();

/// What to do about a file that cannot be read, if there is nothing better to say.
inline constexpr const char* kCheckHdf5File =
    "check that the file is whole and readable (h5dump -H shows what it holds)";

/// Every HDF5 call that can fail goes through here: negative means failed.
template <class R>
R hdf5_checked(R result, const std::string& what, const char* todo = kCheckHdf5File) {
  if (result < 0) throw hdf5_error(what, todo);
  return result;
}

/// The extents of an array.
std::vector<hsize_t> hdf5_extents(const Hdf5Handle& array, const std::string& what);

/// Opens a file to read. Locks where its file system can.
Hdf5Handle open_hdf5(const std::string& path, const std::string& what);

}  // namespace zerogap

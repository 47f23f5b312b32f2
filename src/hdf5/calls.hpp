// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "hdf5/handle.hpp"

/// Every call of HDF5 that can fail goes through check() or checked(), destructors excepted.
namespace zerogap::hdf5 {

/// Suppresses HDF5's printing of its error stack during its lifetime; the reason goes into the Error instead.
class Quiet {
 public:
  Quiet() {
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Quiet() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

/// The reason why HDF5's last call failed, in one line, from its error stack.
std::string reason();

/// A failed call: its name and the main part of the reason. Callers that know the file turn it into an Error.
class CallFailure : public std::runtime_error {
 public:
  explicit CallFailure(const char* call);
};

/// Throws CallFailure if a call's result indicates failure.
template <class Result>
Result check(Result result, const char* call) {
  if (result < 0) throw CallFailure(call);
  return result;
}

/// General advice for a file that cannot be read.
inline constexpr const char* check_file =
    "check that the file is complete and readable (h5dump -H shows what it holds)";

/// An Error with the reason why HDF5's last call failed and `todo`, or more specific advice for that reason.
Error error(const std::string& what, const std::string& todo);

/// Throws error() if a call's result indicates failure.
template <class Result>
Result checked(Result result, const std::string& what, const char* todo = check_file) {
  if (result < 0) throw error(what, todo);
  return result;
}

/// A property list of this class (H5P_DATASET_CREATE, ...).
Handle make_properties(hid_t kind);
/// Access properties of checkpoints: the default driver, no file locks (files never change once they have
/// their name, and locks fail on some network file systems), and objects are closed with the file.
Handle make_file_access();
/// Opens a file for reading, with a lock if its file system supports locks.
Handle open_locked(const std::string& path, const std::string& what);
/// A dataset of an open file.
Handle open_dataset(hid_t file, const std::string& path);
/// A simple dataspace of this shape.
Handle make_dataspace(const std::vector<std::uint64_t>& shape);
/// The file's dataspace of `dataset` with rows [first, first + rows) selected.
Handle select_rows(hid_t dataset, const std::vector<std::uint64_t>& shape, std::uint64_t first,
                   std::uint64_t rows);
/// The shape of a dataset, {1} for a scalar.
std::vector<std::uint64_t> shape_of(hid_t dataset);
/// The same, empty for a scalar. Throws error() about `what`.
std::vector<hsize_t> extents_of(const Handle& dataset, const std::string& what);

}  // namespace zerogap::hdf5

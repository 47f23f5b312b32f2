#pragma once

#include <hdf5.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/checkpoint.hpp"

/// What all files of this folder share: checked calls, handles that close themselves, our types in HDF5's
/// terms.
namespace zerogap::hdf5 {

/// The reason for which HDF5's last call failed, in one line, from its error stack.
std::string last_reason();

/// A failed call. Callers that know the file turn it into an Error.
class CallFailure : public std::runtime_error {
 public:
  explicit CallFailure(const char* call) : std::runtime_error(std::string(call) + ": " + last_reason()) {}
};

/// The one wrapper: every HDF5 call that can fail goes through it (destructors excepted).
template <class Result>
Result check(Result result, const char* call) {
  if (result < 0) throw CallFailure(call);
  return result;
}

/// Keeps HDF5 from printing its error stack while it lives: we report failures ourselves.
class Quiet {
 public:
  Quiet() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Quiet() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// Owns an HDF5 identifier. `close` reports a failure, the destructor does not.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  Handle(hid_t id, Close closes, const char* call) : id_(check(id, call)), close_(closes) {}
  ~Handle() { drop(); }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      drop();
      id_ = std::exchange(other.id_, H5I_INVALID_HID);
      close_ = other.close_;
    }
    return *this;
  }

  hid_t get() const { return id_; }
  void close(const char* call) { check(close_(std::exchange(id_, H5I_INVALID_HID)), call); }

 private:
  void drop() {
    if (id_ >= 0) close_(std::exchange(id_, H5I_INVALID_HID));
  }

  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

/// A property list of this class (H5P_DATASET_CREATE, ...).
Handle make_properties(hid_t kind);
/// How files are opened by us: the plain driver, no file locks (files never change once they have their name,
/// and locks fail on some network file systems), nothing stays open after the file is closed.
Handle make_file_access();
/// A simple dataspace of this shape.
Handle make_dataspace(const std::vector<std::uint64_t>& shape);
/// A dataset of an open file. Throws Error (exit 3).
Handle open_dataset(hid_t file, const std::string& path);
/// The file's dataspace of `dataset` with rows [first, first + rows) selected.
Handle select_rows(hid_t dataset, const std::vector<std::uint64_t>& shape, std::uint64_t first,
                   std::uint64_t rows);
/// The shape of a dataset, {1} for a scalar.
std::vector<std::uint64_t> shape_of(hid_t dataset);

/// The type as it lies in a file (little-endian, on every machine).
hid_t stored_type(DataType type);
/// The type as it lies in this machine's memory.
hid_t memory_type(DataType type);

}  // namespace zerogap::hdf5

namespace zerogap {

/// Bytes of one value.
std::size_t size_of(DataType type);
const char* name_of(DataType type);  ///< "float32", ...
/// Bytes of one row. Error (exit 3) where these overflow 64 bits.
std::uint64_t row_bytes(DataType type, const std::vector<std::uint64_t>& shape);
/// The same for all rows. Error (exit 3) likewise.
std::uint64_t array_bytes(DataType type, const std::vector<std::uint64_t>& shape);
std::string shape_text(const std::vector<std::uint64_t>& shape);  ///< "512 x 9"

/// Where a generation keeps what is no array.
namespace layout {
/// The value of `mark_attribute` by which a checkpoint is known.
inline constexpr const char* mark = "zerogap checkpoint";
/// Attribute of the root: what kind of file this is.
inline constexpr const char* mark_attribute = "format";
/// Attribute of the root: the version of the layout.
inline constexpr const char* schema_attribute = "schema";
/// Attribute of the root: of what all arrays hold.
inline constexpr const char* checksum_attribute = "checksum";
/// The group whose attributes are scalars and texts.
inline constexpr const char* meta_group = "meta";
}  // namespace layout

}  // namespace zerogap

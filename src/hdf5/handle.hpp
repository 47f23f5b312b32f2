// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace zerogap::hdf5 {

/// Owns one HDF5 identifier (a hid_t) of any kind. Does not include hdf5.h, so that headers can use it.
class Handle {
 public:
  Handle() = default;
  explicit Handle(std::int64_t id) : id_(id) {}
  Handle(Handle&& other) noexcept : id_(other.id_) { other.id_ = -1; }
  Handle& operator=(Handle&& other) noexcept;
  /// Closes it and ignores a failure.
  ~Handle();

  std::int64_t get() const { return id_; }
  /// Closes it. Throws CallFailure, which names the corresponding call ("H5Fclose").
  void close(const char* call);

 private:
  std::int64_t id_ = -1;
};

}  // namespace zerogap::hdf5

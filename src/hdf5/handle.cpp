// SPDX-License-Identifier: Apache-2.0
#include "hdf5/handle.hpp"

#include <utility>

#include "hdf5/calls.hpp"

namespace zerogap::hdf5 {

static_assert(sizeof(hid_t) == sizeof(std::int64_t));

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

Handle::~Handle() {
  if (id_ >= 0) H5Idec_ref(id_);
}

void Handle::close(const char* call) { check(H5Idec_ref(std::exchange(id_, -1)), call); }

}  // namespace zerogap::hdf5

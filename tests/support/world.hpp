// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "comm/mpi.hpp"

namespace zerogap::test {

/// All ranks of this test program: MPI's where mpirun started it, otherwise one.
inline Communicator& world() {
  static const auto session = started_under_mpi() ? std::make_unique<MpiSession>(nullptr, nullptr) : nullptr;
  static const auto communicator = session ? session->world() : make_serial();
  return *communicator;
}

}  // namespace zerogap::test

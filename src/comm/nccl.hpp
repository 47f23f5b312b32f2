// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "comm/communicator.hpp"

namespace zerogap {

/// The ranks of `twin` (serial or mpi), with sums of resident arrays over NCCL: between the GPUs, which are
/// not waited for. All else, host sums and the maxima too (they are of a few host values), goes over the
/// twin, as do sums of arrays in host memory.
///
/// `memory` is this rank's, on a GPU that must be the calling thread's current device; both it and the twin
/// outlive the group and its splits, each of which has an NCCL communicator of its own. No two ranks may
/// share a GPU (comm/placement.hpp).
///
/// A sum that keeps this rank waiting for others for more than `timeout` seconds, and any error that NCCL
/// reports, ends them all: NCCL is aborted, so that nothing hangs on the GPU, and Error (exit 4) is thrown
/// from synchronize(), Pending::wait() or done(), or whichever call comes next. The clock of a sum starts
/// when this rank's own work before it is over.
///
/// Throws Error (exit 4) where this build is without NCCL, its library is missing or of another version.
std::unique_ptr<Communicator> make_nccl(Communicator& twin, Memory& memory, double timeout);

/// The version of the NCCL that make_nccl() would load, such as "2.28.9", or throws as that does.
std::string nccl_version();

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "comm/communicator.hpp"

namespace zerogap {

/// The ranks of `twin` (serial or mpi), with sums of arrays on GPUs over NCCL, without waiting for the GPU.
/// Everything else goes over the twin: sums of arrays in host memory, and maxima, which are of a few host
/// values.
///
/// `memory` is this rank's, on a GPU that must be the calling thread's current device. It and the twin must
/// outlive the group and its splits, each of which has an NCCL communicator of its own. No two ranks may
/// share a GPU (comm/placement.hpp).
///
/// All NCCL communicators are aborted, so that nothing hangs on the GPU, if a sum keeps this rank waiting for
/// others for more than `timeout` seconds or if NCCL reports an error. Error (exit 4) is then thrown from
/// synchronize(), Request::wait() or done(), or whichever call comes next. The clock of a sum starts when
/// this rank's own work before it is done.
///
/// Throws Error (exit 4) if this build is without NCCL, its library is missing or of another version.
std::unique_ptr<Communicator> make_nccl(Communicator& twin, Memory& memory, double timeout);

/// The version of the NCCL that make_nccl() would load, such as "2.28.9". Throws as make_nccl() does.
std::string nccl_version();

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "comm/nccl.hpp"
#include "core/error.hpp"

namespace zerogap {
namespace {

Error missing() {
  return runtime_failure("run.comm: nccl is not in this build",
                         "it was configured without the CUDA toolkit or nccl.h",
                         "install both and build again, or use --set run.comm=mpi");
}

}  // namespace

std::unique_ptr<Communicator> make_nccl(Communicator&, Memory&, double) { throw missing(); }
std::string nccl_version() { throw missing(); }

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#pragma once

// The deprecated C++ bindings only cost compile time and warnings.
#define OMPI_SKIP_MPICXX 1
#include <mpi.h>

#include <memory>

#include "comm/communicator.hpp"

namespace zerogap {

/// Whether mpirun or srun started this process as one of several (or of one) ranks.
bool started_under_mpi();

/// MPI from first to last use; joins one that runs already and leaves it running. Errors are returned, never
/// fatal inside MPI, so that they reach main() as Error. Kernels run OpenMP threads beside it: an MPI that
/// bears none is refused (Error, exit 4), and so is one that sees other ranks than Open MPI's mpirun has
/// started.
class MpiSession {
 public:
  MpiSession(int* argc, char*** argv);
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  std::unique_ptr<Communicator> world() const;
  /// Ends every rank of the job with this exit status. Does not return.
  [[noreturn]] static void abort(int status);

 private:
  bool owned_ = false;
};

/// The MPI communicator behind a Communicator made by MpiSession, its splits, or nccl on top of those;
/// MPI_COMM_NULL for a serial one. For tests and benchmarks of the communicators themselves.
MPI_Comm mpi_handle(const Communicator& communicator);

/// Throws Error (exit 4) naming the call when an MPI function did not return MPI_SUCCESS.
void check_mpi(int status, const char* call);

}  // namespace zerogap

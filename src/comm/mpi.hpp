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

/// Initialises and finalises MPI; if MPI is already initialised, it is used and left running. Errors are
/// returned, never fatal inside MPI, so that they reach main() as Error. Throws Error (exit 4) if MPI does
/// not support threads, which kernels need for OpenMP, or if the number of its ranks is not what Open MPI's
/// mpirun started.
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

/// The MPI communicator of a Communicator made by MpiSession, of its splits, or of nccl on top of those;
/// MPI_COMM_NULL for a serial one. For tests and benchmarks of the communicators themselves.
MPI_Comm mpi_handle(const Communicator& communicator);

/// Throws Error (exit 4) naming the call if an MPI function did not return MPI_SUCCESS.
void check_mpi(int status, const char* call);

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
// main() of every GoogleTest program: alone, or as one of several ranks under mpirun.
// Exits with 0 if every rank passed, 1 if any failed, 77 if every test was skipped.

#include <gtest/gtest.h>
#include <mpi.h>

#include <cstdlib>
#include <iostream>

#include "support/run_tests.hpp"

namespace {

using zerogap::test::all_skipped;
using zerogap::test::run_tests;

int run_under_mpi(int& argc, char**& argv) {
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  // The worst rank decides: 1 before 77 before 0, where "all skipped" must hold on every rank.
  const int mine = run_tests(rank, size);
  int failed = mine == 1 ? 1 : 0;
  int skipped = mine == all_skipped ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  MPI_Allreduce(MPI_IN_PLACE, &skipped, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  if (failed != 0 && mine != 1 && rank == 0)
    std::cout << "[  FAILED  ] on another rank, see above" << std::endl;
  MPI_Finalize();
  if (failed != 0) return 1;
  return skipped != 0 ? all_skipped : 0;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const bool under_mpirun =
      std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr || std::getenv("PMIX_RANK") != nullptr;
  if (under_mpirun) return run_under_mpi(argc, argv);
  return run_tests(0, 1);
}
